"""Reserving a whole cycle for some minutes: kept from others, confirmed as a whole, given back, run out, replaced."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.models import (
    Absence,
    Appointment,
    CancelReason,
    PlanState,
    Reservation,
    SittingState,
    Status,
)
from scheduling.selectors.cycles import Wishes
from scheduling.selectors.reservations import reserved_for
from scheduling.services.booking import book_appointment, move_appointment
from scheduling.services.planning import pause_plan
from scheduling.services.proposing import book_proposal, propose_cycle, reserve_proposal, unseal
from scheduling.services.refusals import Refused, SlotTaken, Stale
from scheduling.services.reserving import confirm_reservation, give_back, replace_lost
from scheduling.services.tracking import cancel_appointment
from tests.conftest import make_user
from tests.scheduling.booking_data import NOW, at, make_patient, make_plan, occupy

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
LATER = NOW + 11 * MINUTE


@pytest.fixture
def plan(patient, site, practitioner, room, doctor_user):
    """Four weekly sittings from Monday 23 November 2026."""
    return make_plan(patient, site, doctor_user, counts=[4], practitioner=practitioner)


@pytest.fixture
def token(plan) -> str:
    return propose_cycle(plan=plan, now=NOW)[0].token


@pytest.fixture
def key() -> UUID:
    return uuid4()


@pytest.fixture
def reserved(plan, token, key, reception_user) -> list[Appointment]:
    return reserve_proposal(plan=plan, token=token, by=reception_user, now=NOW, key=key)


@pytest.fixture
def colleague(db):
    return make_user("conti")


def statuses() -> set[str]:
    return set(Appointment.objects.filter(kind="sitting").values_list("status", flat=True))


def take(slot, practitioner, room, by, patient=None) -> Appointment:
    """Somebody else's half hour on a slot's time."""
    start = at(slot.day, slot.start // 60, slot.start % 60)
    return occupy(practitioner, room, start, 30, by, patient or make_patient("Conti"))


def test_reserving_keeps_the_shown_slots_and_leaves_the_sittings_due(plan, token, reserved) -> None:
    slots = unseal(plan, token).slots.values()
    assert [a.starts for a in reserved] == [at(s.day, s.start // 60, s.start % 60) for s in slots]
    assert {(a.status, a.reserved_until) for a in Appointment.objects.all()} == {("reserved", NOW + 10 * MINUTE)}
    assert set(plan.sittings.values_list("state", "booked")) == {(SittingState.DUE, None)}
    plan.refresh_from_db()
    assert plan.state == PlanState.APPROVED


def test_the_minutes_are_a_setting(plan, token, key, reception_user, settings) -> None:
    settings.RESERVATION_MINUTES = 3
    reserve_proposal(plan=plan, token=token, by=reception_user, now=NOW, key=key)
    assert reserved_for(plan, NOW).minutes == 3


def test_confirming_books_every_sitting_and_starts_the_plan(plan, token, key, reserved, reception_user) -> None:
    booked = confirm_reservation(plan=plan, key=key, by=reception_user, now=NOW + 9 * MINUTE)
    assert [a.pk for a in booked] == [a.pk for a in reserved]
    assert set(Appointment.objects.values_list("status", "reserved_until")) == {("booked", None)}
    days = [slot.day for slot in unseal(plan, token).slots.values()]
    assert list(plan.sittings.order_by("number").values_list("state", "booked")) == [("booked", day) for day in days]
    plan.refresh_from_db()
    assert plan.state == PlanState.RUNNING


def test_both_presses_of_a_double_click_get_one_reservation(plan, token, key, reserved, reception_user) -> None:
    again = reserve_proposal(plan=plan, token=token, by=reception_user, now=NOW, key=key)
    assert [a.pk for a in again] == [a.pk for a in reserved]
    assert (Appointment.objects.count(), Reservation.objects.count()) == (4, 1)


def test_both_presses_of_confirm_get_one_booking(plan, key, reserved, reception_user) -> None:
    first, second = (confirm_reservation(plan=plan, key=key, by=reception_user, now=NOW) for _press in range(2))
    assert [a.pk for a in first] == [a.pk for a in second]
    assert {a.version for a in Appointment.objects.all()} == {2}


def test_reserved_time_is_refused_to_others_by_name_and_hour(
    plan, token, reserved, practitioner, room, reception_user, colleague
) -> None:
    with pytest.raises(SlotTaken, match="reserved for Greco Sofia by Ferri until 07:10"):
        take(unseal(plan, token).slots[2], practitioner, room, colleague)


def test_others_are_proposed_no_reserved_time(plan, reserved, site, practitioner, doctor_user) -> None:
    other = make_plan(make_patient("Conti"), site, doctor_user, counts=[4], practitioner=practitioner)
    taken = {a.starts for a in reserved}
    for signed in propose_cycle(plan=other, now=NOW):
        slots = signed.proposal.slots
        assert not taken & {at(slot.day, slot.start // 60, slot.start % 60) for slot in slots}


def test_the_plan_itself_is_proposed_its_reserved_time_again(plan, token, reserved) -> None:
    again = propose_cycle(plan=plan, now=NOW)[0]
    assert unseal(plan, again.token).slots == unseal(plan, token).slots


def test_booking_at_once_takes_the_place_of_ones_own_reservation(plan, token, reserved, reception_user) -> None:
    assert len(book_proposal(plan=plan, token=token, by=reception_user, now=NOW, key=uuid4())) == 4
    given_back = Appointment.objects.filter(status=Status.CANCELLED)
    assert {a.cancel_reason for a in given_back} == {CancelReason.GIVEN_BACK}
    assert (given_back.count(), Appointment.objects.filter(status=Status.BOOKED).count()) == (4, 4)


def test_a_colleague_does_not_book_what_is_reserved_for_the_same_plan(plan, token, reserved, colleague) -> None:
    with pytest.raises(SlotTaken, match="Ferri has reserved sittings of this plan until 07:10"):
        book_proposal(plan=plan, token=token, by=colleague, now=NOW)
    assert statuses() == {"reserved"}


def test_a_colleague_may_confirm(plan, key, reserved, colleague) -> None:
    confirm_reservation(plan=plan, key=key, by=colleague, now=NOW)
    assert {a.booked_by for a in Appointment.objects.all()} == {colleague}


def test_giving_back_frees_every_slot(plan, token, key, reserved, practitioner, room, reception_user) -> None:
    assert give_back(plan=plan, key=key, by=reception_user) == 4
    assert give_back(plan=plan, key=key, by=reception_user) == 0
    assert reserved_for(plan, NOW) is None
    take(unseal(plan, token).slots[1], practitioner, room, reception_user)
    with pytest.raises(SlotTaken, match="The reservation was given back"):
        confirm_reservation(plan=plan, key=key, by=reception_user, now=NOW)


def test_what_has_run_out_gives_way_and_cannot_be_confirmed(plan, key, reserved, practitioner, reception_user) -> None:
    with pytest.raises(SlotTaken, match="has run out"):
        confirm_reservation(plan=plan, key=key, by=reception_user, now=NOW + 10 * MINUTE)
    assert statuses() == {"reserved"}  # nothing written: the next booking writes that it ran out
    other = make_plan(make_patient("Conti"), plan.site, plan.approved_by, counts=[4], practitioner=practitioner)
    fresh = propose_cycle(plan=other, now=LATER)[0].token
    book_proposal(plan=other, token=fresh, by=reception_user, now=LATER)
    assert {a.cancel_reason for a in Appointment.objects.filter(sitting__plan=plan)} == {CancelReason.EXPIRED}
    with pytest.raises(SlotTaken, match="has run out"):
        confirm_reservation(plan=plan, key=key, by=reception_user, now=LATER)


def test_a_lost_hour_keeps_all_of_it_from_being_booked(plan, key, reserved, practitioner, reception_user) -> None:
    day = reserved[2].starts
    Absence.objects.create(practitioner=practitioner, starts=day - DAY / 2, ends=day + DAY / 2)
    with pytest.raises(SlotTaken, match="no longer offered"):
        confirm_reservation(plan=plan, key=key, by=reception_user, now=NOW)
    assert statuses() == {"reserved"}
    assert not plan.sittings.exclude(state=SittingState.DUE).exists()


def test_only_the_lost_slot_is_replaced(plan, token, reserved, practitioner) -> None:
    day = reserved[2].starts
    Absence.objects.create(practitioner=practitioner, starts=day - DAY / 2, ends=day + DAY / 2)
    was = unseal(plan, token).slots
    answer = replace_lost(plan=plan, reserved=reserved_for(plan, NOW), now=NOW)
    assert {number for number in was if answer.slots[number] != was[number]} == {3}
    sitting = plan.sittings.get(number=3)
    assert sitting.earliest <= answer.slots[3].day <= sitting.latest


def test_the_replacement_can_be_reserved_and_confirmed(plan, reserved, practitioner, reception_user) -> None:
    day = reserved[2].starts
    Absence.objects.create(practitioner=practitioner, starts=day - DAY / 2, ends=day + DAY / 2)
    answer = replace_lost(plan=plan, reserved=reserved_for(plan, NOW), now=NOW)
    fresh = uuid4()
    reserve_proposal(plan=plan, token=answer.token, by=reception_user, now=NOW, key=fresh)
    assert reserved_for(plan, NOW).slots == answer.slots
    assert len(confirm_reservation(plan=plan, key=fresh, by=reception_user, now=NOW)) == 4


def test_after_it_ran_out_only_what_somebody_took_is_replaced(
    plan, token, reserved, practitioner, room, reception_user
) -> None:
    was = unseal(plan, token).slots
    start = at(was[2].day, was[2].start // 60, was[2].start % 60)
    book_appointment(
        patient=make_patient("Conti"), kind="consultation", practitioner=practitioner, room=room, starts=start,
        minutes=15, by=reception_user, now=LATER,
    )  # fmt: skip
    answer = replace_lost(plan=plan, reserved=reserved_for(plan, LATER), now=LATER)
    assert {number for number in was if answer.slots[number] != was[number]} == {2}


def test_what_ran_out_and_is_still_free_is_offered_unchanged(plan, token, reserved) -> None:
    answer = replace_lost(plan=plan, reserved=reserved_for(plan, LATER), now=LATER)
    assert answer.slots == unseal(plan, token).slots


def test_when_the_rest_does_not_fit_around_what_is_free_all_of_it_is_sought_anew(plan, token, reserved) -> None:
    """The third sitting can only come so late that the fourth, whose slot is free, must follow it."""
    was = unseal(plan, token).slots
    second = was[2].day
    Absence.objects.create(
        practitioner=plan.practitioner, starts=at(second + 4 * DAY, 0), ends=at(second + 10 * DAY, 0)
    )
    answer = replace_lost(plan=plan, reserved=reserved_for(plan, NOW), now=NOW)
    assert answer.slots[3].day == second + 10 * DAY
    assert answer.slots[4].day > was[4].day


def test_a_plan_changed_since_is_not_confirmed(plan, key, reserved, reception_user) -> None:
    type(plan).objects.filter(pk=plan.pk).update(version=plan.version + 1)
    with pytest.raises(Stale, match="The plan has changed"):
        confirm_reservation(plan=plan, key=key, by=reception_user, now=NOW)
    assert statuses() == {"reserved"}


def test_a_paused_plan_is_not_confirmed(plan, key, reserved, reception_user) -> None:
    pause_plan(plan=plan)
    with pytest.raises(Refused, match="only an approved plan can be booked"):
        confirm_reservation(plan=plan, key=key, by=reception_user, now=NOW)


def test_a_reservation_of_which_one_was_cancelled_is_not_confirmed(plan, key, reserved, reception_user) -> None:
    cancel_appointment(appointment=reserved[1], reason="patient", by=reception_user, now=NOW)
    with pytest.raises(SlotTaken, match="Sitting 2 is no longer reserved"):
        confirm_reservation(plan=plan, key=key, by=reception_user, now=NOW)


def test_a_key_of_another_plan_confirms_nothing(plan, key, reserved, site, doctor_user, reception_user) -> None:
    other = make_plan(make_patient("Conti"), site, doctor_user, counts=[4])
    with pytest.raises(Refused, match="damaged or too old"):
        confirm_reservation(plan=other, key=key, by=reception_user, now=NOW)
    assert statuses() == {"reserved"}


def test_a_later_start_is_written_when_it_is_confirmed(plan, key, practitioner, reception_user) -> None:
    signed = propose_cycle(plan=plan, now=NOW, wishes=Wishes(later=7))[0]
    first = plan.sittings.get(number=1).ideal
    reserve_proposal(plan=plan, token=signed.token, by=reception_user, now=NOW, key=key)
    assert plan.sittings.get(number=1).ideal == first
    confirm_reservation(plan=plan, key=key, by=reception_user, now=NOW)
    assert plan.sittings.get(number=1).ideal == first + 7 * DAY


def test_reserved_time_is_not_moved(reserved, practitioner, room, reception_user) -> None:
    with pytest.raises(Refused, match="Only a booked appointment can be moved"):
        move_appointment(
            appointment=reserved[0], practitioner=practitioner, room=room, equipment=None, minutes=15,
            starts=reserved[0].starts + 60 * MINUTE, by=reception_user, now=NOW, version=1,
        )  # fmt: skip


def test_history_tells_who_reserved_and_who_confirmed(plan, key, reserved, reception_user, colleague) -> None:
    confirm_reservation(plan=plan, key=key, by=colleague, now=NOW)
    told = [(r.status, r.history_user) for r in reserved[0].history.order_by("history_id")]
    assert told == [("reserved", reception_user), ("booked", colleague)]


@pytest.mark.parametrize("act", ["reserve", "confirm", "give back"])
def test_as_many_queries_for_two_sittings_as_for_eight(act, site, practitioner, room, doctor_user) -> None:
    counts = []
    for surname, count in (("Due", 2), ("Otto", 8)):
        plan = make_plan(make_patient(surname), site, doctor_user, counts=[count], practitioner=practitioner)
        key, token = uuid4(), propose_cycle(plan=plan, now=NOW)[0].token
        if act != "reserve":
            reserve_proposal(plan=plan, token=token, by=doctor_user, now=NOW, key=key)
        with CaptureQueriesContext(connection) as queries:
            if act == "reserve":
                reserve_proposal(plan=plan, token=token, by=doctor_user, now=NOW, key=key)
            elif act == "confirm":
                confirm_reservation(plan=plan, key=key, by=doctor_user, now=NOW)
            else:
                give_back(plan=plan, key=key, by=doctor_user)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 30
