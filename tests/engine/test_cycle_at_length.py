"""Long cycles in full diaries, against a plain search over every slot without bounds or collapsed days."""

from datetime import date

import pytest

from scheduling.engine.cycle import Blocked, ProposalName, proposals, propose
from scheduling.engine.request import CycleRequest
from scheduling.engine.rules import Weights
from scheduling.engine.terms import InDemand, Preference
from tests.engine.diaries import full_diary, three_phases, weekly

START = date(2026, 1, 5)
MINUTES = 15
WEIGHTS = Weights(leftover=0)


def free_slots(diary) -> list[tuple[int, int, int]]:
    """Every (day ordinal, start cell, practitioner), cell by cell; practitioner n treats in room n here."""
    need, with_cleaning = MINUTES // 5, MINUTES // 5 + 1
    slots = []
    for practitioner, days in diary.hours.items():
        for day, working in days.items():
            busy = diary.busy[practitioner].get(day, 0)
            for cell in range(96, 240):
                free = all(working >> c & 1 and not busy >> c & 1 for c in range(cell, cell + need))
                rooms = (masks.get(day, 0) for masks in (diary.room_busy.get(room, {}) for room in diary.rooms))
                if free and any(not taken >> cell & ((1 << with_cleaning) - 1) for taken in rooms):
                    slots.append((day, cell, practitioner))
    return sorted(slots)


def own_cost(request, sitting, slot, usual) -> int:
    day, cell, practitioner = slot
    cost = 2 * abs(day - sitting.ideal.toordinal())
    cost += 12 * (bool(request.preference.weekdays) and (day - 1) % 7 not in request.preference.weekdays)
    cost += 6 * (request.plan_practitioner not in (None, practitioner))
    if len(request.sittings) >= 8:
        cost += 3 * any(
            each.from_minute <= cell * 5 < each.until_minute and each.weekday in (None, (day - 1) % 7)
            for each in request.popular
        )
    if usual:
        cost += 12 * ((day - 1) % 7 != usual[0]) + 6 * (cell // 6 != usual[1])
    return cost


def plain_least_cost(request, slots, usual=None) -> int:
    """The least cost by going through all pairs of slots of consecutive sittings."""
    first = request.sittings[0]
    best = {
        slot: own_cost(request, first, slot, usual)
        for slot in slots
        if first.earliest.toordinal() <= slot[0] <= first.latest.toordinal()
    }
    for sitting in request.sittings[1:]:
        least, most = max(sitting.gap - sitting.early, sitting.minimum_gap), sitting.gap + sitting.late
        cheapest: dict[tuple[int, int], int] = {}
        for (day, _, practitioner), cost in best.items():
            cheapest[day, practitioner] = min(cost, cheapest.get((day, practitioner), cost))
        after = {}
        for slot in slots:
            costs = [
                cost
                + 3 * max(sitting.gap - slot[0] + day, 0)
                + 2 * max(slot[0] - day - sitting.gap, 0)
                + 6 * (who != slot[2])
                for (day, who), cost in cheapest.items()
                if least <= slot[0] - day <= most
            ]
            if costs:
                after[slot] = min(costs) + own_cost(request, sitting, slot, usual)
        best = after
    return min(best.values())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("plan_practitioner", [None, 1])
@pytest.mark.parametrize("popular", [(), (InDemand(540, 720), InDemand(840, 1140, weekday=1))], ids=["", "popular"])
def test_weekly_cycles_in_a_full_diary_cost_what_a_plain_search_finds(seed, plan_practitioner, popular):
    diary = full_diary(first=START, days=90, practitioners=2, rooms=2, fill=0.93, seed=seed)
    request = CycleRequest(
        sittings=weekly(8, START),
        diary=diary,
        minutes=MINUTES,
        preference=Preference(weekdays=frozenset({1, 3})),
        plan_practitioner=plan_practitioner,
        weights=WEIGHTS,
        popular=popular,
    )
    slots = free_slots(diary)
    assert propose(request).cost == plain_least_cost(request, slots)
    usuals = [(weekday, band) for weekday in range(5) for band in range(18, 38)]
    assert proposals(request)[0].cost == min(plain_least_cost(request, slots, usual) for usual in usuals)


def test_28_sittings_in_a_full_diary_cost_what_a_plain_search_finds():
    diary = full_diary(first=START, days=760, practitioners=2, rooms=2, fill=0.97, seed=3)
    request = CycleRequest(sittings=three_phases(START), diary=diary, minutes=MINUTES, weights=WEIGHTS)
    assert propose(request).cost == plain_least_cost(request, free_slots(diary))


def test_the_same_request_gives_the_same_proposals():
    diary = full_diary(first=START, days=200, practitioners=3, rooms=3)
    request = CycleRequest(sittings=weekly(15, START), diary=diary, minutes=MINUTES)
    found = proposals(request)
    assert not isinstance(found, Blocked)
    assert found == proposals(request)
    assert found[0].name is ProposalName.MOST_REGULAR
