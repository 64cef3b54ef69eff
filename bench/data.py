"""A seeded clinic of a given size, written straight into the tables: only time and numbers matter here."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from statistics import mean

from django.contrib.auth.models import Group

from clinic.models import User
from clinic.roles import Role
from patients.models import Patient
from scheduling.engine.cadence import Cadence, default_minimum_gap, default_tolerance
from scheduling.engine.cadence import Unit as EngineUnit
from scheduling.models import (
    Appointment,
    Kind,
    OpeningHours,
    PlanPhase,
    PlanState,
    Practitioner,
    Protocol,
    Room,
    Site,
    Sitting,
    TreatmentPlan,
    WorkingHours,
)
from scheduling.models.protocols import Purpose, Unit
from scheduling.selectors.local_time import instant
from scheduling.services.busy_masks import rebuild_masks
from scheduling.services.planning import dated, sitting_row

SEED = 7
HOURS = ((9, 13), (14, 17))
LENGTHS = (20, 25, 30)
PAUSE = 15
EIGHT = [("induction", 8, 1, "week")]
FIFTEEN = [("induction", 15, 1, "week")]
TWENTY_EIGHT = [("induction", 6, 1, "month"), ("consolidation", 10, 15, "day"), ("maintenance", 12, 1, "month")]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a clinic: people, rooms, plans, appointments to come (up to `full` per cent) and past ones."""

    practitioners: int
    rooms: int
    plans: int
    patients: int
    years: int
    full: int
    past: int = 0


SIZES = {
    "S": Size(practitioners=2, rooms=2, plans=60, patients=500, years=1, full=80),
    "M": Size(practitioners=10, rooms=10, plans=600, patients=5_000, years=2, full=80),
    "L": Size(practitioners=20, rooms=15, plans=1_500, patients=20_000, years=2, full=90, past=200_000),
}


@dataclass(frozen=True, slots=True)
class World:
    """What the figures are taken on."""

    site: Site
    user: User
    today: date
    now: datetime
    appointments: int


def build(size: Size, today: date) -> World:
    """Fills an empty database; the same seed, size and day give the same rows."""
    random = Random(SEED)
    site = Site.objects.create(name="Bench", public_holidays=False)
    for weekday in range(5):
        OpeningHours.objects.create(site=site, weekday=weekday, starts=time(8), ends=time(20))
    rooms = [Room.objects.create(site=site, name=f"Room {n + 1}", cleaning_minutes=0) for n in range(size.rooms)]
    practitioners = [_practitioner(n, site, today) for n in range(size.practitioners)]
    people = [
        Patient(
            surname=f"Surname{n}",
            given_name=f"Name{n}",
            birth_date=date(1980, 1, 1),
            sex="F",
            search=f"surname{n} name{n}",
        )
        for n in range(size.patients)
    ]
    patients = Patient.objects.bulk_create(people, batch_size=1000)
    ahead = _appointments(size, site, rooms, practitioners, patients, today, random)
    user = User.objects.create_user("bench", password="bench-password-1")
    for role in (Role.RECEPTION, Role.DOCTOR):
        user.groups.add(Group.objects.get(name=role.value))
    world = World(site, user, today, instant(today, 9 * 60, site.zone), ahead)
    for patient in patients[: size.plans]:
        plan_of(world, patient, EIGHT)
    rebuild_masks(now=world.now)
    return world


def _practitioner(n: int, site: Site, today: date) -> Practitioner:
    practitioner = Practitioner.objects.create(user=User.objects.create(username=f"dr{n}"), name=f"Dr {n:02}")
    practitioner.sites.add(site)
    for weekday in range(5):
        for starts, ends in HOURS:
            WorkingHours.objects.create(
                practitioner=practitioner,
                site=site,
                weekday=weekday,
                starts=time(starts),
                ends=time(ends),
                valid_from=today - timedelta(days=800),
            )
    return practitioner


def _appointments(
    size: Size,
    site: Site,
    rooms: list[Room],
    practitioners: list[Practitioner],
    patients: list[Patient],
    today: date,
    random: Random,
) -> int:
    """Fills each practitioner's hours to come to `full` per cent, and the days before until `past` are made."""
    fill = partial(_day, site, rooms, practitioners, patients, size.full, random)
    coming = sum(fill(today + timedelta(days=n)) for n in range(size.years * 365))
    past, day = 0, today
    while past < size.past:
        day -= timedelta(days=1)
        past += fill(day)
    return coming


def _day(
    site: Site,
    rooms: list[Room],
    practitioners: list[Practitioner],
    patients: list[Patient],
    full: int,
    random: Random,
    day: date,
) -> int:
    if day.weekday() > 4:
        return 0
    people = iter(random.sample(patients, min(len(patients), 40 * len(practitioners))))
    rows: list[Appointment] = []
    # Of every choice between an appointment and a pause, so many appointments that `full` per cent of time is taken.
    share = full * PAUSE / (full * PAUSE + (100 - full) * mean(LENGTHS))
    room_free = dict.fromkeys((room.pk for room in rooms), 0)
    for starts, ends in HOURS:
        for practitioner in practitioners:
            room = rooms[practitioner.pk % len(rooms)]
            minute = max(starts * 60, room_free[room.pk] if len(practitioners) > len(rooms) else 0)
            while minute < ends * 60:
                minutes = random.choice(LENGTHS)
                if random.random() < share and minute + minutes <= ends * 60:
                    rows.append(_appointment(site, room, practitioner, next(people), day, minute, minutes))
                    minute += minutes
                else:
                    minute += PAUSE
            room_free[room.pk] = minute
    Appointment.objects.bulk_create(rows)
    return len(rows)


def _appointment(
    site: Site, room: Room, practitioner: Practitioner, patient: Patient, day: date, minute: int, minutes: int
) -> Appointment:
    starts = instant(day, minute, site.zone)
    ends = starts + timedelta(minutes=minutes)
    return Appointment(
        patient=patient,
        kind=Kind.REVIEW,
        practitioner=practitioner,
        room=room,
        starts=starts,
        ends=ends,
        room_free_at=ends,
    )


def plan_of(world: World, patient: Patient, shape: list[tuple[str, int, int, str]]) -> TreatmentPlan:
    """An approved plan of the given phases: purpose, sittings, every, unit."""
    plan = TreatmentPlan.objects.create(
        patient=patient,
        protocol=Protocol.objects.order_by("pk")[0],
        site=world.site,
        practitioner=Practitioner.objects.order_by("pk")[0],
        start_date=world.today + timedelta(days=3),
        state=PlanState.APPROVED,
    )
    phases = []
    for position, (purpose, count, every, unit) in enumerate(shape, 1):
        cadence = Cadence(every, EngineUnit(unit))
        tolerance = default_tolerance(cadence)
        phases.append(
            PlanPhase(
                plan=plan,
                position=position,
                purpose=Purpose(purpose),
                count=count,
                every=every,
                unit=Unit(unit),
                early=tolerance.early,
                late=tolerance.late,
                minimum_gap=default_minimum_gap(cadence),
            )
        )
    saved = PlanPhase.objects.bulk_create(phases)
    Sitting.objects.bulk_create([sitting_row(plan, saved[due.phase], due) for due in dated(saved, plan.start_date)])
    return plan
