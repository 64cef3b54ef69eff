"""Seeded diaries and plans for tests and measurements."""

import random
from collections.abc import Iterator
from datetime import date

from scheduling.engine.cadence import Cadence, Unit, default_minimum_gap, default_tolerance
from scheduling.engine.free_time import Span, build_diary
from scheduling.engine.protocol import due_sittings
from scheduling.engine.terms import Diary, DueSitting, PhasePurpose, PhaseSpec

MONTHLY = Cadence(1, Unit.MONTH)
FIFTEEN_DAYS = Cadence(15, Unit.DAY)
WEEKLY = Cadence(1, Unit.WEEK)

MORNING = (9 * 60, 13 * 60)
AFTERNOON = (14 * 60, 19 * 60)
CLEANING = 5


def phase(count: int, cadence: Cadence, purpose: PhasePurpose = PhasePurpose.INDUCTION, **more) -> PhaseSpec:
    """A phase with the product's default tolerance and minimum gap."""
    return PhaseSpec(purpose, count, cadence, default_tolerance(cadence), default_minimum_gap(cadence), **more)


def three_phases(start: date) -> tuple[DueSitting, ...]:
    """The 28 sittings of cellulite-three-phase (003)."""
    induction, maintenance = phase(6, MONTHLY), phase(12, MONTHLY, PhasePurpose.MAINTENANCE)
    return due_sittings([induction, phase(10, FIFTEEN_DAYS, PhasePurpose.CONSOLIDATION), maintenance], start)


def weekly(count: int, start: date) -> tuple[DueSitting, ...]:
    """A run of weekly sittings (002)."""
    return due_sittings([phase(count, WEEKLY)], start)


def full_diary(
    *, first: date, days: int = 730, practitioners: int = 10, rooms: int = 10, fill: float = 0.8, seed: int = 1
) -> Diary:
    """A clinic's diary on a five-minute grid, Monday to Friday, booked at random to the given share of its hours."""
    draw = random.Random(seed)
    first_day = first.toordinal()
    hours = list(_hours(first_day, days, practitioners))
    booked, rooms_taken = [], []
    for practitioner, day, start, end in hours:
        for begins, minutes in _bookings(draw, start, end, fill):
            booked.append((practitioner, day, begins, begins + minutes))
            # Practitioner n treats in room n, so no room is ever double booked.
            rooms_taken.append((practitioner % rooms, day, begins, begins + minutes + CLEANING))
    return build_diary(
        grid=5,
        first_day=first_day,
        last_day=first_day + days - 1,
        hours=hours,
        rooms=dict.fromkeys(range(rooms), CLEANING),
        busy=booked,
        room_busy=rooms_taken,
    )


def _hours(first_day: int, days: int, practitioners: int) -> Iterator[Span]:
    for day in range(first_day, first_day + days):
        if (day + 6) % 7 < 5:
            for practitioner in range(practitioners):
                for start, end in (MORNING, AFTERNOON):
                    yield practitioner, day, start, end


def _bookings(draw: random.Random, start: int, end: int, fill: float) -> Iterator[tuple[int, int]]:
    while start < end:
        minutes = min(draw.choice((15, 20, 25, 30)), end - start)
        if draw.random() < fill:
            yield start, minutes
        start += minutes
