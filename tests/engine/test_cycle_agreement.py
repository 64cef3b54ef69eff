"""The search against a shortest path over every slot, on hundreds of random courses that fit."""

from collections import Counter

from scheduling.engine.cycle import Blocked, ProposalName, proposals, propose
from tests.engine.slot_graph import instance, least_cost, least_regular_cost

COSTED, MOST_REGULAR = range(360), range(360, 390)


def test_at_least_300_random_courses_cost_what_the_graph_of_all_slots_costs() -> None:
    found: Counter[bool] = Counter()
    for seed in COSTED:
        clinic, request = instance(seed)
        answer = propose(request)
        fits = not isinstance(answer, Blocked)
        assert (answer.cost if fits else None) == least_cost(clinic, request), seed
        found[fits] += 1
    assert found[True] >= 300
    assert found[False] >= 10


def test_the_most_regular_costs_what_the_graph_of_all_slots_costs_at_the_best_usual_time() -> None:
    fitted = 0
    for seed in MOST_REGULAR:
        clinic, request = instance(seed)
        answer = proposals(request)
        if isinstance(answer, Blocked):
            assert least_regular_cost(clinic, request) is None, seed
        else:
            regular = next(each for each in answer if each.name is ProposalName.MOST_REGULAR)
            assert regular.cost == least_regular_cost(clinic, request), seed
            fitted += 1
    assert fitted >= 20
