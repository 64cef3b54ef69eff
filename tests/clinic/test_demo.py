"""The demo clinic: complete, consistent, and safe to ask for twice."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Count
from django.utils import timezone

from clinic.management.commands.demo import fill
from clinic.models import User
from patients.models import Patient
from scheduling.models import Appointment, PlanState, Practitioner, Room, Sitting, Status, TreatmentPlan

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
