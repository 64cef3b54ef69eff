"""Every hard rule and every cost, one small named function each.

A hard rule answers with the cells it takes away, as one long int over a run of days (see free_time). A cost answers
with points, or with the cells where starting costs its weight. Nothing else in the engine says what is good.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import astuple, dataclass
from datetime import date
from functools import partial

from scheduling.engine.free_time import MINUTES_IN_DAY, cells, day_bytes, end_to_end, every_day, starts
from scheduling.engine.terms import DayMasks, Diary, InDemand, Preference, Slot

HALF_HOUR = 30
SHORT_WAIT = 15
"""The most minutes between two sittings of one visit: time to clean a room, or to change to another (our own)."""
LONG_COURSE = 8
"""Sittings from which a course is long, and a popular hour has its price."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What each departure from the best costs, in points; the defaults are the product's own."""

    early: int = 3
    """a day, when a sitting comes earlier than the ideal gap after the one before"""
    late: int = 2
    """a day, when it comes later"""
    drift: int = 2
    """a day between a sitting and its ideal date"""
    off_days: int = 12
    """a sitting off the patient's weekdays"""
    off_hours: int = 8
    """a sitting off the patient's hours"""
    other_practitioner: int = 6
    """a sitting with another practitioner than the patient's, else the plan's"""
    change_of_practitioner: int = 6
    """two sittings in a row with different practitioners"""
    off_usual_weekday: int = 12
    """a sitting off the cycle's usual weekday"""
    off_usual_time: int = 6
    """a sitting that starts off the cycle's usual half hour"""
    leftover: int = 2
    """each side on which the practitioner is left a gap too short to use"""
    popular_hour: int = 3
    """a sitting of a long course that starts in a popular hour"""
    separate_visit: int = 10
    """a sitting for which a patient with another plan's sittings comes once more"""

    def __post_init__(self) -> None:
        if min(astuple(self)) < 0:
            raise ValueError("A weight cannot be negative.")


# Hard rules: the cells each takes away.


def past(diary: Diary, not_before: tuple[date, int] | None, days: range) -> int:
    """Everything before the local day and minute before which nothing may start."""
    if not_before is None:
        return 0
    day, minute = not_before
    whole_days = min(max(day.toordinal() - days.start, 0), len(days))
    bits = 8 * day_bytes(diary.grid) * whole_days
    cells_of_day = cells(minute, diary.grid) if day.toordinal() in days else 0
    return (1 << bits + cells_of_day) - 1


def before_reading(diary: Diary, readable_from: tuple[date, int] | None, days: range) -> int:
    """Everything before the local day and minute from which the skin sensitivity test can be read (002)."""
    return past(diary, readable_from, days)


def too_close_to_other_plan(diary: Diary, keep_clear: Collection[int], days: range) -> int:
    """Whole days too close to a sitting of another plan on the same area (003, 004)."""
    return _whole_days(diary, keep_clear, days)


def too_close_to_therapy(diary: Diary, therapies: Collection[int], days: range) -> int:
    """Whole days too close to a complementary therapy: massage, pressure or heat (000)."""
    return _whole_days(diary, therapies, days)


def _whole_days(diary: Diary, ordinals: Collection[int], days: range) -> int:
    return end_to_end(dict.fromkeys(ordinals, whole_day(diary)), days, day_bytes(diary.grid))


def out_of_hours(diary: Diary, practitioner: int, days: range) -> int:
    """Time when the practitioner does not work."""
    width = day_bytes(diary.grid)
    return every_day(whole_day(diary), len(days), width) & ~end_to_end(diary.hours[practitioner], days, width)


def away(diary: Diary, practitioner: int, days: range) -> int:
    """Absences and closures."""
    return end_to_end(diary.away.get(practitioner, {}), days, day_bytes(diary.grid))


def patient_taken(diary: Diary, days: range) -> int:
    """Time when the patient has another appointment or said they cannot come."""
    width = day_bytes(diary.grid)
    return end_to_end(diary.patient_busy, days, width) | end_to_end(diary.patient_unavailable, days, width)


def booked(diary: Diary, practitioner: int, days: range) -> int:
    """The practitioner's appointments."""
    return end_to_end(diary.busy.get(practitioner, {}), days, day_bytes(diary.grid))


def room_starts(diary: Diary, minutes: int, days: range) -> int:
    """The starts at which some room is free for the whole sitting and its cleaning."""
    return _any_free(
        diary, [(diary.room_busy.get(room, {}), minutes + clean) for room, clean in diary.rooms.items()], days
    )


def equipment_starts(diary: Diary, minutes: int, days: range) -> int:
    """The starts at which some equipment is free for the whole sitting; all of them when none is needed."""
    if not diary.equipment:
        return every_day(whole_day(diary), len(days), day_bytes(diary.grid))
    return _any_free(diary, [(diary.equipment_busy.get(item, {}), minutes) for item in diary.equipment], days)


def _any_free(diary: Diary, needs: Iterable[tuple[DayMasks, int]], days: range) -> int:
    width = day_bytes(diary.grid)
    everything = every_day(whole_day(diary), len(days), width)
    found = 0
    for busy, minutes in needs:
        found |= starts(everything & ~end_to_end(busy, days, width), cells(minutes, diary.grid))
    return found


def whole_day(diary: Diary) -> int:
    """All cells of one day."""
    return (1 << MINUTES_IN_DAY // diary.grid) - 1


# Costs of a start within its day: the day's cells where starting costs the weight.


def off_hours(preference: Preference, minutes: int, grid: int) -> int:
    """Starts before the patient's hours, or that end after them."""
    first = 0 if preference.from_minute is None else preference.from_minute
    last = MINUTES_IN_DAY if preference.until_minute is None else preference.until_minute
    return _cells_where(grid, lambda start: start < first or start + minutes > last)


def off_wishes(weekday: int, start: int, minutes: int, preference: Preference) -> bool:
    """Whether a slot lies off the patient's days, or not wholly within their hours."""
    first = 0 if preference.from_minute is None else preference.from_minute
    last = MINUTES_IN_DAY if preference.until_minute is None else preference.until_minute
    off_day = bool(preference.weekdays) and weekday not in preference.weekdays
    return off_day or start < first or start + minutes > last


def off_usual_time(band: int, grid: int) -> int:
    """Starts outside the usual half hour, numbered from midnight."""
    return _cells_where(grid, lambda start: start // HALF_HOUR != band)


def in_popular_hour(popular: Collection[InDemand], weekday: int, course: int, grid: int) -> int:
    """Starts within the popular hours of a weekday (Monday 0), for a long course only."""
    hours = [each for each in popular if each.weekday in (None, weekday)]
    if course < LONG_COURSE or not hours:
        return 0
    return _cells_where(grid, lambda start: any(each.from_minute <= start < each.until_minute for each in hours))


def separate_visit(visits: Collection[Slot], minutes: int, grid: int, days: range) -> int:
    """The starts of a run of days that are not back to back with one of the patient's visits; none without visits."""
    if not visits:
        return 0
    width = day_bytes(grid)
    beside: dict[int, int] = {}
    for visit in visits:
        day = visit.day.toordinal()
        beside[day] = beside.get(day, 0) | _cells_where(grid, partial(is_back_to_back, visit, minutes))
    return every_day((1 << MINUTES_IN_DAY // grid) - 1, len(days), width) & ~end_to_end(beside, days, width)


def is_back_to_back(visit: Slot, minutes: int, start: int) -> bool:
    """Whether a start on the visit's day, so many minutes long, leads to the visit or follows it with a short wait."""
    wait = visit.start - (start + minutes) if start < visit.start else start - (visit.start + visit.minutes)
    return 0 <= wait <= SHORT_WAIT


def _cells_where(grid: int, applies: Callable[[int], bool]) -> int:
    return sum(1 << cell for cell in range(MINUTES_IN_DAY // grid) if applies(cell * grid))


def leftover_before(free: int, useful: int) -> int:
    """Starts that leave the practitioner free time before them, shorter than `useful` cells."""
    return (free << 1) & ~(starts(free, useful) << useful)


def leftover_after(free: int, useful: int, length: int) -> int:
    """Starts of `length` cells that leave the practitioner free time after them, shorter than `useful` cells."""
    return (free & ~starts(free, useful)) >> length


# Costs of a day, a practitioner and a pair of sittings, in points.


def off_days(weekday: int, preference: Preference, weights: Weights) -> int:
    """Off the patient's weekdays; none named means any."""
    return weights.off_days if preference.weekdays and weekday not in preference.weekdays else 0


def off_usual_weekday(weekday: int, usual: int, weights: Weights) -> int:
    """Off the cycle's usual weekday."""
    return weights.off_usual_weekday if weekday != usual else 0


def other_practitioner(practitioner: int, preference: Preference, plan: int | None, weights: Weights) -> int:
    """With another practitioner than the one the patient asked for, else the plan's."""
    wanted = plan if preference.practitioner is None else preference.practitioner
    return 0 if wanted is None or practitioner == wanted else weights.other_practitioner


def change_of_practitioner(before: int, practitioner: int, weights: Weights) -> int:
    """With another practitioner than the sitting before."""
    return weights.change_of_practitioner if before != practitioner else 0


def drift(days: int, weights: Weights) -> int:
    """Days from the ideal date, so that a cycle does not wander."""
    return weights.drift * abs(days)


def rhythm(days: int, gap: int, weights: Weights) -> int:
    """Days since the sitting before, fewer or more than the ideal gap."""
    return weights.early * max(gap - days, 0) + weights.late * max(days - gap, 0)


def weekday_of(day: int) -> int:
    """The weekday of a day ordinal, Monday 0."""
    return (day + 6) % 7
