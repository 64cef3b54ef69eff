"""The booking of a whole cycle undone as one act: for a day, and only what nobody has touched since."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.engine.terms import Slot
from scheduling.models import (
    Appointment,
    BusyMask,
    FreedSlot,
    LineState,
    PlanState,
    SittingState,
    Status,
    TreatmentPlan,
)
from scheduling.selectors.appointment_story import story_of
from scheduling.selectors.cycles import Wishes
from scheduling.selectors.patients import Kept, patient_page
from scheduling.services import taking_back, tracking
from scheduling.services.batches import book_next, make_batch
from scheduling.services.booking import book_cycle, move_appointment
from scheduling.services.busy_masks import wrong_masks
from scheduling.services.planning import pause_plan, resume_plan
from scheduling.services.proposing import book_proposal, propose_cycle, reserve_proposal
from scheduling.services.refusals import Refused, Stale
from scheduling.services.reserving import confirm_reservation
from scheduling.services.undoing import last_booking, undo_booking
from tests.scheduling.booking_data import NOW, make_patient, make_plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def plan(patient, site, practitioner, room, doctor_user) -> TreatmentPlan:
    """Eight weekly sittings, approved."""
    return make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)


def book(plan, by, wishes=None, now=NOW) -> list[Appointment]:
    """The first proposal of all that is due, booked by a press with a key."""
    fresh = TreatmentPlan.objects.select_related("patient", "site").get(pk=plan.pk)
    token = propose_cycle(plan=fresh, now=now, wishes=wishes)[0].token
    return book_proposal(plan=fresh, token=token, by=by, now=now, key=uuid4())


def undo(plan, booked, by, *, seen=None, now=NOW) -> int:
    key = booked[0].booking.key
    return undo_booking(plan=plan, key=key, seen=len(booked) if seen is None else seen, by=by, now=now)


def state(plan) -> str:
    return TreatmentPlan.objects.get(pk=plan.pk).state


def dates(plan) -> list[tuple]:
    """What a booking changes of a plan's sittings."""
    return list(plan.sittings.order_by("number").values_list("state", "booked", "ideal", "earliest", "latest"))


def move_a_day(appointment, by) -> Appointment:
    return move_appointment(
        appointment=appointment, practitioner=appointment.practitioner, room=appointment.room, equipment=None,
        starts=appointment.starts + DAY, minutes=15, by=by, now=NOW, version=appointment.version,
    )  # fmt: skip


def test_all_of_it_is_cancelled_as_a_mistake_and_the_plan_is_as_it_was(plan, reception_user, doctor_user) -> None:
    before = dates(plan)
    booked = book(plan, reception_user)
    assert state(plan) == PlanState.RUNNING
    assert undo(plan, booked, doctor_user) == 8
    assert set(Appointment.objects.values_list("status", "cancel_reason")) == {("cancelled", "mistake")}
    assert (dates(plan), state(plan)) == (before, PlanState.APPROVED)
    told = story_of(Appointment.objects.first())[0]
    assert told.who == str(doctor_user)
    assert told.what.endswith("booked by mistake")
    assert len(book(plan, reception_user)) == 8


def test_what_was_confirmed_after_a_look_is_undone_the_same_way(plan, reception_user) -> None:
    key = uuid4()
    token = propose_cycle(plan=plan, now=NOW)[0].token
    reserve_proposal(plan=plan, token=token, by=reception_user, now=NOW, key=key)
    assert last_booking(plan, NOW) is None
    confirm_reservation(plan=plan, key=key, by=reception_user, now=NOW)
    found = last_booking(plan, NOW)
    assert (found.booking.key, found.count, found.of) == (key, 8, 8)
    assert undo_booking(plan=plan, key=key, seen=8, by=reception_user, now=NOW) == 8
    assert state(plan) == PlanState.APPROVED


@pytest.mark.parametrize("reserved_first", [False, True])
def test_a_later_start_that_came_with_it_goes_with_it(plan, reception_user, reserved_first) -> None:
    before = dates(plan)
    key = uuid4()
    token = propose_cycle(plan=plan, now=NOW, wishes=Wishes(later=7))[0].token
    if reserved_first:
        reserve_proposal(plan=plan, token=token, by=reception_user, now=NOW, key=key)
        confirm_reservation(plan=plan, key=key, by=reception_user, now=NOW)
    else:
        book_proposal(plan=plan, token=token, by=reception_user, now=NOW, key=key)
    assert plan.sittings.get(number=1).ideal == before[0][2] + 7 * DAY
    undo_booking(plan=plan, key=key, seen=8, by=reception_user, now=NOW)
    assert dates(plan) == before


def test_the_rest_of_a_cycle_is_undone_and_what_was_booked_before_stays(plan, reception_user) -> None:
    first = book(plan, reception_user, Wishes(leave=frozenset({6, 7, 8})))
    before = dates(plan)
    rest = book(plan, reception_user)
    assert undo(plan, rest, reception_user) == 3
    assert (dates(plan), state(plan)) == (before, PlanState.RUNNING)
    found = last_booking(plan, NOW)
    assert found.booking == first[0].booking


def test_each_slot_is_kept_for_those_who_wait_and_free_in_the_diary(plan, reception_user) -> None:
    booked = book(plan, reception_user)
    undo(plan, booked, reception_user)
    assert set(FreedSlot.objects.values_list("appointment", "starts")) == {(row.pk, row.starts) for row in booked}
    assert BusyMask.objects.exists()
    assert list(wrong_masks()) == []


def test_it_does_not_count_against_the_patient(plan, reception_user) -> None:
    undo(plan, book(plan, reception_user), reception_user)
    assert patient_page(plan.patient, NOW).kept == Kept(0, 0, 0)


def test_a_second_press_finds_it_undone_and_changes_nothing(plan, reception_user) -> None:
    booked = book(plan, reception_user)
    undo(plan, booked, reception_user)
    again = book(plan, reception_user)
    assert undo(plan, booked, reception_user) == 0
    assert plan.sittings.filter(state=SittingState.BOOKED).count() == len(again)


def test_nothing_is_undone_when_a_colleague_has_moved_one_until_that_was_seen(
    plan, reception_user, doctor_user
) -> None:
    booked = book(plan, reception_user)
    moved = move_a_day(booked[3], doctor_user)
    with pytest.raises(Stale, match="nothing was undone"):
        undo(plan, booked, reception_user)
    assert plan.sittings.filter(state=SittingState.BOOKED).count() == 8
    found = last_booking(plan, NOW)
    assert (found.count, found.of) == (7, 8)
    assert undo(plan, booked, reception_user, seen=7) == 7
    moved.refresh_from_db()
    assert moved.status == Status.BOOKED
    assert state(plan) == PlanState.RUNNING


def test_what_was_received_or_cancelled_since_stays_as_it_is(plan, reception_user) -> None:
    booked = book(plan, reception_user)
    here = tracking.mark_arrived(appointment=booked[0], now=booked[0].starts)
    gone = tracking.cancel_appointment(appointment=booked[1], reason="patient", by=reception_user, now=NOW)
    with pytest.raises(Stale):
        undo(plan, booked, reception_user)
    assert undo(plan, booked, reception_user, seen=6) == 6
    here.refresh_from_db()
    gone.refresh_from_db()
    assert (here.status, gone.cancel_reason) == (Status.ARRIVED, "patient")
    assert last_booking(plan, NOW) is None


def test_nothing_is_left_to_undo_once_all_of_it_was_changed(plan, reception_user) -> None:
    booked = book(plan, reception_user)
    for row in booked:
        tracking.cancel_appointment(appointment=row, reason="patient", by=reception_user, now=NOW)
    with pytest.raises(Refused, match="since"):
        undo(plan, booked, reception_user)


def test_it_can_be_undone_for_a_day(plan, reception_user) -> None:
    booked = book(plan, reception_user)
    late = NOW + DAY
    assert last_booking(plan, late - MINUTE)
    assert last_booking(plan, late) is None
    with pytest.raises(Refused, match="more than a day ago"):
        undo(plan, booked, reception_user, now=late)
    assert undo(plan, booked, reception_user, now=late - MINUTE) == 8


def test_the_booking_of_another_plan_is_not_undone_from_this_one(plan, site, doctor_user, reception_user) -> None:
    booked = book(plan, reception_user)
    other = make_plan(make_patient("Conti"), site, doctor_user, counts=[3])
    with pytest.raises(Refused, match="damaged"):
        undo(other, booked, reception_user)


def test_a_sitting_booked_alone_is_not_offered_as_a_cycle(plan, reception_user) -> None:
    book(plan, reception_user, Wishes(leave=frozenset(range(2, 9))))
    assert last_booking(plan, NOW) is None


def test_a_plan_that_rests_by_now_still_rests_and_goes_on_as_approved(plan, reception_user) -> None:
    booked = book(plan, reception_user)
    pause_plan(plan=plan)
    undo(plan, booked, reception_user)
    assert state(plan) == PlanState.PAUSED
    resume_plan(plan=plan)
    assert state(plan) == PlanState.APPROVED


def test_a_line_of_a_batch_says_so(plan, reception_user) -> None:
    batch = make_batch(plans=[plan], key=uuid4(), by=reception_user, now=NOW)
    (line,) = book_next(batch=batch, by=reception_user, now=NOW)
    assert undo_booking(plan=plan, key=line.key, seen=8, by=reception_user, now=NOW) == 8
    line.refresh_from_db()
    assert line.state == LineState.TAKEN_BACK


def test_one_of_them_that_comes_back_lets_the_plan_run_again(plan, reception_user) -> None:
    undo(plan, book(plan, reception_user), reception_user)
    taking_back.step_back(appointment=Appointment.objects.earliest("starts"), now=NOW)
    assert state(plan) == PlanState.RUNNING
    assert plan.sittings.filter(state=SittingState.BOOKED).count() == 1


def test_one_sitting_cancelled_as_a_mistake_lets_the_plan_be_approved_only(plan, reception_user) -> None:
    (only,) = book(plan, reception_user, Wishes(leave=frozenset(range(2, 9))))
    tracking.cancel_appointment(appointment=only, reason="mistake", by=reception_user, now=NOW)
    assert state(plan) == PlanState.APPROVED


def test_what_the_same_page_would_book_again_by_going_back_is_refused(plan, reception_user) -> None:
    token, key = propose_cycle(plan=plan, now=NOW)[0].token, uuid4()
    booked = book_proposal(plan=plan, token=token, by=reception_user, now=NOW, key=key)
    assert book_proposal(plan=plan, token=token, by=reception_user, now=NOW, key=key) == booked
    undo(plan, booked, reception_user)
    with pytest.raises(Stale, match="cancelled since"):
        book_proposal(plan=plan, token=token, by=reception_user, now=NOW, key=key)


def test_eight_sittings_and_twenty_eight_cost_the_same_questions(
    site, practitioner, room, doctor_user, reception_user
) -> None:
    costs = []
    for surname, count, hour in (("Conti", 8, 10), ("Riva", 28, 11)):
        plan = make_plan(make_patient(surname), site, doctor_user, counts=[count], practitioner=practitioner)
        slots = {
            sitting.number: Slot(sitting.ideal + DAY, hour * 60, 15, practitioner.pk, room.pk, None)
            for sitting in plan.sittings.all()
        }
        booked = book_cycle(plan=plan, slots=slots, by=reception_user, now=NOW, key=uuid4())
        with CaptureQueriesContext(connection) as looked:
            assert last_booking(plan, NOW).count == count
        with CaptureQueriesContext(connection) as undone:
            assert undo(plan, booked, reception_user) == count
        costs.append((len(looked), len(undone)))
    assert costs[0] == costs[1]
    assert costs[0][0] == 1
