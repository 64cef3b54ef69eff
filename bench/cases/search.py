"""The search as somebody types, among fifty thousand patients. Run last: the patients it adds stay in the database."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from django.db import connection
from django.test import Client
from django.urls import reverse

from bench.data import SEED, World
from bench.measure import Figure, measure
from patients.models import Patient
from patients.models.person import folded

PATIENTS = 50_000
MOST_CPU = 15  # milliseconds
SYLLABLES = (
    "ro si bian chi fer ra ri es po to ma no co lom bo ric ci bru gal lo con ti de lu ca cos ta gior da man ni".split()
)
GIVEN = "anna luca sofia marco giulia nicolò ines elena marta paolo giovanni chiara davide sara matteo laura".split()
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# What is typed, and why: a surname from its first letter on, a given name, two words, digits, nobody, what is no name.
TYPED = {
    "r": "one letter",
    "ro": "two letters",
    "rossi": "a surname",
    "sofia": "a given name",
    "an ro": "parts of two names",
    "333 12": "digits inside a number",
    "4455": "four digits",
    "zzqx": "nobody",
    "12/3/85": "a birth date",
    "12 dec": "a day",
}


def search(world: World) -> list[Figure]:
    """One key stroke in the search box: the whole request, signed in, with next appointments."""
    _people(PATIENTS - Patient.objects.count())
    client = Client(headers={"HX-Request": "true"})
    client.force_login(world.user)
    return [_figure(client, typed, what) for typed, what in TYPED.items()]


def _figure(client: Client, typed: str, what: str) -> Figure:
    figure = measure("search", f'{what}: "{typed}"', _asked(client, typed), runs=40)
    figure.goal = f"at most {MOST_CPU} ms CPU at {PATIENTS:,} patients"
    figure.met = figure.cpu_median <= MOST_CPU
    return figure


def _asked(client: Client, typed: str) -> Callable[[], None]:
    def act() -> None:
        assert client.get(reverse("find"), {"q": typed}).status_code == 200

    return act


def _people(count: int) -> None:
    random = Random(SEED)
    Patient.objects.bulk_create((_patient(random) for _n in range(count)), batch_size=2_000)
    with connection.cursor() as cursor:  # what the database's own maintenance does overnight
        cursor.execute("VACUUM ANALYZE patients_patient" if connection.vendor == "postgresql" else "ANALYZE")


def _patient(random: Random) -> Patient:
    surname = "".join(random.choices(SYLLABLES, k=random.randint(2, 4))).title()
    given = random.choice(GIVEN).title()
    code = "".join(random.choices(LETTERS, k=6)) + f"{random.randint(10, 99)}m{random.randint(10, 71)}h501z"
    phone = f"39{random.choice(('333', '347', '320', '06'))}{random.randint(1_000_000, 9_999_999)}"
    return Patient(
        surname=surname,
        given_name=given,
        birth_date=date(1940, 1, 1) + timedelta(days=random.randint(0, 80 * 365)),
        sex="F",
        phone=f"+{phone}",
        search=folded(f"{surname} {given} {code} {phone}"),
    )
