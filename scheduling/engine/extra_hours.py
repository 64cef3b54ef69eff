"""Extra hours: time in which a practitioner could treat on a day they do not work, as a way out of a blocked cycle."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from scheduling.engine import rules
from scheduling.engine.free_time import day_bytes
from scheduling.engine.ground import Ground, with_more
from scheduling.engine.openings import (
    NEVER,
    Levels,
    Openings,
    cheapest_by_day,
    cheapest_start,
    find_openings,
    levels_of_day,
)
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import DayMasks, Diary, OpenedHours

SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Opening:
    """Hours that could be opened, and the free starts they give over the days of a course."""

    hours: OpenedHours
    starts: Levels


def with_opened(diary: Diary, opened: OpenedHours) -> Diary:
    """The diary in which these hours are worked as well."""
    grid, day = diary.grid, opened.day.toordinal()
    first, end = -(-opened.start // grid), opened.end // grid
    own = dict(diary.hours.get(opened.practitioner, {}))
    own[day] = own.get(day, 0) | ((1 << max(end, first)) - (1 << first))
    return replace(diary, hours={**diary.hours, opened.practitioner: own})


def opened_ground(ground: Ground, request: CycleRequest, opening: Opening) -> Ground:
    """The ground once these hours are open."""
    return with_more(ground, request, opening.hours.practitioner, opening.starts)


def openings_to_try(ground: Ground, window: range, ideal: int) -> list[Opening]:
    """On each closed day of a window (day ordinals) the practitioner it costs least with, cheapest day first.

    A day is closed to a practitioner who has no hours on it; absences, closures and public holidays stay what they
    are. The hours are the half of their usual day in which the cheapest start lies. Sundays come last.
    """
    course, diary = ground.course.days, ground.request.diary
    days = range(max(window.start, course.start, diary.first_day), min(window.stop, course.stop, diary.last_day + 1))
    if not days:
        return []
    closed = {who: _closed(diary.hours[who], days) for who in ground.request.bookable}
    found = find_openings(replace(ground.request, diary=replace(diary, hours=closed)), days)
    return [_opening(ground, found, place, who) for _cost, place, who in sorted(_candidates(ground, found, ideal))]


def _closed(own: DayMasks, days: range) -> DayMasks:
    """The practitioner's usual hours on each of the days on which they have none."""
    usual = Counter(mask for mask in own.values() if mask)
    if not usual:
        return {}
    most = min(usual, key=lambda mask: (-usual[mask], mask))
    return {day: most for day in days if not own.get(day)}


def _candidates(ground: Ground, found: Openings, ideal: int) -> Iterator[tuple[tuple[bool, int], int, int]]:
    """(rank, index of the day, practitioner) of the cheapest on each day that has a start."""
    width = day_bytes(ground.request.diary.grid)
    costs = {who: cheapest_by_day(levels, len(found.days), width) for who, levels in found.levels.items()}
    for place, day in enumerate(found.days):
        cost, who = min(((own[place], who) for who, own in costs.items()), default=(NEVER, 0))
        if cost < NEVER:
            cost += ground.prices.days[day - ground.course.days.start]
            cost += rules.drift(day - ideal, ground.request.weights)
            yield (rules.weekday_of(day) == SUNDAY, cost), place, who


def _opening(ground: Ground, found: Openings, place: int, who: int) -> Opening:
    slot, grid = cheapest_start(found, who, place)[1], ground.request.diary.grid
    mask = found.request.diary.hours[who][found.days[place]]
    first = end = slot.start // grid
    while first and mask >> first - 1 & 1:
        first -= 1
    while mask >> end & 1:
        end += 1
    hours = OpenedHours(who, slot.day, first * grid, end * grid)
    return Opening(hours, levels_of_day(found, who, place, ground.course.days, (1 << end) - (1 << first)))
