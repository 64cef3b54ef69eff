"""The search against every combination of slots, on clinics small enough to try them all."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from scheduling.engine.cycle import Blocked, ProposalName, WayOutKind, proposals, propose, slots_for, take_way_out
from tests.engine.brute_force import (
    as_tuples,
    base_cost,
    cost_at,
    cycles,
    follows,
    free_slots,
    kept_usual,
    regular_cost,
    requests,
)

thorough = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck), derandomize=True)


@thorough
@given(requests())
def test_the_proposal_costs_what_the_cheapest_of_all_cycles_costs(case):
    clinic, request = case
    found = propose(request)
    costs = [base_cost(clinic, request, cycle) for cycle in cycles(clinic, request)]
    if isinstance(found, Blocked):
        assert costs == []
    else:
        assert found.cost == min(costs)
        assert base_cost(clinic, request, as_tuples(found.slots)) == found.cost


@thorough
@given(requests())
def test_the_most_regular_costs_what_the_cheapest_of_all_cycles_and_usual_times_costs(case):
    clinic, request = case
    found = proposals(request)
    every = list(cycles(clinic, request))
    if isinstance(found, Blocked):
        assert every == []
    else:
        assert found[0].name is ProposalName.MOST_REGULAR
        usual = kept_usual(request) if request.pinned else None
        shown = as_tuples(found[0].slots)
        assert cost_at(clinic, request, shown, usual) == min(cost_at(clinic, request, each, usual) for each in every)
        assert found[0].cost == regular_cost(clinic, request, shown)


@thorough
@given(requests())
def test_every_proposal_keeps_every_hard_rule_and_says_its_true_cost(case):
    clinic, request = case
    found = proposals(request)
    every = set(cycles(clinic, request))
    for proposal in [] if isinstance(found, Blocked) else found:
        assert as_tuples(proposal.slots) in every
        assert proposal.cost == regular_cost(clinic, request, as_tuples(proposal.slots))
        for sitting, slot in zip(request.sittings, proposal.slots, strict=True):
            if fixed := request.fixed.get(sitting.number):
                assert slot == fixed
            else:
                assert slot.room in clinic.rooms
                assert (slot.equipment in clinic.equipment) if clinic.equipment else slot.equipment is None


@thorough
@given(requests())
def test_a_free_slot_never_takes_a_room_or_equipment_that_is_taken(case):
    clinic, request = case
    found = propose(request)
    for sitting, slot in [] if isinstance(found, Blocked) else zip(request.sittings, found.slots, strict=True):
        if sitting.number not in request.fixed:
            end = slot.start + request.minutes
            day = slot.day.toordinal()
            taken = [
                s
                for r, d, s, e in clinic.room_busy
                if (r, d) == (slot.room, day) and s < end + clinic.rooms[r] and slot.start < e
            ]
            taken += [
                s
                for r, d, s, e in clinic.equipment_busy
                if (r, d) == (slot.equipment, day) and s < end and slot.start < e
            ]
            assert taken == []


@thorough
@given(requests())
def test_proposals_are_ranked_after_the_most_regular_and_no_two_show_the_same_figures(case):
    _, request = case
    found = proposals(request)
    if not isinstance(found, Blocked):
        ranked = found[1:] if request.pinned else found
        assert [each.cost for each in ranked] == sorted(each.cost for each in ranked)
        assert len({each.figures for each in found}) == len(found) == len({each.name for each in found})


@thorough
@given(requests())
def test_the_soonest_finish_is_the_soonest_that_leaves_no_sitting_too_early(case):
    clinic, request = case
    found = proposals(request)
    free_and_bounded = [
        cycle[-1][0]
        for cycle in cycles(clinic, request)
        if all(
            sitting.number in request.fixed or slot[0] >= sitting.ideal.toordinal() - sitting.early
            for sitting, slot in zip(request.sittings, cycle, strict=True)
        )
    ]
    for proposal in [] if isinstance(found, Blocked) else found:
        if proposal.name is ProposalName.SOONEST_FINISH:
            assert proposal.figures.last.toordinal() == min(free_and_bounded)


@thorough
@given(requests())
def test_every_way_out_of_a_blocked_cycle_places_the_sitting(case):
    clinic, request = case
    found = propose(request)
    if not isinstance(found, Blocked):
        return
    for way in found.ways_out:
        after = propose(take_way_out(request, found.number, way))
        if way.completes:
            assert not isinstance(after, Blocked)
        else:
            assert isinstance(after, Blocked)
            assert after.number > found.number
        assert as_tuples((way.slot,))[0] in free_after(clinic, request, found.number, way)


def free_after(clinic, request, number, way):
    if way.kind is WayOutKind.ASK_PATIENT:
        clinic = replace(clinic, patient_unavailable=[])
    if way.opened:
        hours = (way.opened.practitioner, way.opened.day.toordinal(), way.opened.start, way.opened.end)
        clinic = replace(clinic, hours=[*clinic.hours, hours])
    return free_slots(clinic, take_way_out(request, number, way))


@thorough
@given(requests())
def test_a_blocked_sitting_is_free_and_the_cycle_up_to_it_and_what_stands_after_it_has_no_place(case):
    clinic, request = case
    found = propose(request)
    if isinstance(found, Blocked):
        assert found.number not in request.fixed
        assert found.earliest <= found.latest
        index = [sitting.number for sitting in request.sittings].index(found.number)
        following = request.sittings[index + 1 : index + 2]
        stands = bool(following) and following[0].number in request.fixed
        part = replace(request, sittings=request.sittings[: index + 1 + stands])
        assert next(cycles(clinic, part), None) is None
        if index:
            before = replace(request, sittings=request.sittings[:index])
            assert next(cycles(clinic, before), None) is not None


@thorough
@given(requests())
def test_offers_are_free_ranked_and_inside_the_window_if_it_holds_any(case):
    clinic, request = case
    free = set(free_slots(clinic, request))
    for index, sitting in enumerate(request.sittings):
        offers = slots_for(request, sitting.number)
        assert set(as_tuples(tuple(offer.slot for offer in offers))) <= free
        assert [offer.cost for offer in offers] == sorted(offer.cost for offer in offers)
        before = request.fixed.get(request.sittings[index - 1].number) if index else None
        since = before.day if before else None if index else request.previous
        start = since.toordinal() if since else None
        after = request.sittings[index + 1] if index + 1 < len(request.sittings) else None
        stands = request.fixed.get(after.number) if after else None
        inside = {
            slot
            for slot in free
            if follows(request, sitting, start, slot[0])
            and (not stands or follows(request, after, slot[0], stands.day.toordinal()))
        }
        assert all(offer.in_window for offer in offers) == bool(inside) or not offers
        assert bool(offers) or not inside
        assert all((slot in inside) == offer.in_window for offer in offers for slot in as_tuples((offer.slot,)))
