"""What a proposal would cost with one sitting elsewhere, against proposing anew with that slot pinned."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.engine.alternatives import other_half_of_day, patient_first
from scheduling.engine.cycle import Blocked, ProposalName, proposals, propose, slots_for
from scheduling.engine.pins import LostPin, Pin, pinned, unpinned, with_pins
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import Slot
from scheduling.engine.what_if import what_ifs, what_ifs_outside
from tests.engine.brute_force import as_tuples, base_cost, cost_at, cycles, free_slots, kept_usual, requests
from tests.engine.clinic import BIANCHI, CLOSES, FIRST, MONDAY, OPENS, ROOM, ask
from tests.engine.diaries import full_diary, weekly
from tests.engine.plans import day_of

thorough = settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck), derandomize=True)
ALL = 1000


def free_numbers(request) -> list[int]:
    standing = request.fixed.keys() - request.pinned
    return [sitting.number for sitting in request.sittings if sitting.number not in standing]


def shown(request, name=ProposalName.MOST_REGULAR):
    """The proposals, and the one of that name, if there is one."""
    found = proposals(request)
    named = [] if isinstance(found, Blocked) else [each for each in found if each.name is name]
    return (found, named[0]) if named else (found, None)


@thorough
@given(requests(), st.data())
def test_every_price_is_that_of_the_cheapest_of_all_cycles_through_the_slot(case, data):
    clinic, request = case
    found, proposal = shown(request)
    numbers = free_numbers(request)
    if not proposal or not numbers:
        return
    number = data.draw(st.sampled_from(numbers))
    index = [sitting.number for sitting in request.sittings].index(number)
    every, usual = list(cycles(clinic, unpinned(request, number))), kept_usual(request)
    for each in what_ifs(request, number, ProposalName.MOST_REGULAR, found, ALL, ALL):
        around = pinned(request, number, each.slot)
        (slot,) = as_tuples((each.slot,))
        through = [cost_at(clinic, around, cycle, usual) for cycle in every if cycle[index] == slot]
        assert each.cost == min(through)
        assert as_tuples(each.slots) in every
        assert cost_at(clinic, around, as_tuples(each.slots), usual) == each.cost


@thorough
@given(requests(), st.data())
def test_pinning_a_slot_gives_the_cycle_that_was_told(case, data):
    _, request = case
    found, proposal = shown(request)
    numbers = free_numbers(request)
    if not proposal or not numbers:
        return
    number = data.draw(st.sampled_from(numbers))
    for each in what_ifs(request, number, ProposalName.MOST_REGULAR, found, 3, ALL):
        _, after = shown(pinned(unpinned(request, number), number, each.slot))
        assert after
        assert after.slots == each.slots
        # It is priced, like any proposal, at the weekday and half hour it keeps to most.
        assert after.cost <= each.cost


@thorough
@given(requests(), st.data())
def test_the_cheapest_start_of_every_day_and_practitioner_that_fits_is_offered(case, data):
    clinic, request = case
    found, proposal = shown(request)
    numbers = free_numbers(request)
    if not proposal or not numbers:
        return
    number = data.draw(st.sampled_from(numbers))
    index = [sitting.number for sitting in request.sittings].index(number)
    offered = what_ifs(request, number, ProposalName.MOST_REGULAR, found, ALL, ALL)
    assert [each.cost for each in offered] == sorted(each.cost for each in offered)
    now = as_tuples(proposal.slots)[index]
    slots = {as_tuples((each.slot,))[0] for each in offered}
    possible = {cycle[index] for cycle in cycles(clinic, unpinned(request, number))}
    assert slots <= possible - {now}
    # Within a half day one start stands for all; the shown one, where it is that start, is not offered again.
    here = (now[0], now[2])
    assert {(day, who) for day, _, who in slots} | {here} == {(day, who) for day, _, who in possible} | {here}


@thorough
@given(requests(), st.data())
def test_the_soonest_finish_stays_the_soonest_around_a_slot(case, data):
    _, request = case
    name = ProposalName.SOONEST_FINISH
    found, proposal = shown(request, name)
    numbers = free_numbers(request)
    if not proposal or not numbers:
        return
    number = data.draw(st.sampled_from(numbers))
    offered = what_ifs(request, number, name, found, ALL, ALL)
    lasts = [each.slots[-1].day for each in offered]
    assert lasts == sorted(lasts)
    for each in offered[:5]:
        _, after = shown(pinned(unpinned(request, number), number, each.slot), name)
        if after:
            assert after.slots == each.slots


@thorough
@given(requests(), st.data())
def test_what_suits_the_patient_stays_so_around_a_slot(case, data):
    clinic, request = case
    for name in (ProposalName.PATIENT_FIRST, ProposalName.OTHER_TIME):
        found, proposal = shown(request, name)
        numbers = free_numbers(request)
        if not proposal or not numbers:
            continue
        number = data.draw(st.sampled_from(numbers))
        wished = request
        if name is ProposalName.OTHER_TIME:
            wished = replace(request, preference=other_half_of_day(found[0].slots))
        first = patient_first(wished)
        for each in what_ifs(request, number, name, found, 5, ALL):
            around = pinned(unpinned(first, number), number, each.slot)
            assert each.cost == propose(around).cost == base_cost(clinic, around, as_tuples(each.slots))


@thorough
@given(requests(), st.data())
def test_a_pin_stands_exactly_where_a_whole_cycle_goes_through_a_free_start(case, data):
    clinic, request = case
    free = replace(request, fixed={}, pinned=frozenset())
    every = list(cycles(clinic, free))
    slots = free_slots(clinic, free)
    if not every or not slots:
        return
    index = data.draw(st.integers(0, len(request.sittings) - 1))
    slot = data.draw(st.sampled_from(slots) | st.just((slots[0][0] - 40, 5, 77)))
    pin = Pin(request.sittings[index].number, day_of(slot[0]), slot[1], slot[2])
    after, lost = with_pins(free, [pin])
    if slot not in slots:
        assert lost.keys() == {pin.number}
    elif slot in {cycle[index] for cycle in every}:
        assert not lost
        assert as_tuples((after.fixed[pin.number],)) == (slot,)
        assert after.pinned == {pin.number}
        assert not isinstance(proposals(after), Blocked)
    else:
        assert lost == {pin.number: LostPin.NO_FIT}


@thorough
@given(requests(), st.data())
def test_several_pins_together_always_leave_a_whole_cycle(case, data):
    clinic, request = case
    free = replace(request, fixed={}, pinned=frozenset())
    slots = free_slots(clinic, free)
    if not slots or isinstance(propose(free), Blocked):
        return
    chosen = [data.draw(st.sampled_from(slots)) for _ in request.sittings]
    pins = [Pin(s.number, day_of(c[0]), c[1], c[2]) for s, c in zip(request.sittings, chosen, strict=True)]
    after, lost = with_pins(free, pins)
    assert after.pinned | lost.keys() == {sitting.number for sitting in request.sittings}
    assert not isinstance(propose(after), Blocked)


@thorough
@given(requests(), st.data())
def test_a_slot_outside_its_window_is_offered_only_where_the_window_holds_none(case, data):
    _, request = case
    numbers = free_numbers(request)
    if not numbers:
        return
    number = data.draw(st.sampled_from(numbers))
    outside = what_ifs_outside(request, number)
    inside = [offer for offer in slots_for(unpinned(request, number), number) if offer.in_window]
    assert not (outside and inside)
    for each in outside:
        pin = Pin(number, each.slot.day, each.slot.start, each.slot.practitioner)
        after, lost = with_pins(unpinned(request, number), [pin])
        assert not lost
        assert propose(after).cost == each.cost


def others(slots, number) -> list[Slot]:
    return [slot for index, slot in enumerate(slots, 1) if index != number]


def test_in_a_free_diary_a_slot_chosen_by_hand_leaves_all_the_others_where_they_are():
    request = ask(weekly(8, MONDAY))
    found, proposal = shown(request)
    for number in (1, 4, 8):
        elsewhere = replace(proposal.slots[number - 1], start=CLOSES - 15)
        _, after = shown(pinned(request, number, elsewhere))
        assert others(after.slots, number) == others(proposal.slots, number)
        for each in what_ifs(request, number, ProposalName.MOST_REGULAR, found, ALL, ALL):
            # A slot more days away would leave a neighbour outside its window.
            if abs(each.slot.day - proposal.slots[number - 1].day) <= timedelta(days=2):
                assert others(each.slots, number) == others(proposal.slots, number)


@pytest.mark.parametrize("seed", [2, 3, 7])
def test_in_a_full_diary_a_slot_chosen_by_hand_moves_no_more_than_one_of_the_others(seed):
    # Another usual weekday or half hour is cheaper around some of these slots, and would move all nine others.
    diary = full_diary(first=MONDAY, days=120, practitioners=2, rooms=2, fill=0.8, seed=seed)
    request = CycleRequest(sittings=weekly(10, MONDAY), diary=diary, minutes=15)
    found, proposal = shown(request)
    for number in range(1, 11):
        for each in what_ifs(request, number, ProposalName.MOST_REGULAR, found):
            pairs = zip(others(each.slots, number), others(proposal.slots, number), strict=True)
            assert sum(now != before for now, before in pairs) <= 1


def test_where_nothing_is_whole_without_the_slots_chosen_by_hand_every_usual_time_is_tried():
    away = [(BIANCHI, FIRST + day, 0, 1440) for day in range(1, 8)]
    request = ask(weekly(4, MONDAY), spans={"away": [*away, (BIANCHI, FIRST, 0, 1440)]})
    assert isinstance(proposals(request), Blocked)
    late = Slot(MONDAY + timedelta(days=8), OPENS, 15, BIANCHI, ROOM, None)
    found, proposal = shown(pinned(request, 1, late))
    assert proposal.usual is None
    assert len({slot.day.weekday() for slot in proposal.slots[1:]}) == 1
    for each in what_ifs(pinned(request, 1, late), 3, ProposalName.MOST_REGULAR, found):
        _, after = shown(pinned(pinned(request, 1, late), 3, each.slot))
        assert after.cost == each.cost
