"""A seeded clinic of a given size, written straight into the tables: only time and numbers matter here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from statistics import mean

from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.utils.timezone import localdate

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
    Status,
    TreatmentPlan,
    WorkingHours,
)
from scheduling.models.protocols import Purpose, Unit
from scheduling.selectors.local_time import day_span, instant
from scheduling.services.busy_masks import rebuild_masks
from scheduling.services.planning import dated, sitting_row

SEED = 7
HOURS = ((9, 13), (14, 17))
LONG_HOURS = ((8, 13), (14, 19))
LENGTHS = (20, 25, 30)
PAUSE = 15
MOST_A_DAY = 40
EIGHT = [("induction", 8, 1, "week")]
FIFTEEN = [("induction", 15, 1, "week")]
TWENTY_EIGHT = [("induction", 6, 1, "month"), ("consolidation", 10, 15, "day"), ("maintenance", 12, 1, "month")]


Hours = tuple[tuple[int, int], ...]
Booked = tuple[int, int, int, date, int, int]
"""Numbers of the patient, the practitioner and the room, local day, wall minute, minutes."""


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
    hours: Hours = HOURS


SIZES = {
    "S": Size(practitioners=2, rooms=2, plans=60, patients=500, years=1, full=80),
    "M": Size(practitioners=10, rooms=10, plans=600, patients=5_000, years=2, full=80),
    "L": Size(
        practitioners=20, rooms=15, plans=1_500, patients=20_000, years=2, full=90, past=200_000, hours=LONG_HOURS
    ),
}


@dataclass(frozen=True, slots=True)
class World:
    """What the figures are taken on; `appointments` counts those to come."""

    size: Size
    site: Site
    user: User
    today: date
    now: datetime
    appointments: int


def build(size: Size, today: date) -> World:
    """Fills an empty database; the same seed, size and day give the same rows."""
    site = Site.objects.create(name="Bench", public_holidays=False)
    for weekday in range(5):
        OpeningHours.objects.create(site=site, weekday=weekday, starts=time(8), ends=time(20))
    for n in range(size.rooms):
        Room.objects.create(site=site, name=f"Room {n + 1}", cleaning_minutes=0)
    for n in range(size.practitioners):
        add_practitioner(n, site, today, size.hours)
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
    user = User.objects.create_user("bench", password="bench-password-1")
    for role in (Role.RECEPTION, Role.DOCTOR):
        user.groups.add(Group.objects.get(name=role.value))
    fill = _filler(site, size, Random(SEED))
    with transaction.atomic():
        coming = sum(fill(today + timedelta(days=n), Status.BOOKED) for n in range(size.years * 365))
    world = World(size, site, user, today, instant(today, 9 * 60, site.zone), coming)
    fill_past(world, size.past)
    for patient in patients[: size.plans]:
        plan_of(world, patient, EIGHT)
    rebuild_masks(now=world.now)
    return world


def fill_past(world: World, past: int) -> int:
    """Fills the days before those that are filled until so many appointments are past; gives how many there are."""
    before = Appointment.objects.filter(starts__lt=day_span(world.today, world.site.zone)[0])
    made, first = before.count(), before.order_by("starts").values_list("starts", flat=True).first()
    day = localdate(first, world.site.zone) if first else world.today
    fill = _filler(world.site, world.size, Random(f"{SEED} {day}"))
    with transaction.atomic():
        while made < past:
            day -= timedelta(days=1)
            made += fill(day, Status.COMPLETED)
    return made


def add_practitioner(n: int, site: Site, today: date, hours: Hours = HOURS) -> Practitioner:
    """One who works at the site from Monday to Friday."""
    practitioner = Practitioner.objects.create(user=User.objects.create(username=f"dr{n}"), name=f"Dr {n:02}")
    practitioner.sites.add(site)
    for weekday in range(5):
        for starts, ends in hours:
            WorkingHours.objects.create(
                practitioner=practitioner,
                site=site,
                weekday=weekday,
                starts=time(starts),
                ends=time(ends),
                valid_from=today - timedelta(days=800),
            )
    return practitioner


def _filler(site: Site, size: Size, random: Random) -> Callable[[date, Status], int]:
    """What fills one day of everybody's hours as full as the size says, and tells with how many appointments."""
    rooms, practitioners = (list(found.values_list("pk", flat=True)) for found in (site.rooms, site.practitioners))
    patients = list(Patient.objects.order_by("pk").values_list("pk", flat=True))

    def fill(day: date, status: Status) -> int:
        if day.weekday() > 4:
            return 0
        people = iter(random.sample(patients, min(len(patients), MOST_A_DAY * len(practitioners))))
        rows = [
            (next(people), who, where, day, minute, minutes)
            for turn, span in enumerate(size.hours)
            for where, who in zip(rooms, _at_work(practitioners, rooms, day, turn), strict=False)
            for minute, minutes in _bookings(random, span, size.full)
        ]
        insert(rows, site, status)
        return len(rows)

    return fill


def _at_work(practitioners: list[int], rooms: list[int], day: date, turn: int) -> list[int]:
    """Those who have a room this half day: all, or where rooms are fewer, each in their turn."""
    if len(rooms) >= len(practitioners):
        return practitioners
    first = (day.toordinal() * 2 + turn) * len(rooms) % len(practitioners)
    return [practitioners[(first + n) % len(practitioners)] for n in range(len(rooms))]


def _bookings(random: Random, span: tuple[int, int], full: int) -> Iterator[tuple[int, int]]:
    """Start and length in minutes of what is booked between two hours, at random, `full` per cent of the time."""
    # Of every choice between an appointment and a pause, so many appointments that `full` per cent of time is taken.
    share = full * PAUSE / (full * PAUSE + (100 - full) * mean(LENGTHS))
    minute, end = span[0] * 60, span[1] * 60
    while minute < end:
        minutes = random.choice(LENGTHS)
        if random.random() < share and minute + minutes <= end:
            yield minute, minutes
            minute += minutes
        else:
            minute += PAUSE


def insert(rows: Sequence[Booked], site: Site, status: Status = Status.BOOKED) -> None:
    """Reviews written past the models, which would take most of the time; the no-overlap rules hold as ever."""
    fields = [field for field in Appointment._meta.concrete_fields if not field.primary_key]
    same = {"kind": Kind.REVIEW.value, "status": status.value}
    defaults = [field.get_db_prep_save(same.get(field.name, field.get_default()), connection) for field in fields]
    place = {field.name: index for index, field in enumerate(fields)}
    values = []
    for patient, who, where, day, minute, minutes in rows:
        starts = instant(day, minute, site.zone)
        at, until = (connection.ops.adapt_datetimefield_value(t) for t in (starts, starts + timedelta(minutes=minutes)))
        row = defaults.copy()
        given = {"patient": patient, "practitioner": who, "room": where, "starts": at, "ends": until}
        for name, value in (*given.items(), ("room_free_at", until)):
            row[place[name]] = value
        values.append(row)
    columns = ", ".join(field.column for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {Appointment._meta.db_table} ({columns}) VALUES ({marks})", values)


def plan_of(
    world: World, patient: Patient, shape: list[tuple[str, int, int, str]], site: Site | None = None
) -> TreatmentPlan:
    """An approved plan of the given phases: purpose, sittings, every, unit."""
    site = site or world.site
    plan = TreatmentPlan.objects.create(
        patient=patient,
        protocol=Protocol.objects.order_by("pk")[0],
        site=site,
        practitioner=Practitioner.objects.filter(sites=site).order_by("pk").first(),
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
