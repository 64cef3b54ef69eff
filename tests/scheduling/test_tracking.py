"""Every step of an appointment, allowed and refused, and what it does to the sitting and its plan."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from scheduling.models import CancelReason, PlanState, SittingState, Status
from scheduling.models.protocols import Follow
from scheduling.services import taking_back, tracking
from scheduling.services.booking import book, move_appointment
from scheduling.services.lines import Line
from scheduling.services.planning import stop_plan
from scheduling.services.proposing import propose_cycle, reserve_proposal
from scheduling.services.refusals import Refused, Stale
from tests.scheduling.booking_data import MONDAY, NOW, at, make_plan, occupy

pytestmark = pytest.mark.django_db

TEN = at(MONDAY, 10)
AFTER = at(MONDAY, 10, 30)
VERBS = {
    Status.ARRIVED: tracking.mark_arrived,
    Status.IN_TREATMENT: tracking.start_treatment,
    Status.COMPLETED: tracking.complete,
    Status.NO_SHOW: tracking.mark_no_show,
    Status.CANCELLED: lambda **given: tracking.cancel_appointment(reason="patient", by=None, **given),
}
PAIRS = [(before, after) for before in Status for after in VERBS]
LEGAL = [pair for pair in PAIRS if pair[1] in tracking.TRANSITIONS[pair[0]]]
ILLEGAL = [pair for pair in PAIRS if pair[1] not in tracking.TRANSITIONS[pair[0]]]


@pytest.fixture
def plan(patient, site, doctor_user, practitioner):
    return make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)


def book_sitting(plan, number, starts, practitioner, room, by):
    sitting = plan.sittings.get(number=number)
    line = Line(plan.patient, "sitting", practitioner, room, starts, 15, sitting)
    return book(lines=[line], by=by, now=NOW)[0]


@pytest.fixture
def booked(plan, practitioner, room, reception_user):
    """The first sitting of a weekly plan, booked for Monday at ten."""
    return book_sitting(plan, 1, TEN, practitioner, room, reception_user)


def given(appointment, now=AFTER):
    """The whole way from arrived to completed."""
    for verb in (tracking.mark_arrived, tracking.start_treatment, tracking.complete):
        appointment = verb(appointment=appointment, now=now)
    return appointment


def put(appointment, status):
    appointment.status = status
    appointment.save()
    return appointment


def test_the_table_lets_exactly_these_steps_through():
    assert set(LEGAL) == {
        (Status.RESERVED, Status.CANCELLED),
        (Status.BOOKED, Status.ARRIVED),
        (Status.BOOKED, Status.NO_SHOW),
        (Status.BOOKED, Status.CANCELLED),
        (Status.ARRIVED, Status.IN_TREATMENT),
        (Status.ARRIVED, Status.CANCELLED),
        (Status.IN_TREATMENT, Status.COMPLETED),
    }


@pytest.mark.parametrize(("before", "after"), LEGAL)
def test_a_step_of_the_table_is_made_and_written_to_the_history(booked, before, after):
    put(booked, before)
    done = VERBS[after](appointment=booked, now=AFTER)
    assert done.status == after
    assert done.version == booked.version + 1
    assert booked.history.first().status == after


@pytest.mark.parametrize(("before", "after"), ILLEGAL)
def test_a_step_outside_the_table_is_refused_with_a_sentence_and_changes_nothing(booked, before, after):
    put(booked, before)
    with pytest.raises(Refused) as refusal:
        VERBS[after](appointment=booked, now=AFTER)
    assert str(Status(before).label) in refusal.value.message
    assert refusal.value.message.endswith(".")
    booked.refresh_from_db()
    assert (booked.status, booked.version) == (before, 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Status.ARRIVED, Status.BOOKED),
        (Status.IN_TREATMENT, Status.ARRIVED),
    ],
)
def test_taking_back_leads_one_step_back_and_forgets_its_time(booked, before, after):
    for verb in (tracking.mark_arrived, tracking.start_treatment):
        booked = verb(appointment=booked, now=AFTER)
        if booked.status == before:
            break
    back = taking_back.step_back(appointment=booked, now=AFTER)
    assert back.status == after
    assert getattr(back, tracking.STAMPS[before]) is None


def test_taking_back_the_start_keeps_when_the_patient_arrived(booked):
    tracking.mark_arrived(appointment=booked, now=TEN)
    tracking.start_treatment(appointment=booked, now=AFTER)
    assert taking_back.step_back(appointment=booked, now=AFTER).arrived_at == TEN


@pytest.mark.parametrize("status", [Status.RESERVED, Status.BOOKED, Status.COMPLETED])
def test_what_was_not_a_press_of_the_day_cannot_be_taken_back(booked, status):
    put(booked, status)
    with pytest.raises(Refused, match="cannot be undone"):
        taking_back.step_back(appointment=booked, now=AFTER)


def test_each_step_writes_when_it_happened(booked):
    tracking.mark_arrived(appointment=booked, now=TEN)
    tracking.start_treatment(appointment=booked, now=TEN + timedelta(minutes=5))
    done = tracking.complete(appointment=booked, now=AFTER)
    assert (done.arrived_at, done.started_at, done.finished_at) == (TEN, TEN + timedelta(minutes=5), AFTER)


def test_nobody_arrives_before_the_day_of_the_appointment(booked):
    with pytest.raises(Refused, match="another day"):
        tracking.mark_arrived(appointment=booked, now=TEN - timedelta(days=1))


def test_the_day_is_that_of_the_site_not_of_the_server(plan, practitioner, room, reception_user, site):
    site.time_zone = "Asia/Tokyo"
    site.save()
    tokyo = book_sitting(plan, 1, at(MONDAY, 22), practitioner, room, reception_user)
    assert plan.sittings.get(number=1).booked == MONDAY + timedelta(days=1)
    given(tokyo, now=at(MONDAY, 22, 15))
    assert plan.sittings.get(number=1).given == MONDAY + timedelta(days=1)


def test_nobody_has_missed_what_has_not_begun(booked):
    with pytest.raises(Refused, match="not begun"):
        tracking.mark_no_show(appointment=booked, now=TEN - timedelta(minutes=1))


def test_a_second_press_of_the_same_button_does_nothing_more(booked):
    first = tracking.mark_arrived(appointment=booked, now=TEN, version=1)
    second = tracking.mark_arrived(appointment=booked, now=AFTER, version=1)
    assert (second.version, second.arrived_at) == (first.version, TEN)
    assert booked.history.count() == 2


def test_a_second_press_of_finish_leaves_the_plan_alone(booked, plan):
    tracking.mark_arrived(appointment=booked, now=TEN)
    tracking.start_treatment(appointment=booked, now=TEN)
    tracking.complete(appointment=booked, now=AFTER, version=3)
    plan.refresh_from_db()
    tracking.complete(appointment=booked, now=AFTER, version=3)
    assert plan.history.first().version == plan.version


def test_a_page_that_is_behind_is_told_so(booked):
    tracking.mark_arrived(appointment=booked, now=TEN, version=1)
    with pytest.raises(Stale):
        tracking.cancel_appointment(appointment=booked, reason="patient", by=None, now=TEN, version=1)
    booked.refresh_from_db()
    assert booked.status == Status.ARRIVED


def test_a_given_sitting_has_its_date_and_the_windows_after_it_count_from_it(plan, practitioner, room, reception_user):
    late = book_sitting(plan, 1, at(MONDAY + timedelta(days=2), 10), practitioner, room, reception_user)
    given(late, now=at(MONDAY + timedelta(days=2), 11))
    first, second = plan.sittings.order_by("number")[:2]
    wednesday = MONDAY + timedelta(days=2)
    assert (first.state, first.given, first.drift) == (SittingState.COMPLETED, wednesday, 2)
    assert second.ideal == MONDAY + timedelta(days=7)
    # weekly: two days early to three days late
    assert (second.earliest, second.latest) == (wednesday + timedelta(days=5), wednesday + timedelta(days=10))


def test_ideal_dates_shift_with_a_late_sitting_when_the_plan_says_so(plan, practitioner, room, reception_user):
    plan.follow = Follow.RE_ANCHOR
    plan.save()
    late = book_sitting(plan, 1, at(MONDAY + timedelta(days=2), 10), practitioner, room, reception_user)
    given(late, now=at(MONDAY + timedelta(days=2), 11))
    second, third = plan.sittings.order_by("number")[1:3]
    assert (second.ideal, third.ideal) == (MONDAY + timedelta(days=9), MONDAY + timedelta(days=16))


def test_the_pause_before_a_phase_stays_when_ideal_dates_shift(
    patient, site, doctor_user, practitioner, room, reception_user
):
    plan = make_plan(patient, site, doctor_user, counts=[8, 3], practitioner=practitioner, follow=Follow.RE_ANCHOR)
    plan.phases.filter(position=2).update(gap_every=3, gap_unit="week")
    late = book_sitting(plan, 1, at(MONDAY + timedelta(days=2), 10), practitioner, room, reception_user)
    given(late, now=at(MONDAY + timedelta(days=2), 11))
    last, recall = plan.sittings.order_by("number")[7:9]
    assert last.ideal == MONDAY + timedelta(days=2 + 7 * 7)
    assert recall.ideal == last.ideal + timedelta(days=21)


def test_the_first_given_sitting_starts_the_plan_and_the_last_one_completes_it(
    patient, site, doctor_user, practitioner, room, reception_user
):
    plan = make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)
    for number in range(1, 9):
        day = MONDAY + timedelta(days=7 * (number - 1))
        starts = at(day, 10)
        given(book_sitting(plan, number, starts, practitioner, room, reception_user), now=starts + timedelta(hours=1))
        plan.refresh_from_db()
        assert plan.state == (PlanState.COMPLETED if number == 8 else PlanState.RUNNING)


def test_recalls_go_on_ahead_of_the_one_that_was_given(plan, practitioner, room, reception_user):
    plan.phases.update(open_ended=True)
    given(book_sitting(plan, 1, TEN, practitioner, room, reception_user))
    ideals = plan.sittings.order_by("number").values_list("ideal", flat=True)
    assert len([ideal for ideal in ideals if ideal >= MONDAY]) == 12


def test_a_consultation_is_completed_without_any_sitting(practitioner, room, reception_user):
    done = given(occupy(practitioner, room, TEN, 30, reception_user))
    assert (done.status, done.sitting) == (Status.COMPLETED, None)


@pytest.mark.parametrize("status", [Status.NO_SHOW, Status.CANCELLED])
def test_a_sitting_that_did_not_take_place_is_due_again(booked, plan, status):
    VERBS[status](appointment=booked, now=AFTER)
    sitting = plan.sittings.get(number=1)
    assert (sitting.state, sitting.booked, sitting.given) == (SittingState.DUE, None, None)


def test_the_windows_after_a_missed_sitting_count_from_its_ideal_date_again(plan, practitioner, room, reception_user):
    thursday = at(MONDAY + timedelta(days=3), 10)
    booked = book_sitting(plan, 1, thursday, practitioner, room, reception_user)
    assert plan.sittings.get(number=2).earliest == date(2026, 12, 1)
    tracking.mark_no_show(appointment=booked, now=thursday + timedelta(minutes=10))
    assert plan.sittings.get(number=2).earliest == date(2026, 11, 28)


def test_a_no_show_taken_back_holds_its_sitting_again(booked, plan):
    tracking.mark_no_show(appointment=booked, now=AFTER)
    assert taking_back.step_back(appointment=booked, now=AFTER).status == Status.BOOKED
    sitting = plan.sittings.get(number=1)
    assert (sitting.state, sitting.booked) == (SittingState.BOOKED, MONDAY)


def test_a_no_show_stays_when_its_sitting_has_a_new_slot(booked, plan, practitioner, room, reception_user):
    tracking.mark_no_show(appointment=booked, now=AFTER)
    book_sitting(plan, 1, at(MONDAY + timedelta(days=1), 9), practitioner, room, reception_user)
    with pytest.raises(Refused, match="booked again"):
        taking_back.step_back(appointment=booked, now=AFTER)
    booked.refresh_from_db()
    assert booked.status == Status.NO_SHOW


def test_a_no_show_stays_when_the_next_sitting_has_since_moved_too_close_to_it(
    booked, plan, practitioner, room, reception_user
):
    after = book_sitting(plan, 2, at(MONDAY + timedelta(days=7), 10), practitioner, room, reception_user)
    tracking.mark_no_show(appointment=booked, now=AFTER)
    move_appointment(
        appointment=after,
        practitioner=practitioner,
        room=room,
        equipment=None,
        starts=at(MONDAY + timedelta(days=1), 10),
        minutes=15,
        by=reception_user,
        now=AFTER,
        version=1,
    )
    with pytest.raises(Refused, match="less than 4 days after the one before"):
        taking_back.step_back(appointment=booked, now=AFTER)
    assert plan.sittings.get(number=1).state == SittingState.DUE


def test_a_no_show_stays_while_its_sitting_is_reserved_and_comes_back_once_that_ran_out(booked, plan, reception_user):
    tracking.mark_no_show(appointment=booked, now=AFTER)
    plan.refresh_from_db()
    token = propose_cycle(plan=plan, now=AFTER)[0].token
    reserve_proposal(plan=plan, token=token, by=reception_user, now=AFTER, key=uuid4())
    with pytest.raises(Refused, match="reserved at another time"):
        taking_back.step_back(appointment=booked, now=AFTER)
    assert taking_back.step_back(appointment=booked, now=AFTER + timedelta(minutes=11)).status == Status.BOOKED


def test_a_no_show_stays_when_its_plan_has_been_stopped(booked, plan):
    tracking.mark_no_show(appointment=booked, now=AFTER)
    stop_plan(plan=plan, reason="moves abroad")
    with pytest.raises(Refused, match="The plan is stopped"):
        taking_back.step_back(appointment=booked, now=AFTER)
    assert plan.sittings.get(number=1).state == SittingState.DUE


def test_a_cancelled_slot_keeps_its_reason_and_is_free_for_somebody_else(booked, practitioner, room, reception_user):
    cancelled = tracking.cancel_appointment(
        appointment=booked, reason=CancelReason.ILLNESS, note=" flu ", by=reception_user, now=AFTER
    )
    assert (cancelled.cancel_reason, cancelled.cancel_note) == ("illness", "flu")
    assert booked.history.first().history_user == reception_user
    assert occupy(practitioner, room, TEN, 15, reception_user).status == Status.BOOKED


@pytest.mark.parametrize("reason", ["", "because"])
def test_cancelling_needs_a_reason_from_the_list(booked, reason, reception_user):
    with pytest.raises(Refused) as refusal:
        tracking.cancel_appointment(appointment=booked, reason=reason, by=reception_user, now=AFTER)
    assert refusal.value.field == "reason"
