"""Sittings that have a slot already and may leave it for a price: the search stays exact, and nobody moves for less."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.engine.cycle import Blocked, most_regular, propose, slots_from
from scheduling.engine.terms import Slot
from tests.engine.brute_force import (
    as_tuples,
    base_cost,
    cost_at,
    cycles,
    fixed_slots,
    kept_usual,
    regular_cost,
    requests,
)
from tests.engine.clinic import BIANCHI, FIRST, MONDAY, NERI, ROOM, ask, hours
from tests.engine.diaries import weekly
from tests.engine.plans import day_of
from tests.engine.test_cycle_exactness import thorough

AT_TEN = 600


@st.composite
def with_present(draw):
    """A tiny clinic in which some sittings have a slot, free or not, that they may leave."""
    clinic, request = draw(requests())
    present = draw(fixed_slots(request.sittings))
    for sitting in request.sittings:
        if draw(st.booleans()):
            start, who = draw(st.sampled_from((540, 570, 600))), draw(st.sampled_from((0, 1, 9)))
            present[sitting.number] = Slot(sitting.ideal, start, 30, who, 0, None)
    return clinic, replace(request, present=present, leaving=draw(st.sampled_from((0, 1, 7, 60))))


@thorough
@given(with_present())
def test_the_least_cost_counts_staying_and_leaving_as_every_combination_does(case):
    clinic, request = case
    found = propose(request)
    costs = [base_cost(clinic, request, cycle) for cycle in cycles(clinic, request)]
    if isinstance(found, Blocked):
        assert costs == []
    else:
        assert found.cost == min(costs)
        assert base_cost(clinic, request, as_tuples(found.slots)) == found.cost


@thorough
@given(with_present())
def test_the_most_regular_counts_them_too(case):
    clinic, request = case
    found = most_regular(request)
    every = list(cycles(clinic, request))
    if isinstance(found, Blocked):
        assert every == []
    else:
        usual = kept_usual(request) if request.pinned else None
        shown = as_tuples(found.slots)
        assert cost_at(clinic, request, shown, usual) == min(cost_at(clinic, request, each, usual) for each in every)
        assert found.cost == regular_cost(clinic, request, shown)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck), derandomize=True)
@given(with_present())
def test_when_leaving_costs_more_than_all_else_as_few_leave_as_can(case):
    clinic, request = case
    dear = replace(request, leaving=1_000_000)
    found = propose(dear)
    every = list(cycles(clinic, dear))
    assert isinstance(found, Blocked) == (every == [])
    if not isinstance(found, Blocked):
        assert leavers(dear, as_tuples(found.slots)) == min(leavers(dear, cycle) for cycle in every)


def leavers(request, cycle) -> int:
    return sum(
        as_tuples((request.present[sitting.number],)) != (slot,)
        for sitting, slot in zip(request.sittings, cycle, strict=True)
        if sitting.number in request.present and sitting.number not in request.fixed
    )


def mondays(count: int, practitioner: int = BIANCHI) -> dict[int, Slot]:
    days = [MONDAY + timedelta(weeks=week) for week in range(count)]
    return {n: Slot(day, AT_TEN, 15, practitioner, ROOM, None) for n, day in enumerate(days, 1)}


def days_off(found, present) -> list[int]:
    return [(slot.day - present[n].day).days for n, slot in enumerate(found.slots, 1)]


def test_the_rest_stays_when_its_windows_still_hold():
    present = mondays(4)
    moved = replace(present[1], day=MONDAY + timedelta(days=2))
    found = most_regular(ask(weekly(4, MONDAY), fixed={1: moved}, present=present, leaving=12))
    assert days_off(found, present) == [2, 0, 0, 0]
    assert found.slots[1:] == tuple(present[n] for n in (2, 3, 4))


def test_a_sitting_moved_too_near_the_next_takes_along_only_as_many_as_it_must():
    present = mondays(4)
    moved = replace(present[1], day=MONDAY + timedelta(days=4))
    found = most_regular(ask(weekly(4, MONDAY), fixed={1: moved}, present=present, leaving=12))
    # Weekly sittings stand five to ten days apart: the second needs two days, the third none.
    assert days_off(found, present) == [4, 2, 0, 0]


def test_a_slot_that_stands_in_lost_time_is_kept_all_the_same():
    present = mondays(3)
    away = [(BIANCHI, FIRST + 7, 0, 1440)]
    found = most_regular(ask(weekly(3, MONDAY), spans={"away": away}, present=present, leaving=12))
    assert found.slots == tuple(present.values())


def test_a_present_practitioner_without_hours_any_more_is_kept():
    present = mondays(3, NERI)
    found = most_regular(ask(weekly(3, MONDAY), spans={"hours": hours(BIANCHI)}, present=present, leaving=12))
    assert found.slots == tuple(present.values())


def test_offers_from_a_day_on_come_from_fourteen_days_and_never_too_near_the_sitting_before():
    second = weekly(2, MONDAY)[1:]
    request = ask(second, previous=MONDAY)
    days = {offer.slot.day.toordinal() for offer in slots_from(request, 2, MONDAY, most=99)}
    # Half the cadence, rounded up, is the least: four days.
    assert days == set(range(FIRST + 4, FIRST + 14))
    later = slots_from(request, 2, day_of(FIRST + 20), most=99)
    assert {offer.slot.day.toordinal() for offer in later} == set(range(FIRST + 20, FIRST + 34))
    assert not any(offer.in_window for offer in later)
