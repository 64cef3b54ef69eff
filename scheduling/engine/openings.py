"""The free starts of a run of days, and each day's cheapest start with each practitioner."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from scheduling.engine import rules
from scheduling.engine.free_time import cells, day_bytes, end_to_end, every_day, starts
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import Reason, Slot

NEVER = 1 << 40
"""The cost of what cannot be; above any sum of real costs."""

Levels = tuple[tuple[int, int], ...]
"""(cost, starts) cheapest first; each start in one level. The starts of all days are one long int."""


@dataclass(frozen=True, slots=True)
class Openings:
    """What can be booked over consecutive day ordinals, by practitioner, at what cost within the day."""

    request: CycleRequest
    days: range
    levels: Mapping[int, Levels]


def lost_time(request: CycleRequest, days: range) -> dict[Reason, dict[int, int]]:
    """The cells that each rule takes from each practitioner, in the order in which a refusal names them."""
    diary, who = request.diary, request.bookable
    return {
        Reason.PAST: dict.fromkeys(who, rules.past(diary, request.not_before, days)),
        Reason.APART: dict.fromkeys(who, rules.kept_clear(diary, request.keep_clear, days)),
        Reason.HOURS: {practitioner: rules.out_of_hours(diary, practitioner, days) for practitioner in who},
        Reason.AWAY: {practitioner: rules.away(diary, practitioner, days) for practitioner in who},
        Reason.PATIENT: dict.fromkeys(who, rules.patient_taken(diary, days)),
        Reason.FULL: {practitioner: rules.booked(diary, practitioner, days) for practitioner in who},
    }


def find_openings(request: CycleRequest, days: range) -> Openings:
    """All free starts over the days, in levels of cost within the day."""
    diary, grid = request.diary, request.diary.grid
    length, width = cells(request.minutes, grid), day_bytes(grid)
    lost = lost_time(request, days)
    everything = every_day(rules.whole_day(diary), len(days), width)
    supplied = rules.room_starts(diary, request.minutes, days) & rules.equipment_starts(diary, request.minutes, days)
    shared = _shared_penalties(request, days)
    levels = {}
    for practitioner in request.bookable:
        own = everything & ~lost[Reason.HOURS][practitioner] & ~lost[Reason.AWAY][practitioner]
        own &= ~lost[Reason.FULL][practitioner]
        barred = lost[Reason.PAST][practitioner] | lost[Reason.APART][practitioner] | lost[Reason.PATIENT][practitioner]
        useful = cells(request.useful_minutes, grid)
        penalties = [
            *shared,
            (request.weights.leftover, rules.leftover_before(own, useful)),
            (request.weights.leftover, rules.leftover_after(own, useful, length)),
        ]
        cost = rules.other_practitioner(practitioner, request.preference, request.plan_practitioner, request.weights)
        levels[practitioner] = split(((cost, starts(own & ~barred, length) & supplied),), penalties)
    return Openings(request, days, levels)


def _shared_penalties(request: CycleRequest, days: range) -> list[tuple[int, int]]:
    """(weight, starts) of the costs within a day that are the same for all practitioners."""
    grid, width, course = request.diary.grid, day_bytes(request.diary.grid), len(request.sittings)
    off_hours = every_day(rules.off_hours(request.preference, request.minutes, grid), len(days), width)
    popular = [rules.in_popular_hour(request.popular, weekday, course, grid) for weekday in range(7)]
    in_demand = {day: mask for day in days if (mask := popular[rules.weekday_of(day)])}
    penalties = (
        (request.weights.off_hours, off_hours),
        (request.weights.popular_hour, end_to_end(in_demand, days, width)),
    )
    return [(weight, where) for weight, where in penalties if weight and where]


def split(levels: Levels, penalties: Sequence[tuple[int, int]]) -> Levels:
    """The levels after each penalty (weight, starts) has been added where it applies."""
    found = dict(levels)
    for weight, where in penalties:
        after: dict[int, int] = {}
        for cost, mask in found.items():
            after[cost] = after.get(cost, 0) | (mask & ~where)
            after[cost + weight] = after.get(cost + weight, 0) | (mask & where)
        found = {cost: mask for cost, mask in after.items() if mask}
    return tuple(sorted(found.items()))


def at_usual_time(openings: Openings, band: int) -> Openings:
    """The same openings with the cost of starting off the usual half hour."""
    penalty = [(openings.request.weights.off_usual_time, _off_band(openings, band))]
    levels = {practitioner: split(levels, penalty) for practitioner, levels in openings.levels.items()}
    return Openings(openings.request, openings.days, levels)


def has_start_in(openings: Openings, band: int) -> bool:
    """Whether anything can start in a half hour (numbered from midnight) on some day."""
    off = _off_band(openings, band)
    return any(mask & ~off for levels in openings.levels.values() for _, mask in levels)


def _off_band(openings: Openings, band: int) -> int:
    grid = openings.request.diary.grid
    return every_day(rules.off_usual_time(band, grid), len(openings.days), day_bytes(grid))


def cheapest_by_day(levels: Levels, days: int, width: int) -> list[int]:
    """The least cost of a start on each day, or NEVER."""
    top = every_day(1 << 8 * width - 1, days, width)
    below_top = top - every_day(1, days, width)
    ranks = seen = 0
    for rank, (_, mask) in enumerate(levels, 1):
        # A day's cells carry into its empty top bit exactly when one of them is set: one addition asks all days.
        open_days = (mask + below_top) & top
        ranks += ((open_days & ~seen) >> 7) * rank
        seen |= open_days
    costs = (NEVER, *(cost for cost, _ in levels))
    return [costs[rank] for rank in ranks.to_bytes(days * width, "little")[width - 1 :: width]]


def merged(all_levels: Iterable[Levels]) -> Levels:
    """The starts of several practitioners together, by cost."""
    together: dict[int, int] = {}
    for levels in all_levels:
        for cost, mask in levels:
            together[cost] = together.get(cost, 0) | mask
    return tuple(sorted(together.items()))


def cheapest_start(openings: Openings, practitioner: int, day: int, among: int = -1) -> tuple[int, Slot]:
    """The earliest start of least cost on a day (index in the span), among the given cells, and that cost."""
    for cost, mask in openings.levels[practitioner]:
        if found := _of_day(openings, mask, day) & among:
            cell = (found & -found).bit_length() - 1
            return cost, _slot(openings, practitioner, day, cell)
    raise LookupError(f"No free start with practitioner {practitioner} on {date.fromordinal(openings.days[day])}.")


def has_start(openings: Openings, practitioner: int, day: int, among: int = -1) -> bool:
    """Whether the practitioner has a free start on a day, among the given cells."""
    return any(_of_day(openings, mask, day) & among for _, mask in openings.levels[practitioner])


def cost_of_start(openings: Openings, practitioner: int, day: int, start: int) -> int:
    """What starting at a local minute costs within the day."""
    cell = 1 << start // openings.request.diary.grid
    return next(cost for cost, mask in openings.levels[practitioner] if _of_day(openings, mask, day) & cell)


def _of_day(openings: Openings, mask: int, day: int) -> int:
    bits = 8 * day_bytes(openings.request.diary.grid)
    return (mask >> day * bits) & ((1 << bits) - 1)


def _slot(openings: Openings, practitioner: int, day: int, cell: int) -> Slot:
    diary, minutes, ordinal = openings.request.diary, openings.request.minutes, openings.days[day]
    room = next(
        room
        for room, cleaning in sorted(diary.rooms.items())
        if _is_free(diary.room_busy.get(room, {}).get(ordinal, 0), cell, cells(minutes + cleaning, diary.grid))
    )
    length = cells(minutes, diary.grid)
    free = (
        item for item in diary.equipment if _is_free(diary.equipment_busy.get(item, {}).get(ordinal, 0), cell, length)
    )
    return Slot(date.fromordinal(ordinal), cell * diary.grid, minutes, practitioner, room, next(free, None))


def _is_free(busy: int, cell: int, length: int) -> bool:
    return not busy >> cell & ((1 << length) - 1)
