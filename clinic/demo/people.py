"""Invented patients with Italian names and valid codici fiscali."""

from datetime import date, time, timedelta
from random import Random

from codicefiscale import codicefiscale

from patients.models import Patient
from scheduling.models import BookingPreference, Practitioner, UnavailableDates

WOMEN = (
    "Sofia Giulia Chiara Martina Francesca Elena Alessia Valentina Federica Silvia Paola Laura Roberta Cristina Anna "
    "Maria Lucia Teresa Ilaria Monica Beatrice Camilla Noemi Serena Marta"
).split()
MEN = "Luca Marco Andrea Matteo Davide Stefano Paolo Nicolò Riccardo Simone Antonio Giorgio".split()
SURNAMES = (
    "Greco Conti Moretti Rinaldi Villa Sala Fontana Caruso Marini Leone Serra Testa Ferrara Basile Amato Longo Vitale "
    "Gatti Pellegrini Palumbo Sanna Farina Rizzi Monti Cattaneo Morelli Barbieri Lombardi Mariani Costantini Parisi "
    "D'Angelo Bianco Ruggiero Ferretti Valentini Donati Coppola Marchetti Battaglia Orlando Piras Grassi Silvestri"
).split()
TOWNS = ("Roma", "Milano", "Napoli", "Torino", "Firenze", "Bologna", "Latina")


def make_patients(count: int, today: date, practitioners: list[Practitioner], random: Random) -> list[Patient]:
    """Writes `count` patients, a third of them with a booking preference, none twice."""
    seen: set[str] = set()
    patients: list[Patient] = []
    while len(patients) < count:
        patient = _patient(today, random)
        if patient.codice_fiscale in seen:
            continue
        seen.add(patient.codice_fiscale)
        patient.save()
        if len(patients) % 3 == 0:
            _prefer(patient, today, practitioners, random)
        patients.append(patient)
    return patients


def _patient(today: date, random: Random) -> Patient:
    female = random.random() < 0.8
    name, surname = random.choice(WOMEN if female else MEN), random.choice(SURNAMES)
    born = today - timedelta(days=random.randint(22 * 365, 74 * 365))
    code = codicefiscale.encode(
        lastname=surname,
        firstname=name,
        gender="F" if female else "M",
        birthdate=f"{born:%d/%m/%Y}",
        birthplace=random.choice(TOWNS),
    )
    return Patient(
        surname=surname,
        given_name=name,
        birth_date=born,
        sex="F" if female else "M",
        codice_fiscale=code,
        phone=f"+39333{random.randint(1_000_000, 9_999_999)}",
        email=f"{name}.{surname}@example.com".lower().replace("'", "").replace("ò", "o"),
    )


def _prefer(patient: Patient, today: date, practitioners: list[Practitioner], random: Random) -> None:
    morning = random.random() < 0.5
    BookingPreference.objects.create(
        patient=patient,
        weekdays=sorted(random.sample(range(5), random.choice((2, 3)))),
        from_time=time(9) if morning else time(14),
        until_time=time(13) if morning else time(19),
        practitioner=random.choice([None, *practitioners[:3]]),
    )
    if random.random() < 0.4:
        first = today + timedelta(days=random.randint(20, 250))
        UnavailableDates.objects.create(
            patient=patient, first=first, last=first + timedelta(days=random.randint(5, 14))
        )
