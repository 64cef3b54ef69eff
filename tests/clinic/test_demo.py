"""The demo clinic: complete, consistent, and safe to ask for twice."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Count
from django.utils import timezone

from clinic.management.commands.demo import fill
from clinic.models import User
from patients.models import Patient
from scheduling.models import (
    Answer,
    Appointment,
    BatchLine,
    BookingWeights,
    ExtraHours,
    Kind,
    LineState,
    PlanState,
    PopularHours,
    Practitioner,
    Room,
    Site,
    Sitting,
    SittingState,
    SlotOffer,
    Status,
    TreatmentPlan,
)
from scheduling.models.recalls import Outcome
from scheduling.models.weighing import DEFAULTS
from scheduling.selectors.board_rows import read_lost
from scheduling.selectors.freed import freed_list
from scheduling.selectors.needs import needs_of
from scheduling.selectors.recalls import recall_rows, recalls
from scheduling.selectors.slot_offers import open_offers
from scheduling.selectors.waiting import waiting_rows
from scheduling.services.proposing import propose_cycle
from tests.clinic.test_demo_today import board_now

pytestmark = pytest.mark.django_db

MONDAY_MORNING = datetime(2026, 11, 23, 9, 40, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """One demo for all the tests of this module, taken away again by hand: it takes seconds to make."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        fill(MONDAY_MORNING)
        yield
        transaction.set_rollback(True)


def test_the_clinic_has_the_people_rooms_and_patients_that_were_promised(demo):
    assert Practitioner.objects.count() >= 5
    assert Room.objects.count() >= 4
    assert Patient.objects.count() == 120


def test_sixty_plans_are_running_over_all_five_protocols(demo):
    running = TreatmentPlan.objects.filter(state=PlanState.RUNNING)
    assert running.count() >= 60
    assert running.values("protocol__key").distinct().count() == 5


def test_there_is_a_plan_in_every_state(demo):
    assert set(TreatmentPlan.objects.values_list("state", flat=True)) == set(PlanState.values)


def test_past_sittings_were_given_with_drift_and_some_were_missed_or_cancelled(demo):
    drifts = {sitting.drift for sitting in Sitting.objects.exclude(given=None)}
    assert {-1, 0, 1} <= drifts
    statuses = dict(Appointment.objects.values_list("status").annotate(Count("pk")))
    assert statuses[Status.NO_SHOW] >= 5
    assert statuses[Status.CANCELLED] >= 5


def test_no_appointment_that_should_have_begun_is_still_only_booked(demo):
    assert not Appointment.objects.filter(starts__lt=MONDAY_MORNING, status=Status.BOOKED).exists()


def test_today_is_busy_and_shows_every_stage_of_a_visit(demo):
    today = timezone.localdate(MONDAY_MORNING)
    statuses = list(Appointment.objects.filter(starts__date=today).values_list("status", flat=True))
    assert len(statuses) >= 30
    assert {Status.BOOKED, Status.ARRIVED, Status.COMPLETED} <= set(statuses)


def test_on_the_board_somebody_waits_somebody_is_treated_and_somebody_runs_late(demo):
    board = board_now(MONDAY_MORNING)
    assert {"arrived", "treatment"} <= {css for css, *_words in board.pills}
    assert board.in_use
    assert any(lane.late for lane in board.lanes)


def test_needs_you_has_every_kind_of_line(demo):
    site = Site.objects.get()
    today = timezone.localdate(MONDAY_MORNING)
    lost = read_lost(site, today, MONDAY_MORNING)
    needs = {kind.key: kind for kind in needs_of(site, today, MONDAY_MORNING, lost, approves=True)}
    assert needs.keys() == {"overtaken", "freed", "missed", "closing", "approval", "unbooked"}
    assert needs["overtaken"].count <= 8


def test_a_window_that_closed_was_not_left_lying_for_weeks(demo):
    due = Sitting.objects.filter(state=SittingState.DUE, plan__state__in=TreatmentPlan.BOOKABLE)
    assert not due.filter(latest__lt=MONDAY_MORNING - timedelta(days=21)).exists()


def test_the_waiting_list_has_a_running_offer_every_answer_and_a_slot_with_candidates(demo):
    site = Site.objects.get()
    waiting = waiting_rows(site, MONDAY_MORNING)
    assert len(waiting) >= 5
    assert open_offers(MONDAY_MORNING).count() == 1
    assert set(SlotOffer.objects.exclude(answer="").values_list("answer", flat=True)) == set(Answer.values)
    assert any(row.fits for row in freed_list(site, MONDAY_MORNING, waiting).rows if row.offer is None)


def test_recalls_were_attempted_put_off_and_forbidden(demo):
    rows = recall_rows(recalls(today=timezone.localdate(MONDAY_MORNING)), timezone.localdate(MONDAY_MORNING))
    assert len(rows) >= 6
    assert {Outcome.NO_ANSWER, Outcome.LATER} <= {row.last.outcome for row in rows if row.last}
    assert any(row.call_now for row in rows)
    assert any(row.last and row.last.next_on and not row.call_now for row in rows)
    assert any(row.not_to_contact for row in rows)
    assert any(row.what == "cycle to be repeated" for row in rows)


def test_every_kind_of_visit_is_booked_in_the_coming_days(demo):
    soon = MONDAY_MORNING + timedelta(days=1), MONDAY_MORNING + timedelta(days=14)
    kinds = set(Appointment.objects.filter(starts__range=soon).values_list("kind", flat=True))
    assert kinds == set(Kind.values)


def test_a_batch_was_run_and_one_of_its_plans_could_not_be_placed(demo):
    states = list(BatchLine.objects.values_list("state", flat=True))
    assert states.count(LineState.BOOKED) >= 2
    assert "not available" in BatchLine.objects.get(state=LineState.NOT_PLACED).why


def test_two_years_of_sittings_wait_to_be_booked_in_one_step_and_fit_in_three_ways(demo):
    waiting = TreatmentPlan.objects.filter(state=PlanState.APPROVED).annotate(length=Count("sittings"))
    longest = waiting.latest("length", "pk")
    assert longest.length == 28
    answer = propose_cycle(plan=longest, now=MONDAY_MORNING)
    assert isinstance(answer, tuple)
    assert len(answer) == 3


def test_the_site_has_popular_hours_weights_and_extra_hours_to_come(demo):
    assert PopularHours.objects.exists()
    assert BookingWeights.objects.get().change_of_practitioner != DEFAULTS.change_of_practitioner
    assert ExtraHours.objects.filter(day__gt=timezone.localdate(MONDAY_MORNING)).exists()


def test_nobody_is_treated_on_a_sunday_or_while_the_practitioner_does_not_work(demo):
    assert not Appointment.objects.active().filter(starts__iso_week_day=7).exists()
    zone = Site.objects.get().zone
    assert all(8 <= row.starts.astimezone(zone).hour < 19 for row in Appointment.objects.all())


def test_history_tells_when_things_happened_not_when_the_demo_was_made(demo):
    oldest = TreatmentPlan.history.order_by("history_date").first()
    assert oldest.history_date < MONDAY_MORNING.replace(month=9)


def test_every_login_has_the_role_it_is_printed_with(demo):
    roles = {user.username: set(user.groups.values_list("name", flat=True)) for user in User.objects.all()}
    assert roles["reception"] == {"reception"}
    assert roles["doctor"] == {"doctor"}
    assert roles["admin"] == {"administrator"}


def test_asking_for_the_demo_twice_changes_nothing_and_prints_the_logins_again(demo, settings):
    settings.DEBUG = True
    before = Appointment.objects.count()
    out = StringIO()
    call_command("demo", stdout=out)
    assert "nothing was changed" in out.getvalue()
    assert "cadenza-demo" in out.getvalue()
    assert Appointment.objects.count() == before
