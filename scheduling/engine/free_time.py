"""Free time as bit sets: working hours, less absences and bookings, and the starts of n free cells.

Within a day a mask is an int, bit i the i-th cell of the grid. A run of days is one long int, the days laid end to
end with at least one empty cell between them, so that a few operations on long ints serve every day at once.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import repeat
from operator import methodcaller

from scheduling.engine.terms import DayMasks, Diary, Masks, Taken

MINUTES_IN_DAY = 1440

Span = tuple[int, int, int, int]
"""(resource id, day ordinal, start minute, end minute), local wall time, half-open."""

WeeklySpan = tuple[int, range, int, int]
"""(resource id, day ordinals, start minute, end minute): the same span on many days."""

DaySpan = tuple[int, int, int]
"""(day ordinal, start minute, end minute) of the patient."""

NOTHING = Taken({}, {}, {})


def build_diary(
    *,
    grid: int,
    first_day: int,
    last_day: int,
    rooms: Mapping[int, int],
    hours: Iterable[Span] = (),
    weekly: Iterable[WeeklySpan] = (),
    away: Iterable[Span] = (),
    busy: Iterable[Span] = (),
    room_busy: Iterable[Span] = (),
    equipment: Iterable[int] = (),
    equipment_busy: Iterable[Span] = (),
    patient_busy: Iterable[DaySpan] = (),
    patient_unavailable: Iterable[DaySpan] = (),
    taken: Taken = NOTHING,
) -> Diary:
    """The diary from spans of local wall minutes; hours shrink to the grid of `grid` minutes, lost time grows to it.

    `weekly` are hours too. `rooms` gives each room's cleaning minutes; a booking in `room_busy` ends when the room is
    free again. Closures come in `away` once for each practitioner. A span lies within one day. `taken` is busy time
    that comes as masks of this grid; the busy spans are added to it.
    """
    down, up = _cells_before(grid)
    return Diary(
        grid=grid,
        first_day=first_day,
        last_day=last_day,
        hours=_masks(hours, up, down, _weekly_masks(weekly, up, down)),
        away=_masks(away, down, up),
        busy=_masks(busy, down, up, taken.practitioners),
        rooms=dict(rooms),
        room_busy=_masks(room_busy, down, up, taken.rooms),
        equipment=tuple(equipment),
        equipment_busy=_masks(equipment_busy, down, up, taken.equipment),
        patient_busy=_masks(((0, *span) for span in patient_busy), down, up).get(0, {}),
        patient_unavailable=_masks(((0, *span) for span in patient_unavailable), down, up).get(0, {}),
    )


def busy_masks(spans: Iterable[Span], grid: int) -> Masks:
    """The cells that busy spans touch, by resource and day, for a grid of `grid` minutes."""
    return _masks(spans, *_cells_before(grid))


@lru_cache(maxsize=8)
def _cells_before(grid: int) -> tuple[list[int], list[int]]:
    """For each minute of a day the cells that begin before it: without the one it lies in, and with it."""
    if grid < 1 or MINUTES_IN_DAY % grid:
        raise ValueError(f"The grid must divide the day's {MINUTES_IN_DAY} minutes, and {grid} does not.")
    down = [(1 << minute // grid) - 1 for minute in range(MINUTES_IN_DAY + 1)]
    up = [(1 << -(-minute // grid)) - 1 for minute in range(MINUTES_IN_DAY + 1)]
    return down, up


def _masks(spans: Iterable[Span], before_start: list[int], before_end: list[int], made: Masks | None = None) -> Masks:
    """Masks from spans, each cell set that lies before the end and not before the start, added to those `made`."""
    masks = {resource: dict(days) for resource, days in (made or {}).items()}
    for resource, day, start, end in spans:
        if not 0 <= start <= end <= MINUTES_IN_DAY:
            raise ValueError(f"A span must lie within one day, and {start} to {end} minutes does not.")
        days = masks.get(resource)
        if days is None:
            days = masks[resource] = {}
        days[day] = days.get(day, 0) | (before_end[end] & ~before_start[start])
    return masks


def _weekly_masks(spans: Iterable[WeeklySpan], before_start: list[int], before_end: list[int]) -> Masks:
    """Masks as _masks makes them, each span's cells found once for all its days."""
    masks: dict[int, dict[int, int]] = {}
    for resource, days, start, end in spans:
        mask = before_end[end] & ~before_start[start]
        own = masks.setdefault(resource, {})
        for day in days:
            own[day] = own.get(day, 0) | mask
    return masks


def cells(minutes: int, grid: int) -> int:
    """How many cells of `grid` minutes it takes to hold the minutes."""
    return -(-minutes // grid)


def starts(free: int, length: int) -> int:
    """The cells where `length` free cells begin, by about log2(length) shifts."""
    have = 1
    while have < length:
        step = min(have, length - have)
        free &= free >> step
        have += step
    return free


def smear(bits: int, least: int, most: int) -> int:
    """Every bit moved up by each of `least` to `most` places: the days that some gap after these days reaches."""
    bits <<= least
    have, length = 1, most - least + 1
    while have < length:
        step = min(have, length - have)
        bits |= bits << step
        have += step
    return bits


def day_bytes(grid: int) -> int:
    """The bytes a day takes in a long int: its cells, and at least one empty cell that keeps days apart."""
    return MINUTES_IN_DAY // grid // 8 + 1


def end_to_end(masks: DayMasks, days: range, width: int) -> int:
    """The masks of consecutive day ordinals as one long int, `width` bytes a day."""
    if not masks:
        return 0
    as_bytes = methodcaller("to_bytes", width, "little")
    return int.from_bytes(b"".join(map(as_bytes, map(masks.get, days, repeat(0)))), "little")


def every_day(mask: int, days: int, width: int) -> int:
    """One day's mask repeated for some days as one long int."""
    return int.from_bytes(mask.to_bytes(width, "little") * days, "little")
