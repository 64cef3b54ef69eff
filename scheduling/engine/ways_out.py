"""What would place a blocked sitting: each kind of change tried, and priced by solving the whole cycle again."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import takewhile

from scheduling.engine import rules
from scheduling.engine.bounds import least_possible
from scheduling.engine.cadence import days_after
from scheduling.engine.extra_hours import SUNDAY, opened_ground, openings_to_try, with_opened
from scheduling.engine.ground import Ground, ground_of, slots_of, with_more
from scheduling.engine.openings import NEVER, cheapest_start
from scheduling.engine.problem import Problem, frame_of, problem_of
from scheduling.engine.request import CycleRequest
from scheduling.engine.search import Solution, best_of, solve
from scheduling.engine.steps import MOST_DAYS, blocked_index, course_of, reachable, usable
from scheduling.engine.terms import DueSitting, Price, Slot, WayOut, WayOutKind

LAST_DAY = date.max.toordinal()
MOST_OTHERS = 3
"""At most so many other practitioners are named."""
TRIED_OTHERS = 6
"""So many others are solved at most, those whose cycle can be cheapest first."""
MOST_OPENINGS = 2
"""At most so many days with extra hours are named."""
TRIED_OPENINGS = 10
"""So many days with extra hours are tried at most, the cheapest by themselves first."""
OPENING_POINTS = 24
"""What extra hours cost beside the cycle: as much as two sittings off the patient's days (the product's own)."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A change that places the blocked step `index`: its ground, the days then reached, and the step then blocked."""

    change: WayOut
    ground: Ground
    index: int
    reached: list[int]
    blocked: int | None

    @property
    def completes(self) -> bool:
        return self.blocked is None


def ways_out(ground: Ground, index: int, window: range) -> tuple[WayOut, ...]:
    """What was tried and places the step, cheapest first; `window` has the day ordinals it could have had."""
    found = [
        *_widened(ground, index),
        *_later(ground, index),
        *_with_the_patient_asked(ground, index),
        *_with_others(ground, index),
        *_with_extra_hours(ground, index, window),
    ]
    whole = any(way.completes for way in found)
    # Extra hours that do not even complete the cycle are not worth asking for while something else does.
    worth = (way for way in found if way.completes or not whole or way.kind is not WayOutKind.OPEN)
    return tuple(sorted(worth, key=_rank))


def _rank(way: WayOut) -> tuple[bool, int, int, int]:
    """Cheapest first: what completes the cycle by its price, then the rest by its days."""
    points = way.price.points if way.price else 0
    return not way.completes, points, abs(way.days), list(WayOutKind).index(way.kind)


def take_way_out(request: CycleRequest, number: int, way: WayOut) -> CycleRequest:
    """The request with the change made for the sitting of that number."""
    match way.kind:
        case WayOutKind.WIDEN:
            sittings = (_wider(each, way.days) if each.number == number else each for each in request.sittings)
            return replace(request, sittings=tuple(sittings))
        case WayOutKind.START_LATER:
            return replace(request, sittings=tuple(_moved(each, way.days) for each in request.sittings))
        case WayOutKind.ASK_PATIENT:
            return replace(request, diary=replace(request.diary, patient_unavailable={}))
        case WayOutKind.PRACTITIONER:
            return replace(request, practitioners=frozenset(request.bookable) | {way.practitioner or 0})
        case WayOutKind.ANYONE:
            return replace(request, practitioners=frozenset(request.bookable) | request.others, others=frozenset())
        case WayOutKind.OPEN:
            return replace(request, diary=with_opened(request.diary, way.opened)) if way.opened else request


def _wider(sitting: DueSitting, days: int) -> DueSitting:
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


def _widened(ground: Ground, index: int) -> Iterator[WayOut]:
    """The least widening of the sitting that places it, and the least that completes the cycle, late and early.

    Whatever a window allows, a wider one allows too, so the least is found by halving.
    """
    earlier = [WayOut(WayOutKind.WIDEN, None, -days) for days in _days(ground.request)]
    later = [WayOut(WayOutKind.WIDEN, None, days) for days in _days(ground.request)]
    tried = cache(lambda change: _in_time(ground, index, change))  # both searches ask about the same ones
    for series in (later, earlier) if index or ground.request.previous else (later,):
        trial = _first(series, tried)
        whole = _first(series, lambda change: _completing(tried(change)))
        yield from _told(ground, [trial, whole])


def _first(series: Sequence[WayOut], tried: Callable[[WayOut], Trial | None]) -> Trial | None:
    """The first of a series that works, when all after one that works do."""
    place = bisect_left(series, True, key=lambda change: tried(change) is not None)
    return tried(series[place]) if place < len(series) else None


def _completing(trial: Trial | None) -> Trial | None:
    return trial if trial and trial.completes else None


def _later(ground: Ground, index: int) -> Iterator[WayOut]:
    """The least number of days to start later that places the sitting, and the least that completes the cycle."""
    if ground.request.previous or ground.request.fixed:
        return
    course, open_by_step = ground.course, ground.open_by_step
    trials: list[Trial | None] = []
    for days in _days(ground.request):
        # Every step moves alike, so what is reached depends on the origin: the rest is made for what is told.
        moved = replace(course, origin=course.origin + days)
        blocked = blocked_index(moved, reachable(moved, open_by_step))
        if blocked is None or (blocked > index and not trials):
            trials.append(_in_time(ground, index, WayOut(WayOutKind.START_LATER, None, days)))
        if blocked is None:
            break
    yield from _told(ground, trials)


def _told(ground: Ground, trials: Sequence[Trial | None]) -> Iterator[WayOut]:
    """Each trial once, as a way out."""
    told: set[int] = set()
    for trial in filter(None, trials):
        if trial.change.days not in told:
            told.add(trial.change.days)
            yield _way(ground, trial)


def _days(request: CycleRequest) -> range:
    """The days by which a window is widened, or a start put off; none beyond the calendar."""
    spare = LAST_DAY - max(sitting.latest.toordinal() for sitting in request.sittings)
    return range(1, min(MOST_DAYS, spare) + 1)


def _in_time(ground: Ground, index: int, change: WayOut) -> Trial | None:
    """A change of windows or of the start: what is free stays as it is."""
    request = take_way_out(ground.request, ground.course.steps[index].number, change)
    return _tried(replace(ground, request=request, course=course_of(request, ground.course.days)), index, change)


def _tried(changed: Ground, index: int, change: WayOut) -> Trial | None:
    """The change with the days then reached, or None when it does not place the step."""
    reached = reachable(changed.course, changed.open_by_step)
    blocked = blocked_index(changed.course, reached)
    if blocked is not None and blocked <= index:
        return None
    return Trial(change, changed, index, reached, blocked)


def _with_the_patient_asked(ground: Ground, index: int) -> Iterator[WayOut]:
    """Without the dates the patient left out."""
    if ground.request.diary.patient_unavailable:
        change = WayOut(WayOutKind.ASK_PATIENT, None)
        if trial := _tried(ground_of(take_way_out(ground.request, 0, change), ground.course.days), index, change):
            yield _way(ground, trial)


def _with_others(ground: Ground, index: int) -> Iterator[WayOut]:
    """With one of those who were left out by choice, the cheapest few, or with all of them."""
    request = ground.request
    others = sorted(request.others & request.diary.hours.keys())
    if not others:
        return
    anyone = WayOut(WayOutKind.ANYONE, None)
    everybody = ground_of(take_way_out(request, 0, anyone), ground.course.days)
    trials = []
    for who in others:
        change = WayOut(WayOutKind.PRACTITIONER, None, practitioner=who)
        admitting = with_more(ground, take_way_out(request, 0, change), who, everybody.openings.levels[who])
        if trial := _tried(admitting, index, change):
            trials.append(trial)
    whole = _tried(everybody, index, anyone) if len(others) > 1 else None
    together = _way(ground, whole) if whole else None
    # With one of them nothing is cheaper than with all of them.
    least = together.price.points if together and together.price else 0
    named = _cheapest(ground, [trial for trial in trials if trial.completes], least)
    yield from named or [_way(ground, trial) for trial in trials[:1]]
    if together and (not named or together.price != named[0].price):
        yield together


def _cheapest(ground: Ground, trials: Sequence[Trial], least: int) -> list[WayOut]:
    """The cheapest others whose cycle is complete; one is solved only while it could be among them.

    None of them costs less than `least` points.
    """
    problems = [_problem(trial) for trial in trials]
    bounds = sorted((least_possible(problem), place) for place, problem in enumerate(problems))
    best: list[tuple[int, int, Solution]] = []
    for bound, place in bounds[:TRIED_OTHERS]:
        limit = best[MOST_OTHERS - 1][0] - 1 if len(best) >= MOST_OTHERS else NEVER
        if max(bound, least) <= limit and (solution := solve(problems[place], limit)):
            best = sorted([*best, (solution.cost, place, solution)], key=lambda each: each[:2])
    return [_solved(ground, trials[place], solution) for _cost, place, solution in best[:MOST_OTHERS]]


def _with_extra_hours(ground: Ground, index: int, window: range) -> Iterator[WayOut]:
    """With extra hours on a day of the window that is closed: the cheapest by themselves that complete the cycle.

    A Sunday only when no other day does.
    """
    told = 0
    partial: Trial | None = None
    for opening in openings_to_try(ground, window, ground.course.steps[index].ideal)[:TRIED_OPENINGS]:
        if told == MOST_OPENINGS or (told and opening.hours.day.weekday() == SUNDAY):
            break
        change = WayOut(WayOutKind.OPEN, None, opened=opening.hours)
        trial = _tried(opened_ground(ground, take_way_out(ground.request, 0, change), opening), index, change)
        partial = partial or trial
        if trial and trial.completes:
            yield _way(ground, trial)
            told += 1
    if partial and not told:
        yield _way(ground, partial)


def _way(ground: Ground, trial: Trial) -> WayOut:
    """The trial with the slot the sitting then gets, and its price when the cycle is complete."""
    if trial.completes:
        return _solved(ground, trial, best_of(_problem(trial)))
    # Up to the first without a day: a slot beyond it may stand all the same.
    whole = list(takewhile(bool, trial.reached))
    part = replace(trial.ground.course, steps=trial.ground.course.steps[: len(whole)])
    slot = _cheapest_slot(trial.ground, trial.index, usable(part, whole)[trial.index])
    return replace(trial.change, slot=slot, completes=False)


def _problem(trial: Trial) -> Problem:
    changed = trial.ground
    frame = frame_of(changed.course, usable(changed.course, trial.reached), changed.request.weights)
    return problem_of(frame, changed.prices)


def _solved(ground: Ground, trial: Trial, solution: Solution) -> WayOut:
    slots = slots_of(trial.ground, solution)
    return replace(trial.change, slot=slots[trial.index], price=_price(ground, trial, solution.cost, slots))


def _price(ground: Ground, trial: Trial, cost: int, slots: Sequence[Slot]) -> Price:
    """The price of slots, held against the dates that were asked for: a later start is days late."""
    preference, weights = ground.request.preference, ground.request.weights
    points, drift, off_wishes = cost, 0, 0
    for step, changed, slot in zip(ground.course.steps, trial.ground.course.steps, slots, strict=True):
        day = slot.day.toordinal()
        points += rules.drift(day - step.ideal, weights) - rules.drift(day - changed.ideal, weights)
        if not step.fixed:
            drift += abs(day - step.ideal)
            off_wishes += rules.off_wishes(slot.day.weekday(), slot.start, slot.minutes, preference)
    if trial.change.kind is WayOutKind.OPEN:
        points += OPENING_POINTS
    return Price(points, drift, slots[-1].day.toordinal() - ground.course.steps[-1].ideal, off_wishes)


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
