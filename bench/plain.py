"""The starts of a request listed cell by cell, each with what it costs by itself: plain, slow, no part of the engine.

Nothing may stand yet: a request with fixed slots is not for this.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from scheduling.engine.request import CycleRequest

MINUTES_IN_DAY = 1440
LONG_COURSE = 8
SHORT_WAIT = 15


@dataclass(frozen=True, slots=True)
class Start:
    """A free start: day ordinal, wall minute, practitioner, and its cost without that of its distance to others."""

    day: int
    minute: int
    practitioner: int
    cost: int


def starts_of(request: CycleRequest, days: range) -> Iterator[Start]:
    """Every free start on the days, one cell after another."""
    grid = request.diary.grid
    length = -(-request.minutes // grid)
    for day in days:
        if day in request.keep_clear or day in request.therapies:
            continue
        for who in request.bookable:
            if not request.diary.hours[who].get(day):
                continue
            own = _own_time(request, who, day)
            for cell in range(MINUTES_IN_DAY // grid - length + 1):
                span = range(cell, cell + length)
                if all(own[each] for each in span) and _others_are_free(request, day, cell, length):
                    yield Start(day, cell * grid, who, _cost(request, own, day, cell, length, who))


def _own_time(request: CycleRequest, who: int, day: int) -> list[bool]:
    """For each cell of the day whether the practitioner works and has nothing in it."""
    diary = request.diary
    hours, lost = (
        diary.hours[who].get(day, 0),
        diary.away.get(who, {}).get(day, 0) | diary.busy.get(who, {}).get(day, 0),
    )
    return [bool(hours >> cell & 1) and not lost >> cell & 1 for cell in range(MINUTES_IN_DAY // diary.grid)]


def _others_are_free(request: CycleRequest, day: int, cell: int, length: int) -> bool:
    """Whether the patient, some room with its cleaning and some equipment have the time, and it is not over."""
    diary, grid = request.diary, request.diary.grid
    not_before = [at for at in (request.not_before, request.readable_from) if at]
    if any((date.fromordinal(day), cell * grid) < at for at in not_before):
        return False
    if not _free(diary.patient_busy.get(day, 0) | diary.patient_unavailable.get(day, 0), cell, length):
        return False
    with_cleaning = {room: -(-(request.minutes + cleaning) // grid) for room, cleaning in diary.rooms.items()}
    if not any(_free(diary.room_busy.get(room, {}).get(day, 0), cell, n) for room, n in with_cleaning.items()):
        return False
    things = diary.equipment
    return not things or any(_free(diary.equipment_busy.get(item, {}).get(day, 0), cell, length) for item in things)


def _free(busy: int, cell: int, length: int) -> bool:
    return not any(busy >> each & 1 for each in range(cell, cell + length))


def _cost(request: CycleRequest, own: list[bool], day: int, cell: int, length: int, who: int) -> int:
    weights, wishes, grid = request.weights, request.preference, request.diary.grid
    weekday, minute = date.fromordinal(day).weekday(), cell * grid
    wanted = request.plan_practitioner if wishes.practitioner is None else wishes.practitioner
    cost = 0
    if wishes.weekdays and weekday not in wishes.weekdays:
        cost += weights.off_days
    if minute < (wishes.from_minute or 0) or minute + request.minutes > (wishes.until_minute or MINUTES_IN_DAY):
        cost += weights.off_hours
    if wanted is not None and who != wanted:
        cost += weights.other_practitioner
    popular = (each for each in request.popular if each.weekday in (None, weekday))
    if len(request.sittings) >= LONG_COURSE and any(h.from_minute <= minute < h.until_minute for h in popular):
        cost += weights.popular_hour
    if request.visits and not _shares_a_visit(request, day, minute):
        cost += weights.separate_visit
    before, after = _run(own, cell - 1, -1), _run(own, cell + length, 1)
    useful = -(-request.useful_minutes // grid)
    return cost + weights.leftover * ((0 < before < useful) + (0 < after < useful))


def _shares_a_visit(request: CycleRequest, day: int, minute: int) -> bool:
    """Whether one of the patient's visits of the day comes right before or after, at most SHORT_WAIT away."""
    for visit in request.visits:
        if visit.day.toordinal() == day:
            waits = visit.start - (minute + request.minutes), minute - (visit.start + visit.minutes)
            if any(0 <= wait <= SHORT_WAIT for wait in waits):
                return True
    return False


def _run(own: list[bool], cell: int, step: int) -> int:
    """How many free cells follow one another from a cell on."""
    count = 0
    while 0 <= cell < len(own) and own[cell]:
        count, cell = count + 1, cell + step
    return count
