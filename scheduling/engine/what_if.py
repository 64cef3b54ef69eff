"""The other slots one sitting of a proposal could have, each with what the whole cycle then costs.

The least cost of all that comes before the sitting and of all that comes after it is found once, forward and backward,
for each of its days. Within the day neither the start nor who treats touches the neighbours of a slot chosen by hand:
its own cost and these two are the exact cost of the best cycle through it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import add

from scheduling.engine import rules
from scheduling.engine.alternatives import (
    not_too_early,
    other_half_of_day,
    patient_first,
    soonest_finish,
    usual_grounds,
)
from scheduling.engine.bounds import (
    costs_by_start,
    days_within,
    entry_costs,
    least_possible,
    least_sum,
    narrowed,
    tails_of,
    within,
)
from scheduling.engine.cycle import propose
from scheduling.engine.ground import Ground, at_usual, cost_on, ground_of, price, slots_of, standing_cost
from scheduling.engine.offers import best_slots, slots_for
from scheduling.engine.openings import NEVER, at_usual_time
from scheduling.engine.pins import pinned, unpinned
from scheduling.engine.problem import Column, Problem, frame_of, problem_of
from scheduling.engine.request import CycleRequest
from scheduling.engine.search import own_columns, solve
from scheduling.engine.steps import course_of, reachable, usable
from scheduling.engine.terms import Blocked, Proposal, ProposalName, Slot

MOST, A_DAY = 8, 3
"""How many other slots are offered, and how many of one day."""

SPARES = (32, 128, NEVER)
"""Points above the shown proposal within which to look, until enough slots are found."""

DAY_LATER = 1 << 20
"""What each day of a later end costs where the soonest finish comes first: above any sum of weights."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A slot for one sitting, the whole cycle around it, and what that costs in points at the usual time it keeps."""

    slot: Slot
    cost: int
    slots: tuple[Slot, ...]
    in_window: bool


@dataclass(frozen=True, slots=True)
class _Aim:
    """What a kind of proposal is best at: its ground and usable days with one step free, and what is sought first.

    `choices` are the slots of step `index`, by day (index in the span), each with its own cost. The ground is that of
    the usual weekday and half hour that are kept, or every one of them is to be tried.
    """

    name: ProposalName
    ground: Ground
    days: Sequence[int]
    index: int
    choices: Mapping[int, Sequence[tuple[int, Slot]]]
    every_usual: bool

    @property
    def day_later(self) -> int:
        return DAY_LATER if self.name is ProposalName.SOONEST_FINISH else 0


def what_ifs(
    request: CycleRequest,
    number: int,
    name: ProposalName,
    given: Sequence[Proposal],
    most: int = MOST,
    a_day: int = A_DAY,
) -> tuple[WhatIf, ...]:
    """The best other slots of a sitting inside its window, cheapest first, with the rest chosen anew around each.

    `given` are the proposals for the request; the one with that name is shown, and the rest is chosen as it was chosen.
    At most `a_day` of one day, so that there are other days to choose from. None when no other slot leaves the rest a
    whole cycle.
    """
    shown = next(proposal for proposal in given if proposal.name is name)
    index = next(index for index, sitting in enumerate(request.sittings) if sitting.number == number)
    if name is ProposalName.OTHER_TIME:
        # The most regular is the first.
        request = replace(request, preference=other_half_of_day(given[0].slots))
    aim = _aim(unpinned(request, number), shown, index)
    last = shown.slots[-1].day.toordinal() - aim.ground.course.days.start
    cost_now = price if aim.every_usual else cost_on
    base = cost_now(_with_pin(aim, aim.ground, shown.slots[index]), shown.slots) + aim.day_later * last
    found: list[tuple[int, Slot, Ground]] = []
    for spare in SPARES:
        found = _best(_within(aim, min(base + spare, NEVER - 1)), most, a_day)
        if len(found) == most:
            break
    return tuple(WhatIf(slot, cost, _around(aim, ground, slot, cost), True) for cost, slot, ground in found)


def _best(found: Iterable[tuple[int, Slot, Ground]], most: int, a_day: int) -> list[tuple[int, Slot, Ground]]:
    """The cheapest, of equals the earliest, so many of one day."""
    best, days = [], Counter[date]()
    for each in sorted(found, key=lambda each: (each[0], each[1].day, each[1].start, each[1].practitioner)):
        if days[each[1].day] < a_day:
            days[each[1].day] += 1
            best.append(each)
    return best[:most]


def what_ifs_outside(request: CycleRequest, number: int, most: int = MOST) -> tuple[WhatIf, ...]:
    """The best slots outside its window for a sitting whose window holds none, each with the cheapest cycle around it.

    None while its window holds any, or when no slot leaves the rest a whole cycle.
    """
    request = unpinned(request, number)
    found = []
    for offer in slots_for(request, number, most=2 * most):
        around = None if offer.in_window else propose(pinned(request, number, offer.slot))
        if around and not isinstance(around, Blocked):
            found.append(WhatIf(offer.slot, around.cost, around.slots, False))
    return tuple(sorted(found, key=lambda each: (each.cost, each.slot.day, each.slot.start))[:most])


def _aim(request: CycleRequest, proposal: Proposal, index: int) -> _Aim:
    """The aim of a proposal, with the choices for a step: at the half hour shown, where that is free."""
    name, shown = proposal.name, proposal.slots[index]
    patients = name in (ProposalName.PATIENT_FIRST, ProposalName.OTHER_TIME)
    ground = ground_of(patient_first(request) if patients else request)
    course = ground.course
    free = not_too_early(ground) if name is ProposalName.SOONEST_FINISH else ground.open_by_step
    free[index] = ground.open_days
    reached = reachable(course, free)
    days = usable(course, reached) if all(reached) else [0] * len(reached)
    own = [day for day in range(days[index].bit_length()) if days[index] >> day & 1]
    choices: dict[int, list[tuple[int, Slot]]] = {}
    for slot in best_slots(at_usual_time(ground.openings, shown.start // rules.HALF_HOUR), own):
        if (slot.day, slot.start, slot.practitioner) != (shown.day, shown.start, shown.practitioner):
            drift = rules.drift(slot.day.toordinal() - course.steps[index].ideal, request.weights)
            day = slot.day.toordinal() - course.days.start
            choices.setdefault(day, []).append((standing_cost(ground.request, slot) + drift, slot))
    kept = at_usual(ground, proposal.usual) if proposal.usual else ground
    return _Aim(name, kept, days, index, choices, name is ProposalName.MOST_REGULAR and not proposal.usual)


def _within(aim: _Aim, limit: int) -> Iterator[tuple[int, Slot, Ground]]:
    """The choices through which a cycle costs at most the limit, with that cost and the ground it is on."""
    best: dict[int, tuple[int, Ground]] = {}
    if not aim.choices:
        return
    for ground, problem in _problems(aim, limit):
        for day, cost in _through(aim, problem, limit):
            if cost < best.get(day, (NEVER, ground))[0]:
                best[day] = cost, ground
    for day, (cost, ground) in best.items():
        for own, slot in aim.choices[day]:
            if cost + own <= limit:
                yield cost + own, slot, ground


def _problems(aim: _Aim, limit: int) -> Iterator[tuple[Ground, Problem]]:
    """The problems of which the proposal is the best solution, the step at the least its choices cost."""
    weights, course = aim.ground.request.weights, aim.ground.course
    frame = frame_of(course, aim.days, weights)
    problem = _with_choices(aim, problem_of(frame, aim.ground.prices))
    if not aim.every_usual:
        yield aim.ground, problem
    elif least_possible(problem) <= limit and min(costs_by_start(problem, tails_of(problem))) <= limit:
        # A usual time only adds costs, so a day that is out without one is out for all of them.
        frame = frame_of(course, days_within(problem, limit), weights)
        for usual in usual_grounds(aim.ground):
            yield usual, _with_choices(aim, problem_of(frame, usual.prices))


def _with_choices(aim: _Aim, problem: Problem) -> Problem:
    columns = list(problem.columns)
    column = columns[aim.index]
    least = {day: min(cost for cost, _slot in choices) for day, choices in aim.choices.items()}
    span = range(column.first, column.first + len(column.values))
    columns[aim.index] = Column(column.first, [least.get(day, NEVER) for day in span])
    last = columns[-1]
    values = [value + aim.day_later * day for day, value in enumerate(last.values, last.first)]
    columns[-1] = Column(last.first, values) if aim.day_later else last
    return Problem(problem.frame, problem.prices, tuple(columns))


def _through(aim: _Aim, problem: Problem, limit: int) -> Iterator[tuple[int, int]]:
    """For each day of the choices, the least cost of all the other steps; none over the limit."""
    if least_possible(problem) > limit:
        return
    problem = narrowed(problem, limit)
    tails = tails_of(problem)
    if min(costs_by_start(problem, tails)) > limit:
        return
    problem, _ = within(problem, tails, limit)
    column = problem.columns[aim.index]
    before, after = _before(problem, aim.index), _after(problem, aim.index)
    # Whoever treats before goes on after, or there is a change; either way once.
    who = {*before, *after}
    whole = [min(costs) for costs in zip(*(map(add, _of(before, p), _of(after, p)) for p in who), strict=True)]
    later = aim.day_later if aim.index == len(problem.columns) - 1 else 0
    for day, cost in enumerate(whole, column.first):
        if day in aim.choices:
            yield day, cost + later * day


Costs = Mapping[int | None, list[int]]
"""By practitioner, a cost for each day of a column; None for all who are not named."""


def _of(costs: Costs, practitioner: int | None) -> list[int]:
    return costs.get(practitioner, costs[None])


def _before(problem: Problem, index: int) -> Costs:
    """What all steps before one cost, with the rhythm and the change that lead to it."""
    costs: Costs = {None: entry_costs(problem)}
    change = problem.frame.weights.change_of_practitioner
    for k in range(index):
        column, following, step = problem.columns[k], problem.columns[k + 1], problem.frame.course.steps[k + 1]
        backward = problem.frame.beats[k + 1][::-1]
        offset = following.first - step.most - column.first
        costs = _led(problem, k, costs, change, range(offset, offset + len(following.values)), backward)
    return costs


def _after(problem: Problem, index: int) -> Costs:
    """What all steps after one cost, with the rhythm and the change that lead from it."""
    costs: Costs = {None: [0] * len(problem.columns[-1].values)}
    change = problem.frame.weights.change_of_practitioner
    for k in range(len(problem.columns) - 1, index, -1):
        column, before, step = problem.columns[k], problem.columns[k - 1], problem.frame.course.steps[k]
        offset = before.first + step.least - column.first
        span = range(offset, offset + len(before.values))
        costs = _led(problem, k, costs, change, span, problem.frame.beats[k])
    return costs


def _led(problem: Problem, k: int, costs: Costs, change: int, span: range, beat: list[int]) -> Costs:
    """What leads to a step's neighbour: the costs of step k and its own, over the beat from each index of `span`."""
    states = {who: list(map(add, own, _of(costs, who))) for who, own in own_columns(problem, k).items()}
    cheapest = [min(each) for each in zip(*states.values(), strict=True)]
    changed = [least_sum(cheapest, at, beat) + change for at in span]
    led: dict[int | None, list[int]] = {None: changed}
    for who, own in states.items():
        led[who] = [min(least_sum(own, at, beat), other) for at, other in zip(span, changed, strict=True)]
    return led


def _with_pin(aim: _Aim, ground: Ground, slot: Slot) -> Ground:
    """The ground with the step's slot fixed by hand."""
    number = ground.course.steps[aim.index].number
    request = pinned(ground.request, number, slot)
    prices = replace(ground.prices, standing={**ground.prices.standing, number: standing_cost(request, slot)})
    return replace(ground, request=request, course=course_of(request, ground.course.days), prices=prices)


def _around(aim: _Aim, ground: Ground, slot: Slot, cost: int) -> tuple[Slot, ...]:
    """The whole cycle around a slot, at a cost that is known, chosen as it is when the slot is pinned."""
    ground = _with_pin(aim, ground, slot)
    if aim.name is ProposalName.SOONEST_FINISH:
        found = soonest_finish(ground)
    else:
        days = usable(ground.course, reachable(ground.course, ground.open_by_step))
        frame = frame_of(ground.course, days, ground.request.weights)
        solution = solve(problem_of(frame, ground.prices), cost)
        found = slots_of(ground, solution) if solution else None
    if found is None:
        raise LookupError("No whole cycle goes through the slot.")
    return found
