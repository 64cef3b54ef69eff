"""What a search stands on: the course, its openings and their prices; and from a solution back to slots."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import cycle, islice
from operator import add

from scheduling.engine import rules
from scheduling.engine.free_time import day_bytes
from scheduling.engine.openings import (
    NEVER,
    Levels,
    Openings,
    at_usual_time,
    cheapest_by_day,
    cheapest_start,
    cost_of_start,
    find_openings,
    has_start_in,
    merged,
)
from scheduling.engine.problem import Prices, leaving_cost
from scheduling.engine.request import CycleRequest
from scheduling.engine.rules import Weights
from scheduling.engine.search import Solution
from scheduling.engine.steps import Course, Step, course_of
from scheduling.engine.terms import Slot, Usual


@dataclass(frozen=True, slots=True)
class Ground:
    """A request made ready to search; `open_days` is the set of days with a free start (bit i: i-th of the span)."""

    request: CycleRequest
    course: Course
    openings: Openings
    prices: Prices
    open_days: int

    @property
    def open_by_step(self) -> list[int]:
        """The open days of each step: those with a free start, and the day of the slot it has already."""
        first = self.course.days.start
        own = (1 << step.present.day.toordinal() - first if step.present else 0 for step in self.course.steps)
        return [self.open_days | day for day in own]


def ground_of(request: CycleRequest, days: range | None = None) -> Ground:
    """The request made ready to search over the given day ordinals, else all that its sittings can reach."""
    course = course_of(request, days)
    openings = find_openings(request, course.days)
    prices = _prices(request, openings)
    return Ground(request, course, openings, prices, _open_days(prices.least))


def _open_days(costs: Sequence[int]) -> int:
    """The set of days that have a cost."""
    return int("0" + "".join("1" if cost < NEVER else "0" for cost in reversed(costs)), 2)


def with_more(ground: Ground, request: CycleRequest, practitioner: int, more: Levels) -> Ground:
    """The same ground for a request in which a practitioner has free starts besides, and nothing else differs."""
    openings, prices = ground.openings, ground.prices
    own = merged([openings.levels.get(practitioner, ()), more])
    costs = cheapest_by_day(own, len(openings.days), day_bytes(request.diary.grid))
    least = list(map(min, prices.least, costs))
    return Ground(
        request=request,
        course=ground.course,
        openings=Openings(request, openings.days, dict(sorted({**openings.levels, practitioner: own}.items()))),
        prices=replace(
            prices, by_practitioner=dict(sorted({**prices.by_practitioner, practitioner: costs}.items())), least=least
        ),
        open_days=_open_days(least),
    )


def _prices(request: CycleRequest, openings: Openings) -> Prices:
    days, width = openings.days, day_bytes(request.diary.grid)
    weekdays = [rules.off_days(weekday, request.preference, request.weights) for weekday in range(7)]
    return Prices(
        by_practitioner={who: cheapest_by_day(own, len(days), width) for who, own in openings.levels.items()},
        least=cheapest_by_day(merged(openings.levels.values()), len(days), width),
        days=[weekdays[rules.weekday_of(day)] for day in days],
        standing={number: standing_cost(request, slot) for number, slot in request.standing.items()},
    )


def standing_cost(request: CycleRequest, slot: Slot) -> int:
    """What a slot that stands costs by itself; its neighbours in the diary are settled, so nothing for leftovers."""
    weights, grid = request.weights, request.diary.grid
    cell = slot.start // grid
    off_hours = rules.off_hours(request.preference, slot.minutes, grid) >> cell & 1
    popular = rules.in_popular_hour(request.popular, slot.day.weekday(), len(request.sittings), grid) >> cell & 1
    day = slot.day.toordinal()
    separate = rules.separate_visit(request.visits, slot.minutes, grid, range(day, day + 1)) >> cell & 1
    return (
        rules.off_days(slot.day.weekday(), request.preference, weights)
        + rules.other_practitioner(slot.practitioner, request.preference, request.plan_practitioner, weights)
        + weights.off_hours * off_hours
        + weights.popular_hour * popular
        + weights.separate_visit * separate
    )


def at_usual_band(ground: Ground, band: int) -> Ground | None:
    """The same ground with the cost of starting off the usual half hour, or None when nothing can start in it."""
    stand = (slot.start // rules.HALF_HOUR == band for slot in _counting(ground.request).values())
    return _at_band(ground, band) if has_start_in(ground.openings, band) or any(stand) else None


def _at_band(ground: Ground, band: int) -> Ground:
    stands_in = {number: slot.start // rules.HALF_HOUR == band for number, slot in _counting(ground.request).items()}
    openings = at_usual_time(ground.openings, band)
    off = ground.request.weights.off_usual_time
    by_number = ground.prices.standing.items()
    standing = {number: cost + (0 if stands_in.get(number, True) else off) for number, cost in by_number}
    return replace(ground, openings=openings, prices=replace(_prices(ground.request, openings), standing=standing))


def _counting(request: CycleRequest) -> dict[int, Slot]:
    """The slots that stand or may stay and count for the usual weekday and time, by sitting number."""
    return {number: slot for number, slot in request.standing.items() if number not in request.pinned}


def on_usual_weekdays(ground: Ground) -> Iterator[Ground]:
    """The same ground for each usual weekday from Monday, with the cost of days off it."""
    for weekday in range(7):
        yield _on_weekday(ground, weekday)


def _on_weekday(ground: Ground, usual: int) -> Ground:
    weights, prices, start = ground.request.weights, ground.prices, ground.course.days.start
    off = [rules.off_usual_weekday(weekday, usual, weights) for weekday in range(7)]
    by_day = islice(cycle(off), rules.weekday_of(start), None)
    off_by_number = {number: off[slot.day.weekday()] for number, slot in _counting(ground.request).items()}
    standing = {number: cost + off_by_number.get(number, 0) for number, cost in prices.standing.items()}
    return replace(ground, prices=replace(prices, days=list(map(add, prices.days, by_day)), standing=standing))


def at_usual(ground: Ground, usual: Usual) -> Ground:
    """The same ground with the cost of keeping off one usual weekday and half hour, though nothing may start in it."""
    return _on_weekday(_at_band(ground, usual.band), usual.weekday)


def usual_of(ground: Ground, slots: Sequence[Slot]) -> Usual:
    """The weekday and the half hour that most of the counted slots share, the least of equals.

    Whatever keeps off the weekday is paid by the sitting, and so is the half hour, neither asking about the other: any
    commonest weekday with any commonest half hour costs these slots the least.
    """
    counted = _counted(ground.course.steps, slots)
    weekday, _ = most_common([slot.day.weekday() for slot in counted])
    band, _ = most_common([slot.start // rules.HALF_HOUR for slot in counted])
    return Usual(weekday, band)


def most_common(values: Sequence[int]) -> tuple[int, int]:
    """The commonest value, the least of equals, and how often it occurs."""
    counts = Counter(values)
    value = min(counts, key=lambda each: (-counts[each], each))
    return value, counts[value]


def slots_of(ground: Ground, solution: Solution) -> tuple[Slot, ...]:
    """The slots of a solution: on each day the practitioner's earliest start of least cost, or the slot that stands."""
    chosen = zip(ground.course.steps, solution.days, solution.practitioners, strict=True)
    return tuple(step.fixed or _slot_on(ground, step, day, who) for step, day, who in chosen)


def _slot_on(ground: Ground, step: Step, day: int, who: int) -> Slot:
    """The slot the step has, when it is on that day with that practitioner, as leaving it never costs less."""
    here = (date.fromordinal(ground.course.days[day]), who)
    if step.present and (step.present.day, step.present.practitioner) == here:
        return step.present
    return cheapest_start(ground.openings, who, day)[1]


def price(ground: Ground, slots: Sequence[Slot]) -> int:
    """The cost of slots for all sittings, with that of keeping to the weekday and half hour they keep to most."""
    return cost_on(ground, slots) + irregularity(_counted(ground.course.steps, slots), ground.request.weights)


def cost_on(ground: Ground, slots: Sequence[Slot]) -> int:
    """The cost of slots for all sittings at the ground's own prices."""
    weights, total = ground.request.weights, 0
    since, practitioner = ground.course.origin, None
    for step, slot in zip(ground.course.steps, slots, strict=True):
        day = slot.day.toordinal()
        if slot in (step.fixed, step.present):
            total += ground.prices.standing[step.number]
        else:
            total += own_cost(ground, slot) + leaving_cost(step, ground.prices)
        total += rules.drift(day - step.ideal, weights)
        if step.gap is not None:
            total += rules.rhythm(day - since, step.gap, weights)
        since = day
        if step.pinned:
            continue
        if practitioner is not None:
            total += rules.change_of_practitioner(practitioner, slot.practitioner, weights)
        practitioner = slot.practitioner
    return total


def _counted(steps: Sequence[Step], slots: Sequence[Slot]) -> list[Slot]:
    """The slots that count for the usual weekday and time: not those chosen by hand, but also those that were left."""
    both = list(zip(steps, slots, strict=True))
    left = [step.present for step, slot in both if step.present and step.present != slot]
    return [slot for step, slot in both if not step.pinned] + left


def own_cost(ground: Ground, slot: Slot) -> int:
    """What a free slot costs by itself, drift left out."""
    day = slot.day.toordinal() - ground.course.days.start
    return ground.prices.days[day] + cost_of_start(ground.openings, slot.practitioner, day, slot.start)


def irregularity(slots: Sequence[Slot], weights: Weights) -> int:
    """What it costs not to keep to one weekday and one half hour, those most of the slots share."""
    weekdays = Counter(slot.day.weekday() for slot in slots)
    bands = Counter(slot.start // rules.HALF_HOUR for slot in slots)
    off_weekday = len(slots) - max(weekdays.values(), default=0)
    off_time = len(slots) - max(bands.values(), default=0)
    return weights.off_usual_weekday * off_weekday + weights.off_usual_time * off_time
