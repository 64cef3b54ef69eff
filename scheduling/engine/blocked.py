"""Why a cycle cannot be placed: which sitting, what takes its window, and what would place it."""

from collections.abc import Sequence
from datetime import date

from scheduling.engine import rules
from scheduling.engine.free_time import cells, day_bytes, every_day, starts
from scheduling.engine.ground import Ground, ground_of
from scheduling.engine.openings import lost_time
from scheduling.engine.request import CycleRequest
from scheduling.engine.steps import MOST_DAYS, Course, blocked_index, reachable
from scheduling.engine.terms import Blocked, Reason
from scheduling.engine.ways_out import LAST_DAY, ways_out


def explain(ground: Ground) -> Blocked:
    """The first sitting that cannot be placed, the reason, and the ways out that were tried and work."""
    reached = reachable(ground.course, ground.open_by_step)
    index = blocked_index(ground.course, reached)
    if index is None:
        raise ValueError("Every sitting can be placed.")
    window = _days_after_the_one_before(ground.course, reached, index)
    left = _days_the_next_leaves(ground.course, index, window) if reached[index] else window
    reason, told = _reason(ground.request, left), left or window
    if reason is Reason.PAST and _reason(ground.request, window) is not Reason.PAST:
        reason, told = Reason.RHYTHM, window  # only what the next sitting leaves of the window is over
    return Blocked(
        number=ground.course.steps[index].number,
        earliest=date.fromordinal(told[0]),
        latest=date.fromordinal(told[-1]),
        reason=reason,
        ways_out=ways_out(_with_room_before(ground, index), index, left or window),
    )


def _with_room_before(ground: Ground, index: int) -> Ground:
    """The ground with earlier days for the first sitting to be widened to; later ones are always there."""
    if index or not ground.request.previous:
        return ground
    days = ground.course.days
    return ground_of(ground.request, range(max(days.start - MOST_DAYS, 1), days.stop))


def _days_after_the_one_before(course: Course, reached: Sequence[int], index: int) -> range:
    """The day ordinals that the gap rule allows a step after any day of the one before."""
    step = course.steps[index]
    first = last = course.origin
    if index:
        before = reached[index - 1]
        first = course.days.start + (before & -before).bit_length() - 1
        last = course.days.start + before.bit_length() - 1
    return range(min(first + step.least, LAST_DAY), min(last + step.most, LAST_DAY) + 1)


def _days_the_next_leaves(course: Course, index: int, window: range) -> range:
    """The part of a window from which the gap rule reaches the next slot, which stands."""
    after = course.steps[index + 1]
    if not after.fixed:
        return window
    stands = after.fixed.day.toordinal()
    return range(max(window.start, stands - after.most), min(window.stop, stands - after.least + 1))


def _reason(request: CycleRequest, days: range) -> Reason:
    """The first rule after which no start is left on the days; the rhythm when the neighbours alone forbid them."""
    diary = request.diary
    if not days:
        return Reason.RHYTHM
    if not request.bookable:
        return Reason.HOURS
    everything = every_day(rules.whole_day(diary), len(days), day_bytes(diary.grid))
    free = dict.fromkeys(request.bookable, everything)
    length = cells(request.minutes, diary.grid)
    for reason, lost in lost_time(request, days).items():
        free = {practitioner: mask & ~lost[practitioner] for practitioner, mask in free.items()}
        if not any(starts(mask, length) for mask in free.values()):
            return reason
    found = 0
    for mask in free.values():
        found |= starts(mask, length)
    found &= rules.room_starts(diary, request.minutes, days)
    if not found:
        return Reason.ROOM
    return Reason.RHYTHM if found & rules.equipment_starts(diary, request.minutes, days) else Reason.EQUIPMENT
