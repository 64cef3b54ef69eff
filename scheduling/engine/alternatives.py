"""Ranked proposals that really differ: the most regular, the soonest to finish, the patient's wishes first.

A patient who wished for nothing is offered the other half of the day instead, so that there is still a real choice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from scheduling.engine.blocked import explain
from scheduling.engine.bounds import days_within, least_possible
from scheduling.engine.figures import proposal_of
from scheduling.engine.free_time import MINUTES_IN_DAY
from scheduling.engine.ground import (
    Ground,
    at_usual,
    at_usual_band,
    ground_of,
    on_usual_weekdays,
    price,
    slots_of,
    usual_of,
)
from scheduling.engine.pins import without_pins
from scheduling.engine.problem import Problem, frame_of, problem_of
from scheduling.engine.request import CycleRequest
from scheduling.engine.rules import HALF_HOUR
from scheduling.engine.search import best_of, solve
from scheduling.engine.steps import reachable, usable
from scheduling.engine.terms import Blocked, Preference, Proposal, ProposalName, Slot, Usual

PATIENT_FIRST = 20
"""How much more the patient's wishes weigh in the proposal that puts them first."""

MIDDAY = 13 * 60
"""The local minute at which the other half of the day begins."""


def proposals(request: CycleRequest) -> tuple[Proposal, ...] | Blocked:
    """Up to three proposals, no two with the same figures; or why there is none.

    The most regular comes first, then the cheapest. It is the cheapest itself unless slots were chosen by hand.
    """
    ground = ground_of(request)
    reached = reachable(ground.course, ground.open_by_step)
    if not all(reached):
        return explain(ground)
    days = usable(ground.course, reached)
    regular = _most_regular(ground, days)
    slots = {}
    if soonest := soonest_finish(ground):
        slots[ProposalName.SOONEST_FINISH] = soonest
    if request.preference != Preference():
        slots[ProposalName.PATIENT_FIRST] = _wishes_first(request, days)
    else:
        other = other_half_of_day(regular.slots)
        slots[ProposalName.OTHER_TIME] = _wishes_first(replace(request, preference=other), days)
    others = (proposal_of(ground, name, each) for name, each in slots.items())
    ranked = [regular, *sorted(others, key=lambda found: found.cost)]
    first_with = {proposal.figures: proposal for proposal in reversed(ranked)}
    return tuple(proposal for proposal in ranked if first_with[proposal.figures] is proposal)


def most_regular(request: CycleRequest) -> Proposal | Blocked:
    """The most regular proposal alone; or why there is none."""
    ground = ground_of(request)
    reached = reachable(ground.course, ground.open_by_step)
    if not all(reached):
        return explain(ground)
    return _most_regular(ground, usable(ground.course, reached))


def _most_regular(ground: Ground, days: Sequence[int]) -> Proposal:
    """The proposal of least cost over every usual weekday and half hour; around pins at the one it has without them."""
    if usual := _kept_usual(ground.request):
        slots = _solved(at_usual(ground, usual), days)
    else:
        slots = _at_best_usual(ground, days)
        usual = None if ground.request.pinned else usual_of(ground, slots)
    return proposal_of(ground, ProposalName.MOST_REGULAR, slots, usual=usual)


def _kept_usual(request: CycleRequest) -> Usual | None:
    """The usual weekday and half hour the rest keeps to around slots chosen by hand: that of the cycle without them.

    None without such slots, or when the sittings could not all be placed without them.
    """
    if not request.pinned:
        return None
    free = most_regular(without_pins(request))
    return None if isinstance(free, Blocked) else free.usual


def _at_best_usual(ground: Ground, days: Sequence[int]) -> tuple[Slot, ...]:
    """The slots of least cost over every usual weekday and half hour the cycle could keep to.

    A usual time only adds costs, so a day through which no cycle is cheap enough without one is out for all of them.
    """
    best = _solved(ground, days)
    limit = price(ground, best)
    days = days_within(_problem(ground, days), limit)
    frame = frame_of(ground.course, days, ground.request.weights)
    usuals = [(usual, problem_of(frame, usual.prices)) for usual in usual_grounds(ground)]
    for usual, problem in sorted(usuals, key=lambda each: least_possible(each[1])):
        # Only a cycle that is cheaper than the best so far is looked for.
        if solution := solve(problem, limit - 1):
            best, limit = slots_of(usual, solution), solution.cost
    return best


def usual_grounds(ground: Ground) -> Iterator[Ground]:
    """The ground for each usual half hour in which something can start, and each weekday."""
    for band in range(MINUTES_IN_DAY // HALF_HOUR):
        if usual := at_usual_band(ground, band):
            yield from on_usual_weekdays(usual)


def soonest_finish(ground: Ground) -> tuple[Slot, ...] | None:
    """The least cost among the soonest last days, no sitting earlier than its tolerance before its ideal date.

    Without that bound every interval would be cut to its shortest, and a long cycle would end months early.
    """
    reached = reachable(ground.course, not_too_early(ground))
    if not all(reached):
        return None
    reached[-1] &= -reached[-1]
    return _solved(ground, usable(ground.course, reached))


def not_too_early(ground: Ground) -> list[int]:
    """The open days of each step from its early tolerance before its ideal date on."""
    course = ground.course
    floors = [max(step.ideal - step.early - course.days.start, 0) for step in course.steps]
    return [ground.open_days >> floor << floor for floor in floors]


def _wishes_first(request: CycleRequest, days: Sequence[int]) -> tuple[Slot, ...]:
    return _solved(ground_of(patient_first(request)), days)


def patient_first(request: CycleRequest) -> CycleRequest:
    """The request in which the patient's days, hours and practitioner come before all else."""
    weights = request.weights
    weights = replace(
        weights,
        off_days=weights.off_days * PATIENT_FIRST,
        off_hours=weights.off_hours * PATIENT_FIRST,
        other_practitioner=weights.other_practitioner * PATIENT_FIRST,
    )
    return replace(request, weights=weights)


def other_half_of_day(regular: Sequence[Slot]) -> Preference:
    """The wish for afternoons when most of the regular slots are mornings, else for mornings."""
    mornings = sum(slot.start < MIDDAY for slot in regular)
    return Preference(from_minute=MIDDAY) if 2 * mornings >= len(regular) else Preference(until_minute=MIDDAY)


def _problem(ground: Ground, days: Sequence[int]) -> Problem:
    return problem_of(frame_of(ground.course, days, ground.request.weights), ground.prices)


def _solved(ground: Ground, days: Sequence[int]) -> tuple[Slot, ...]:
    return slots_of(ground, best_of(_problem(ground, days)))
