"""Whole-cycle booking: a slot for every sitting at least cost, ranked alternatives, or why there is none."""

from scheduling.engine.alternatives import most_regular, proposals
from scheduling.engine.blocked import explain
from scheduling.engine.figures import proposal_of
from scheduling.engine.ground import ground_of, slots_of
from scheduling.engine.offers import slots_for, slots_from
from scheduling.engine.problem import frame_of, problem_of
from scheduling.engine.request import CycleRequest
from scheduling.engine.search import best_of
from scheduling.engine.steps import reachable, usable
from scheduling.engine.terms import (
    Blocked,
    Figures,
    Offer,
    Proposal,
    ProposalName,
    Reason,
    WayOut,
    WayOutKind,
)
from scheduling.engine.ways_out import take_way_out

__all__ = [
    "Blocked",
    "CycleRequest",
    "Figures",
    "Offer",
    "Proposal",
    "ProposalName",
    "Reason",
    "WayOut",
    "WayOutKind",
    "most_regular",
    "proposals",
    "propose",
    "slots_for",
    "slots_from",
    "take_way_out",
]


def propose(request: CycleRequest) -> Proposal | Blocked:
    """The slots of least cost, no usual weekday and time asked for; or the sitting that cannot be placed, and why."""
    ground = ground_of(request)
    reached = reachable(ground.course, ground.open_by_step)
    if not all(reached):
        return explain(ground)
    frame = frame_of(ground.course, usable(ground.course, reached), request.weights)
    solution = best_of(problem_of(frame, ground.prices))
    return proposal_of(ground, ProposalName.MOST_REGULAR, slots_of(ground, solution), solution.cost)
