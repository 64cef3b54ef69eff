"""The sittings as steps over days, and the days that a whole cycle can use.

Sets of days are ints: bit i is the i-th day of a span. A gap rule moves a set of days on, so what the sittings can
reach takes a few shifts, and is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scheduling.engine.cadence import gap_bounds
from scheduling.engine.free_time import smear
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import Slot

MOST_DAYS = 28
"""How far a window is widened, or a start put off, in search of a way out; the span leaves room for it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A sitting of the search: its ideal day ordinal, and the least and most days after the sitting before.

    The first counts from the origin. `gap` is the ideal one, None where there is no sitting before to keep a rhythm
    with. `tied` is False when neither this slot nor the one before can move: their days then stand as they are,
    though `rule` keeps what the gap rule asks. `early` is the sitting's own tolerance in days. A fixed slot is `pinned`
    when it was chosen by hand. `present` is a slot it has and may leave, for `leaving` points.
    """

    number: int
    ideal: int
    gap: int | None
    least: int
    most: int
    fixed: Slot | None
    tied: bool
    rule: tuple[int, int]
    early: int
    pinned: bool
    present: Slot | None = None
    leaving: int = 0


@dataclass(frozen=True, slots=True)
class Course:
    """The steps in order, the day ordinal the first counts from, and the span of days they can fall on."""

    steps: tuple[Step, ...]
    origin: int
    days: range


def course_of(request: CycleRequest, days: range | None = None) -> Course:
    """The request's sittings as steps, over the given day ordinals, else those of the diary they can reach."""
    first = request.sittings[0]
    origin = (request.previous or first.earliest).toordinal()
    steps: list[Step] = []
    for sitting in request.sittings:
        fixed, before = request.fixed.get(sitting.number), steps[-1].fixed if steps else None
        least, most = gap_bounds(sitting.gap, sitting.early, sitting.late, sitting.minimum_gap)
        gap: int | None = sitting.gap
        if not steps and request.previous is None:
            least, most, gap = 0, (first.latest - first.earliest).days, None
        rule, ideal = (least, most), sitting.ideal.toordinal()
        tied = not fixed or bool(steps and not before)
        if fixed and not tied:
            least = most = fixed.day.toordinal() - (before.day.toordinal() if before else origin)
        pinned = sitting.number in request.pinned
        present = None if fixed else request.present.get(sitting.number)
        leaving = request.leaving if present else 0
        rest = (fixed, tied, rule, sitting.early, pinned, present, leaving)
        steps.append(Step(sitting.number, ideal, gap, least, most, *rest))
    return Course(tuple(steps), origin, days or _span(steps, origin, request.diary.last_day))


def _span(steps: Sequence[Step], origin: int, last_day: int) -> range:
    stands = [slot.day.toordinal() for step in steps if (slot := step.fixed or step.present)]
    earliest = min([origin + steps[0].least, *stands])
    latest = origin
    for step in steps:
        latest = step.fixed.day.toordinal() if step.fixed else latest + step.most
    return range(earliest, max([earliest, min(latest + MOST_DAYS, last_day), *stands]) + 1)


def reachable(course: Course, open_days: Sequence[int]) -> list[int]:
    """The days each sitting can fall on as far as the sittings before it go; empty from the first that has none.

    `open_days` are the days on which each step has a free start; a fixed one needs none.
    """
    everything = (1 << len(course.days)) - 1
    reached: list[int] = []
    for step, free in zip(course.steps, open_days, strict=True):
        own = 1 << step.fixed.day.toordinal() - course.days.start if step.fixed else free
        if reached and step.tied:
            own &= smear(reached[-1], step.least, step.most)
        elif step.tied:
            own &= _between(course, step.least, step.most)
        reached.append(own & everything)
    return reached


def blocked_index(course: Course, reached: Sequence[int]) -> int | None:
    """The step to blame: the first without a day, or the free one before it when that one stands."""
    if all(reached):
        return None
    index = next(index for index, days in enumerate(reached) if not days)
    return index - 1 if course.steps[index].fixed else index


def _between(course: Course, least: int, most: int) -> int:
    first = max(course.origin + least - course.days.start, 0)
    end = max(course.origin + most + 1 - course.days.start, first)
    return (1 << end) - (1 << first)


def usable(course: Course, reached: Sequence[int]) -> list[int]:
    """The days of each sitting that belong to some whole cycle; all empty when there is none."""
    usable = [reached[-1]]
    for before, step in zip(reversed(reached[:-1]), reversed(course.steps[1:]), strict=True):
        if step.tied:
            # What can follow from a day is what reaches back to it: the same shift, the other way.
            before &= smear(usable[-1], 0, step.most - step.least) >> step.most
        usable.append(before if usable[-1] else 0)
    return usable[::-1]
