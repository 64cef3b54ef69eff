"""A proposal edited by hand: slots chosen for some sittings, some left out, and the rest proposed around them."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import uuid4

import pytest

from scheduling.engine.pins import LostPin, Pin
from scheduling.engine.terms import Blocked, Slot
from scheduling.models import Absence, Appointment, CancelReason, SittingState
from scheduling.selectors.cycles import Wishes, cycle_request
from scheduling.selectors.proposals import card_of, rows_with, setting_of
from scheduling.selectors.reservations import reserved_for
from scheduling.services.proposing import (
    book_proposal,
    offers,
    other_slots,
    propose_cycle,
    propose_edited,
    reserve_proposal,
    unseal,
)
from scheduling.services.refusals import Refused
from scheduling.services.reserved import cancel_reserved
from scheduling.services.reserving import confirm_reservation, replace_lost
from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

DAY = timedelta(days=1)
REGULAR = "most-regular"


@pytest.fixture
def plan(patient, site, practitioner, room, doctor_user):
    """Six weekly sittings from Monday 23 November 2026."""
    return make_plan(patient, site, doctor_user, counts=[6], practitioner=practitioner)


def edited(plan, pins: Iterable[Pin] = (), leave: Iterable[int] = ()):
    return propose_edited(plan=plan, now=NOW, wishes=Wishes(pins=tuple(pins), leave=frozenset(leave)))


def pin_of(number: int, slot: Slot) -> Pin:
    return Pin(number, slot.day, slot.start, slot.practitioner)


def wednesday(number: int, practitioner, week: int, start: int = 15 * 60) -> Pin:
    return Pin(number, MONDAY + 2 * DAY + 7 * week * DAY, start, practitioner.pk)


def away(practitioner, first, last) -> None:
    Absence.objects.create(practitioner=practitioner, starts=at(first, 0), ends=at(last + DAY, 0))


def stored_days(plan) -> dict[int, object]:
    return dict(plan.sittings.order_by("number").values_list("number", "booked"))


# Pins.


def test_every_proposal_keeps_a_chosen_slot_and_books_it_with_the_rest(plan, practitioner, reception_user) -> None:
    pin = wednesday(3, practitioner, 2)
    proposed = edited(plan, [pin])
    for signed in proposed.answer:
        assert pin_of(3, signed.slots[3]) == pin
        assert unseal(plan, signed.token).slots == signed.slots
        assert set(signed.slots) == {1, 2, 3, 4, 5, 6}
    booked = book_proposal(plan=plan, token=proposed.answer[0].token, by=reception_user, now=NOW)
    assert [row.starts for row in booked if row.sitting.number == 3] == [at(pin.day, 15)]
    assert plan.sittings.get(number=3).booked == pin.day


def test_the_sittings_around_a_chosen_slot_keep_their_windows(plan, practitioner) -> None:
    latest = Pin(3, MONDAY + 20 * DAY - 2 * DAY, 600, practitioner.pk)
    setting = setting_of(plan, MONDAY)
    for signed in edited(plan, [latest]).answer:
        card = card_of(setting, signed.proposal, signed.slots, signed.token, 0)
        assert card.outside_window == 0
        assert card.rows[2].day == latest.day
        assert card.mean_drift == pytest.approx(sum(abs(row.drift) for row in card.rows) / 6)


def test_a_chosen_hour_does_not_draw_the_rest_to_it(plan, practitioner) -> None:
    before = propose_cycle(plan=plan, now=NOW)[0]
    after = edited(plan, [wednesday(3, practitioner, 2)]).answer[0]
    kept = {number for number, slot in after.slots.items() if slot == before.slots[number]}
    assert kept == {1, 2, 4, 5, 6}


def test_a_chosen_slot_that_was_taken_is_dropped_and_named(plan, practitioner, room, reception_user) -> None:
    pin = wednesday(3, practitioner, 2)
    occupy(practitioner, room, at(pin.day, 15), 30, reception_user, make_patient("Conti"))
    proposed = edited(plan, [pin, wednesday(5, practitioner, 4)])
    assert proposed.lost == ((pin, LostPin.TAKEN),)
    assert [each.number for each in proposed.wishes.pins] == [5]
    assert not isinstance(proposed.answer, Blocked)


def test_a_chosen_slot_that_leaves_no_rhythm_is_dropped(plan, practitioner) -> None:
    far = Pin(2, MONDAY + 21 * DAY, 600, practitioner.pk)
    assert edited(plan, [far]).lost == ((far, LostPin.NO_FIT),)


def test_a_chosen_slot_of_a_sitting_booked_meanwhile_is_dropped(plan, practitioner, reception_user) -> None:
    token = edited(plan, leave=[4, 5, 6]).answer[0].token
    book_proposal(plan=plan, token=token, by=reception_user, now=NOW)
    plan.refresh_from_db()
    pin = wednesday(2, practitioner, 1)
    assert edited(plan, [pin]).lost == ((pin, LostPin.PLACED),)


# The other slots of a sitting.


def test_every_other_slot_that_is_offered_can_be_chosen_and_costs_what_was_told(plan) -> None:
    proposed = edited(plan)
    options = other_slots(proposed, 3, REGULAR)
    assert len(options) == 8
    for option in options:
        after = edited(plan, [pin_of(3, option.slot)])
        assert not after.lost
        assert after.answer[0].proposal.cost == option.cost
        assert after.answer[0].slots[3] == option.slot


def test_the_other_slots_lie_in_the_window(plan) -> None:
    setting = setting_of(plan, MONDAY)
    for option in other_slots(edited(plan), 3, REGULAR):
        rows = rows_with(setting, dict(enumerate(option.slots, 1)), 0)
        assert not any(row.outside for row in rows)
        assert option.in_window


def test_what_stands_and_what_does_not_exist_has_no_other_slots(plan, reception_user) -> None:
    token = edited(plan, leave=[4, 5, 6]).answer[0].token
    book_proposal(plan=plan, token=token, by=reception_user, now=NOW)
    plan.refresh_from_db()
    proposed = edited(plan)
    assert other_slots(proposed, 2, REGULAR) == other_slots(proposed, 99, REGULAR) == ()


def test_a_slot_outside_is_offered_where_the_window_holds_none_and_can_be_chosen(
    plan, practitioner, reception_user
) -> None:
    away(practitioner, MONDAY, MONDAY + 5 * DAY)
    proposed = edited(plan)
    assert isinstance(proposed.answer, Blocked)
    options = other_slots(proposed, proposed.answer.number, "")
    assert options
    assert not any(option.in_window for option in options)
    after = edited(plan, [pin_of(1, options[0].slot)])
    setting = setting_of(plan, MONDAY)
    best = after.answer[0]
    card = card_of(setting, best.proposal, best.slots, best.token, 0)
    assert card.outside_window == best.proposal.figures.outside_window == 1
    assert len(book_proposal(plan=plan, token=best.token, by=reception_user, now=NOW)) == 6


def test_no_slot_outside_can_be_chosen_while_the_window_holds_one(plan, practitioner) -> None:
    late = Pin(1, MONDAY + 7 * DAY, 600, practitioner.pk)
    assert edited(plan, [late]).lost == ((late, LostPin.NO_FIT),)


# Leaving out.


def test_no_proposal_books_what_is_left_out_and_it_stays_due(plan, reception_user) -> None:
    proposed = edited(plan, leave=[3])
    assert all(set(signed.slots) == {1, 2, 4, 5, 6} for signed in proposed.answer)
    book_proposal(plan=plan, token=proposed.answer[0].token, by=reception_user, now=NOW)
    assert plan.sittings.get(number=3).state == SittingState.DUE
    assert plan.sittings.filter(state=SittingState.BOOKED).count() == 5


@pytest.mark.parametrize("left", [{1}, {2}, {3, 4}, {2, 5}, {6}, {1, 2, 3, 4, 5}], ids=str)
def test_what_is_left_out_can_be_booked_later_inside_its_window(plan, reception_user, left) -> None:
    first = edited(plan, leave=left).answer[0]
    book_proposal(plan=plan, token=first.token, by=reception_user, now=NOW)
    plan.refresh_from_db()
    rest = propose_cycle(plan=plan, now=NOW)
    assert set(rest[0].slots) == left
    book_proposal(plan=plan, token=rest[0].token, by=reception_user, now=NOW)
    for sitting in plan.sittings.all():
        assert sitting.earliest <= sitting.booked <= sitting.latest


@pytest.mark.parametrize(("before", "after"), [(9, 21), (7, 24)], ids=["nearest", "farthest"])
def test_even_with_its_neighbours_as_near_or_as_far_as_may_be(
    plan, practitioner, reception_user, before, after
) -> None:
    pins = [Pin(number, MONDAY + day * DAY, 600, practitioner.pk) for number, day in ((2, before), (4, after))]
    proposed = edited(plan, pins, leave=[3])
    assert not proposed.lost
    book_proposal(plan=plan, token=proposed.answer[0].token, by=reception_user, now=NOW)
    found = offers(sitting=plan.sittings.get(number=3), now=NOW)
    assert found
    assert all(offer.in_window for offer in found)


@pytest.mark.parametrize(("before", "after"), [(10, 21), (7, 25)], ids=["nearer", "farther"])
def test_no_neighbours_are_nearer_or_farther(plan, practitioner, before, after) -> None:
    pins = [Pin(number, MONDAY + day * DAY, 600, practitioner.pk) for number, day in ((2, before), (4, after))]
    assert edited(plan, pins, leave=[3]).lost == ((pins[1], LostPin.NO_FIT),)


def test_not_all_sittings_can_be_left_out(plan) -> None:
    with pytest.raises(Refused, match="At least one sitting must stay"):
        edited(plan, leave=range(1, 7))


def test_leaving_out_a_sitting_that_blocks_the_cycle_places_the_others(plan, practitioner, reception_user) -> None:
    away(practitioner, MONDAY + 5 * DAY, MONDAY + 12 * DAY)
    blocked = propose_cycle(plan=plan, now=NOW)
    assert isinstance(blocked, Blocked)
    answer = edited(plan, leave=[blocked.number]).answer
    assert len(book_proposal(plan=plan, token=answer[0].token, by=reception_user, now=NOW)) == 5


# Reserving what was edited.


def reserve(plan, signed, by):
    key = uuid4()
    reserve_proposal(plan=plan, token=signed.token, key=key, by=by, now=NOW)
    return key


def test_what_is_reserved_and_confirmed_is_exactly_what_was_edited(plan, practitioner, reception_user) -> None:
    signed = edited(plan, [wednesday(3, practitioner, 2)], leave=[5]).answer[0]
    key = reserve(plan, signed, reception_user)
    assert reserved_for(plan, NOW).slots == signed.slots
    confirm_reservation(plan=plan, key=key, by=reception_user, now=NOW)
    assert stored_days(plan) == {n: signed.slots[n].day if n != 5 else None for n in range(1, 7)}
    assert plan.sittings.get(number=5).state == SittingState.DUE


def test_what_takes_the_place_of_a_lost_slot_leaves_out_what_was_left_out(plan, practitioner, reception_user) -> None:
    signed = edited(plan, [wednesday(3, practitioner, 2)], leave=[5]).answer[0]
    reserve(plan, signed, reception_user)
    away(practitioner, signed.slots[4].day, signed.slots[4].day)
    instead = replace_lost(plan=plan, reserved=reserved_for(plan, NOW), now=NOW)
    assert instead.slots.keys() == signed.slots.keys()
    kept = {number for number, slot in instead.slots.items() if slot == signed.slots[number]}
    assert kept == {1, 2, 3, 6}


def test_a_slot_cancelled_from_a_reservation_is_sought_anew_and_not_left_out(plan, reception_user) -> None:
    signed = edited(plan, leave=[5]).answer[0]
    reserve(plan, signed, reception_user)
    lost = Appointment.objects.select_related("sitting").get(sitting__number=2)
    cancel_reserved([lost], CancelReason.PATIENT, reception_user)
    instead = replace_lost(plan=plan, reserved=reserved_for(plan, NOW), now=NOW)
    assert instead.slots.keys() == {1, 2, 3, 4, 6}


def test_nothing_differs_once_an_edited_reservation_has_run_out_and_all_is_still_free(plan, reception_user) -> None:
    signed = edited(plan, leave=[2, 5]).answer[0]
    reserve(plan, signed, reception_user)
    later = NOW + timedelta(minutes=11)
    instead = replace_lost(plan=plan, reserved=reserved_for(plan, later), now=later)
    assert instead.slots == signed.slots


def test_only_this_practitioner_drops_a_slot_chosen_with_another(plan, site, practitioner) -> None:
    neri = make_practitioner("Dr Neri", site)
    wishes = Wishes(pins=(wednesday(3, neri, 2),))
    assert not propose_edited(plan=plan, now=NOW, wishes=wishes).lost
    request = cycle_request(plan, now=NOW)
    only = Wishes(
        preference=type(request.preference)(practitioner=practitioner.pk), only=True, pins=(wednesday(3, neri, 2),)
    )
    assert [why for _pin, why in propose_edited(plan=plan, now=NOW, wishes=only).lost] == [LostPin.TAKEN]
