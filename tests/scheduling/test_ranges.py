"""A doctor settles a phase with a range near its end: stop, go on, start the recalls."""

from datetime import timedelta
from uuid import uuid4

import pytest

from scheduling.models import Appointment, CancelReason, PlanState, RangeDecision, Sitting, SittingState
from scheduling.models.protocols import Follow
from scheduling.selectors.plan_history import plan_history
from scheduling.selectors.ranges import open_range, ranges_to_decide
from scheduling.services import tracking
from scheduling.services.planning import pause_plan
from scheduling.services.proposing import book_proposal, propose_cycle, reserve_proposal
from scheduling.services.ranges import go_on, start_recalls, stop_after
from scheduling.services.refusals import Refused, Stale
from tests.scheduling.booking_data import NOW, make_plan
from tests.scheduling.ranged import give, given_up_to

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)
CYCLE, RECALLS = 8, 3


@pytest.fixture
def plan(patient, site, doctor_user, practitioner, room):
    """Eight weekly sittings of 8 to 15, then three monthly recalls; nothing booked."""
    return make_plan(patient, site, doctor_user, counts=[CYCLE, RECALLS], practitioner=practitioner)


@pytest.fixture
def near(plan, reception_user):
    """When six of the eight were given; nothing more is booked."""
    return given_up_to(plan, 6, reception_user)


def sittings(plan):
    return list(plan.sittings.select_related("phase").order_by("number"))


def numbers(plan):
    return [sitting.number for sitting in sittings(plan)]


def counts(plan):
    return list(plan.phases.values_list("count", flat=True))


def asked(plan):
    return ranges_to_decide().filter(plan=plan).exists()


# When it is asked.


def test_the_doctor_is_asked_when_two_of_the_range_are_left(plan, reception_user):
    given_up_to(plan, 5, reception_user, booked=8)
    assert not asked(plan)
    give(Appointment.objects.get(sitting__plan=plan, sitting__number=6))
    assert asked(plan)
    about = open_range(plan)
    assert (about.given, about.planned, about.fewest, about.most, about.asked) == (6, 8, 8, 15, True)


def test_it_is_asked_until_a_recall_is_given(plan, reception_user):
    given_up_to(plan, 8, reception_user, booked=9)
    assert asked(plan)
    give(Appointment.objects.get(sitting__plan=plan, sitting__number=9))
    assert not asked(plan)
    assert open_range(plan) is None


def test_a_phase_without_a_range_is_not_asked_about(patient, site, doctor_user, practitioner, room, reception_user):
    plan = make_plan(patient, site, doctor_user, key="cellulite-three-phase", counts=[6], practitioner=practitioner)
    given_up_to(plan, 5, reception_user)
    assert open_range(plan) is None


def test_a_range_used_up_is_not_asked_about_but_can_be_decided(
    patient, site, doctor_user, practitioner, room, reception_user
):
    plan = make_plan(patient, site, doctor_user, counts=[15, 3], practitioner=practitioner)
    given_up_to(plan, 13, reception_user)
    assert not asked(plan)
    assert open_range(plan) is not None


def test_a_resting_plan_is_asked_about_and_a_completed_one_is_not(
    patient, site, doctor_user, practitioner, room, reception_user
):
    plan = make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)
    given_up_to(plan, 7, reception_user, booked=8)
    pause_plan(plan=plan)
    assert asked(plan)
    give(Appointment.objects.get(sitting__plan=plan, sitting__number=8))
    plan.refresh_from_db()
    assert (plan.state, asked(plan)) == (PlanState.COMPLETED, False)


# Going on.


def test_going_on_adds_the_difference_before_the_recalls(plan, near, doctor_user):
    before = sittings(plan)
    go_on(plan=plan, count=12, by=doctor_user, now=near, version=plan.version)
    after = sittings(plan)
    assert [row.number for row in after] == list(range(1, 16))
    assert counts(plan) == [12, RECALLS]
    assert [row.pk for row in after[:8]] == [row.pk for row in before[:8]]
    assert [row.pk for row in after[12:]] == [row.pk for row in before[8:]]
    assert [row.ideal - before[7].ideal for row in after[8:12]] == [n * WEEK for n in range(1, 5)]
    assert after[12].ideal > before[8].ideal
    assert all(row.earliest <= row.ideal <= row.latest for row in after[8:])


def test_the_difference_is_booked_by_the_same_engine_and_nothing_else_moves(
    patient, site, doctor_user, practitioner, room, reception_user
):
    plan = make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)
    now = given_up_to(plan, 7, reception_user, booked=8)
    stood = set(Appointment.objects.values_list("pk", "starts"))
    go_on(plan=plan, count=12, by=doctor_user, now=now)
    plan.refresh_from_db()
    best = propose_cycle(plan=plan, now=now)[0]
    assert best.numbers == (9, 10, 11, 12)
    book_proposal(plan=plan, token=best.token, by=reception_user, now=now)
    assert stood < set(Appointment.objects.values_list("pk", "starts"))
    assert all(row.earliest <= row.booked <= row.latest for row in sittings(plan)[8:])


def test_going_on_is_asked_about_again_near_the_new_end_only(plan, near, doctor_user, reception_user):
    go_on(plan=plan, count=9, by=doctor_user, now=near)
    assert not asked(plan)
    plan.refresh_from_db()
    best = propose_cycle(plan=plan, now=near)[0]
    seventh = book_proposal(plan=plan, token=best.token, by=reception_user, now=near)[0]
    give(seventh)
    assert asked(plan)


def test_confirming_the_count_changes_no_date(plan, near, doctor_user):
    before = [(row.pk, row.ideal, row.earliest, row.latest) for row in sittings(plan)]
    go_on(plan=plan, count=8, by=doctor_user, now=near)
    assert [(row.pk, row.ideal, row.earliest, row.latest) for row in sittings(plan)] == before
    assert not asked(plan)


def test_going_on_to_fewer_leaves_the_rest_out(plan, near, doctor_user):
    go_on(plan=plan, count=7, by=doctor_user, now=near, reason="Better already")
    assert numbers(plan) == list(range(1, 11))
    assert counts(plan) == [7, RECALLS]


@pytest.mark.parametrize("count", [7, 16])
def test_leaving_the_range_needs_the_doctors_reason(plan, near, doctor_user, count):
    with pytest.raises(Refused, match=r"the source says 8-15 sittings\. Write the doctor's reason") as refused:
        go_on(plan=plan, count=count, by=doctor_user, now=near)
    assert refused.value.field == "reason"
    go_on(plan=plan, count=count, by=doctor_user, now=near, reason="Slow to answer")
    assert RangeDecision.objects.get().reason == "Slow to answer"


def test_a_completed_plan_goes_on(patient, site, doctor_user, practitioner, room, reception_user):
    plan = make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)
    now = given_up_to(plan, 8, reception_user)
    assert plan.state == PlanState.COMPLETED
    with pytest.raises(Refused, match="only go on"):
        stop_after(plan=plan, count=8, by=doctor_user, now=now)
    go_on(plan=plan, count=10, by=doctor_user, now=now)
    plan.refresh_from_db()
    assert (plan.state, len(propose_cycle(plan=plan, now=now)[0].numbers)) == (PlanState.RUNNING, 2)


def test_where_dates_shift_the_new_ones_follow_the_day_given_last(
    patient, site, doctor_user, practitioner, room, reception_user
):
    plan = make_plan(patient, site, doctor_user, counts=[8, 3], practitioner=practitioner, follow=Follow.RE_ANCHOR)
    now = given_up_to(plan, 8, reception_user)
    go_on(plan=plan, count=10, by=doctor_user, now=now)
    rows = sittings(plan)
    assert [row.ideal for row in rows[8:10]] == [rows[7].given + WEEK, rows[7].given + 2 * WEEK]


# Stopping.


def test_stopping_leaves_out_the_rest_and_the_recalls(plan, near, doctor_user):
    stop_after(plan=plan, count=7, by=doctor_user, now=near, reason="Free of pain")
    assert numbers(plan) == list(range(1, 8))
    assert counts(plan) == [7, 0]
    plan.refresh_from_db()
    assert plan.state == PlanState.RUNNING
    assert not asked(plan)


def test_stopping_after_what_was_given_completes_the_plan(plan, reception_user, doctor_user):
    now = given_up_to(plan, 8, reception_user)
    stop_after(plan=plan, count=8, by=doctor_user, now=now)
    plan.refresh_from_db()
    assert plan.state == PlanState.COMPLETED


def test_a_sitting_with_a_past_stays_as_skipped(plan, reception_user, doctor_user):
    now = given_up_to(plan, 6, reception_user, booked=7)
    seventh = Appointment.objects.get(sitting__plan=plan, sitting__number=7)
    tracking.cancel_appointment(appointment=seventh, reason=CancelReason.PATIENT, by=reception_user, now=now)
    stop_after(plan=plan, count=6, by=doctor_user, now=now, reason="Free of pain")
    last = sittings(plan)[-1]
    assert (last.number, last.state, last.skip_reason) == (7, SittingState.SKIPPED, "Free of pain")
    assert numbers(plan) == list(range(1, 8))
    plan.refresh_from_db()
    assert plan.state == PlanState.COMPLETED


def test_a_stopped_range_can_still_go_on(plan, near, doctor_user):
    stop_after(plan=plan, count=6, by=doctor_user, now=near, reason="Free of pain")
    go_on(plan=plan, count=9, by=doctor_user, now=near, reason="It came back")
    assert numbers(plan) == list(range(1, 10))
    plan.refresh_from_db()
    assert plan.state == PlanState.RUNNING


@pytest.mark.parametrize(("count", "sentence"), [(5, "6 sittings are given already"), (9, "choose to go on")])
def test_stopping_needs_a_count_between_what_is_given_and_what_is_planned(plan, near, doctor_user, count, sentence):
    with pytest.raises(Refused, match=sentence):
        stop_after(plan=plan, count=count, by=doctor_user, now=near, reason="x")


# Starting the recalls.


def test_the_recalls_start_from_the_last_sitting_given(plan, near, doctor_user):
    recall = sittings(plan)[8]
    start_recalls(plan=plan, by=doctor_user, now=near, reason="Stable")
    rows = sittings(plan)
    assert [row.number for row in rows] == list(range(1, 10))
    assert rows[6].pk == recall.pk
    assert (rows[6].ideal - rows[5].given).days in (28, 29, 30, 31)
    assert (rows[6].earliest, rows[6].latest) == (
        rows[6].ideal - timedelta(days=5),
        rows[6].ideal + timedelta(days=7),
    )
    assert not asked(plan)


def test_open_ended_recalls_keep_twelve_ahead_when_they_start_early(
    patient, site, doctor_user, practitioner, room, reception_user
):
    plan = make_plan(patient, site, doctor_user, counts=[8, 12], practitioner=practitioner)
    plan.phases.filter(position=2).update(open_ended=True)
    now = given_up_to(plan, 7, reception_user)
    start_recalls(plan=plan, by=doctor_user, now=now, reason="Stable")
    assert plan.sittings.filter(phase__position=2, ideal__gte=now.date()).count() == 12
    assert numbers(plan) == list(range(1, 20))


def test_a_plan_without_recalls_has_none_to_start(patient, site, doctor_user, practitioner, room, reception_user):
    plan = make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)
    now = given_up_to(plan, 6, reception_user)
    with pytest.raises(Refused, match="no recalls to start"):
        start_recalls(plan=plan, by=doctor_user, now=now, reason="x")


# What stands in the way.


def test_booked_sittings_that_would_be_left_out_are_cancelled_first(plan, reception_user, doctor_user):
    now = given_up_to(plan, 6, reception_user, booked=8)
    with pytest.raises(Refused, match=r"would be left out: sitting 7 \(.*\), sitting 8"):
        stop_after(plan=plan, count=6, by=doctor_user, now=now, reason="x")
    assert numbers(plan) == list(range(1, 12))


def test_booked_recalls_that_would_have_to_move_are_named(plan, reception_user, doctor_user):
    now = given_up_to(plan, 6, reception_user, booked=10)
    before = [(row.number, row.ideal) for row in sittings(plan)]
    with pytest.raises(Refused, match=r"would have to move: sitting 9 \(.*\), sitting 10 \("):
        go_on(plan=plan, count=12, by=doctor_user, now=now)
    assert [(row.number, row.ideal) for row in sittings(plan)] == before
    assert not RangeDecision.objects.exists()


def test_reserved_sittings_are_confirmed_or_given_back_first(plan, near, reception_user, doctor_user):
    best = propose_cycle(plan=plan, now=near)[0]
    reserve_proposal(plan=plan, token=best.token, key=uuid4(), by=reception_user, now=near)
    with pytest.raises(Refused, match="Ferri has reserved"):
        go_on(plan=plan, count=12, by=doctor_user, now=near)


def test_a_plan_changed_meanwhile_is_not_touched(plan, near, doctor_user):
    with pytest.raises(Stale):
        go_on(plan=plan, count=12, by=doctor_user, now=near, version=plan.version + 1)
    assert len(numbers(plan)) == CYCLE + RECALLS


def test_a_plan_of_which_nothing_was_given_has_nothing_to_decide(plan, doctor_user):
    with pytest.raises(Refused, match="nothing to decide"):
        go_on(plan=plan, count=12, by=doctor_user, now=NOW)


def test_a_decision_is_corrected_at_any_time(plan, near, doctor_user):
    go_on(plan=plan, count=15, by=doctor_user, now=near)
    assert not asked(plan)
    go_on(plan=plan, count=10, by=doctor_user, now=near)
    assert counts(plan) == [10, RECALLS]


# What remains of it.


def test_the_decision_is_remembered_and_told(plan, near, doctor_user):
    go_on(plan=plan, count=12, by=doctor_user, now=near)
    kept = RangeDecision.objects.get()
    assert (kept.choice, kept.count_before, kept.count, kept.given, kept.decided_by) == (
        "go-on", 8, 12, 6, doctor_user,
    )  # fmt: skip
    first = plan_history(plan)[0]
    assert (first.what, first.who) == ("Decided to go on to 12 sittings (8 before)", str(doctor_user))


def test_renumbered_and_deleted_sittings_keep_their_history(plan, near, doctor_user):
    recall = sittings(plan)[8]
    go_on(plan=plan, count=10, by=doctor_user, now=near)
    assert set(recall.history.values_list("number", flat=True)) == {9, 11}
    plan.refresh_from_db()
    stop_after(plan=plan, count=8, by=doctor_user, now=near)
    assert Sitting.history.filter(id=recall.pk).latest().history_type == "-"
