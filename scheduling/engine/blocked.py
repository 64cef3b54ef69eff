"""Why a cycle cannot be placed: which sitting, what takes its window, and what would place it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import takewhile

from scheduling.engine import rules
from scheduling.engine.cadence import days_after
from scheduling.engine.free_time import cells, day_bytes, every_day, starts
from scheduling.engine.ground import Ground, ground_of
from scheduling.engine.openings import cheapest_start, lost_time
from scheduling.engine.request import CycleRequest
from scheduling.engine.steps import MOST_DAYS as MOST_DAYS
from scheduling.engine.steps import Course, course_of, reachable, usable
from scheduling.engine.terms import Blocked, DueSitting, Reason, Slot, WayOut, WayOutKind

LAST_DAY = date.max.toordinal()


def explain(ground: Ground) -> Blocked:
    """The first sitting that cannot be placed, the reason, and the ways out that were tried and work."""
    reached = reachable(ground.course, ground.open_by_step)
    index = _blocked_index(ground.course, reached)
    if index is None:
        raise ValueError("Every sitting can be placed.")
    window = _days_after_the_one_before(ground.course, reached, index)
    left = _days_the_next_leaves(ground.course, index, window) if reached[index] else window
    return Blocked(
        number=ground.course.steps[index].number,
        earliest=date.fromordinal((left or window)[0]),
        latest=date.fromordinal((left or window)[-1]),
        reason=_reason(ground.request, left),
        ways_out=tuple(sorted(_ways_out(_with_room_before(ground, index), index), key=_price)),
    )


def _with_room_before(ground: Ground, index: int) -> Ground:
    """The ground with earlier days for the first sitting to be widened to; later ones are always there."""
    if index or not ground.request.previous:
        return ground
    days = ground.course.days
    return ground_of(ground.request, range(max(days.start - MOST_DAYS, 1), days.stop))


def _blocked_index(course: Course, reached: Sequence[int]) -> int | None:
    """The step to blame: the first without a day, or the free one before it when that one stands."""
    if all(reached):
        return None
    index = next(index for index, days in enumerate(reached) if not days)
    return index - 1 if course.steps[index].fixed else index


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


def _ways_out(ground: Ground, index: int) -> Iterator[WayOut]:
    """Of each kind of change, the least that places the sitting and the least that completes the cycle."""
    for series in _changes(ground.request, index):
        helped = False
        for change in series:
            way = _tried(ground, index, change)
            if way and (way.completes or not helped):
                yield way
                helped = True
            if way and way.completes:
                break


def _changes(request: CycleRequest, index: int) -> Iterator[Iterator[WayOut]]:
    """What staff could change, each kind from the least to the most."""
    spare = LAST_DAY - max(sitting.latest.toordinal() for sitting in request.sittings)
    more = range(1, min(MOST_DAYS, spare) + 1)
    yield (WayOut(WayOutKind.WIDEN, None, days) for days in more)
    if index or request.previous:
        yield (WayOut(WayOutKind.WIDEN, None, -days) for days in more)
    if not request.previous and not request.fixed:
        yield (WayOut(WayOutKind.START_LATER, None, days) for days in more)
    if request.diary.patient_unavailable:
        yield iter([WayOut(WayOutKind.ASK_PATIENT, None)])
    for practitioner in sorted(request.others & request.diary.hours.keys()):
        yield iter([WayOut(WayOutKind.PRACTITIONER, None, practitioner=practitioner)])


def take_way_out(request: CycleRequest, number: int, way: WayOut) -> CycleRequest:
    """The request with the change made for the sitting of that number."""
    match way.kind:
        case WayOutKind.WIDEN:
            sittings = (_widened(each, way.days) if each.number == number else each for each in request.sittings)
            return replace(request, sittings=tuple(sittings))
        case WayOutKind.START_LATER:
            return replace(request, sittings=tuple(_moved(each, way.days) for each in request.sittings))
        case WayOutKind.ASK_PATIENT:
            return replace(request, diary=replace(request.diary, patient_unavailable={}))
        case WayOutKind.PRACTITIONER:
            return replace(request, practitioners=frozenset(request.bookable) | {way.practitioner or 0})


def _widened(sitting: DueSitting, days: int) -> DueSitting:
    if days < 0:
        return replace(sitting, early=sitting.early - days)
    return replace(sitting, late=sitting.late + days, latest=days_after(sitting.latest, days))


def _moved(sitting: DueSitting, days: int) -> DueSitting:
    return replace(
        sitting,
        ideal=days_after(sitting.ideal, days),
        earliest=days_after(sitting.earliest, days),
        latest=days_after(sitting.latest, days),
    )


def _tried(ground: Ground, index: int, change: WayOut) -> WayOut | None:
    """The change with the slot the sitting then gets, or None when it does not help."""
    request = take_way_out(ground.request, ground.course.steps[index].number, change)
    days = ground.course.days
    if change.kind in (WayOutKind.ASK_PATIENT, WayOutKind.PRACTITIONER):
        changed = ground_of(request, days)
    else:
        changed = replace(ground, request=request, course=course_of(request, days))
    reached = reachable(changed.course, changed.open_by_step)
    blocked = _blocked_index(changed.course, reached)
    if blocked is not None and blocked <= index:
        return None
    # Up to the first without a day: a slot beyond it may stand all the same.
    whole = list(takewhile(bool, reached))
    part = replace(changed.course, steps=changed.course.steps[: len(whole)])
    slot = _cheapest_slot(changed, index, usable(part, whole)[index])
    return replace(change, slot=slot, completes=blocked is None)


def _cheapest_slot(ground: Ground, index: int, days: int) -> Slot:
    """The slot of least cost by itself on the given days (bit set); the one it has, when it can stay there."""
    present = ground.course.steps[index].present
    if present and days >> present.day.toordinal() - ground.course.days.start & 1:
        return present
    weights, ideal = ground.request.weights, ground.course.steps[index].ideal - ground.course.days.start
    _, day, practitioner = min(
        (costs[day] + ground.prices.days[day] + rules.drift(day - ideal, weights), day, practitioner)
        for practitioner, costs in ground.prices.by_practitioner.items()
        for day in range(days.bit_length())
        if days >> day & 1
    )
    return cheapest_start(ground.openings, practitioner, day)[1]


def _price(way: WayOut) -> tuple[bool, int, int]:
    """Cheapest first: what completes the cycle, then the fewest days off the prescribed rhythm."""
    return not way.completes, abs(way.days), list(WayOutKind).index(way.kind)
