"""What was cancelled by mistake comes back, for a day and only while its time is free."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from scheduling.models import Absence, Appointment, SittingState, Status
from scheduling.selectors.appointment_story import story_of
from scheduling.services import taking_back, tracking
from scheduling.services.booking import book_appointment
from scheduling.services.planning import stop_plan
from scheduling.services.proposing import propose_cycle, reserve_proposal
from scheduling.services.refusals import Refused, SlotTaken, Stale
from scheduling.services.reserving import give_back
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

TEN = at(MONDAY, 10)
DAY = timedelta(days=1)


@pytest.fixture
def plan(patient, site, doctor_user, practitioner):
    return make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)


@pytest.fixture
def sitting(plan, practitioner, room, reception_user) -> Appointment:
    """The first sitting of a weekly plan, on Monday at ten."""
    return book_appointment(
        patient=plan.patient, kind="sitting", sitting=plan.sittings.get(number=1), practitioner=practitioner, room=room,
        starts=TEN, minutes=15, by=reception_user, now=NOW,
    )  # fmt: skip


@pytest.fixture
def cancelled(sitting, reception_user) -> Appointment:
    return tracking.cancel_appointment(appointment=sitting, reason="patient", note="ill", by=reception_user, now=NOW)


def back(appointment, now=NOW, **seen):
    return taking_back.step_back(appointment=appointment, now=now, **seen)


def test_it_is_booked_again_with_its_sitting_and_without_its_reason(cancelled, plan):
    stored = back(cancelled, version=cancelled.version)
    assert (stored.status, stored.cancel_reason, stored.cancel_note) == (Status.BOOKED, "", "")
    first = plan.sittings.get(number=1)
    assert (first.state, first.booked) == (SittingState.BOOKED, MONDAY)
    assert story_of(stored)[0].what == "Undone: booked again"


def test_a_second_press_finds_it_done(cancelled):
    back(cancelled, version=cancelled.version)
    assert back(cancelled, version=cancelled.version).version == cancelled.version + 1


def test_who_had_arrived_is_here_again(sitting, reception_user):
    arrived = tracking.mark_arrived(appointment=sitting, now=TEN)
    gone = tracking.cancel_appointment(appointment=arrived, reason="patient", by=reception_user, now=TEN)
    stored = back(gone, TEN)
    assert (stored.status, stored.arrived_at) == (Status.ARRIVED, TEN)


def test_it_stays_cancelled_when_somebody_else_has_the_time(cancelled, practitioner, room, reception_user, plan):
    occupy(practitioner, room, TEN, 30, reception_user, make_patient("Conti"))
    with pytest.raises(SlotTaken):
        back(cancelled)
    cancelled.refresh_from_db()
    assert cancelled.status == Status.CANCELLED
    assert plan.sittings.get(number=1).state == SittingState.DUE


def test_it_stays_cancelled_when_the_doctor_is_away_by_now(cancelled, practitioner):
    Absence.objects.create(practitioner=practitioner, starts=at(MONDAY, 9), ends=at(MONDAY, 18))
    with pytest.raises(Refused, match="lost to an absence"):
        back(cancelled)


def test_it_stays_cancelled_when_its_sitting_is_booked_elsewhere_or_its_plan_stopped(
    cancelled, plan, practitioner, room, reception_user
):
    other = book_appointment(
        patient=plan.patient, kind="sitting", sitting=plan.sittings.get(number=1), practitioner=practitioner, room=room,
        starts=TEN + DAY, minutes=15, by=reception_user, now=NOW,
    )  # fmt: skip
    with pytest.raises(Refused, match="booked again since"):
        back(cancelled)
    tracking.cancel_appointment(appointment=other, reason="mistake", by=reception_user, now=NOW)
    plan.refresh_from_db()
    stop_plan(plan=plan, reason="moves abroad")
    with pytest.raises(Refused, match="The plan is stopped"):
        back(cancelled)


def test_after_a_day_it_stays_cancelled(cancelled):
    assert taking_back.may_step_back(cancelled, NOW + DAY - timedelta(minutes=1))
    assert not taking_back.may_step_back(cancelled, NOW + DAY)
    with pytest.raises(Refused, match="cannot be undone"):
        back(cancelled, NOW + DAY)


def test_what_was_only_reserved_does_not_come_back(plan, room, reception_user):
    token = propose_cycle(plan=plan, now=NOW)[0].token
    key = uuid4()
    reserve_proposal(plan=plan, token=token, by=reception_user, now=NOW, key=key)
    give_back(plan=plan, key=key, by=reception_user)
    with pytest.raises(Refused, match="cannot be undone"):
        back(Appointment.objects.filter(status=Status.CANCELLED).first())


def test_somebody_changed_it_meanwhile(cancelled, reception_user):
    with pytest.raises(Stale):
        back(cancelled, version=cancelled.version - 1)


def test_the_page_of_a_cancelled_appointment_takes_it_back(client, reception_user, cancelled, practitioner, room):
    client.force_login(reception_user)
    page = reverse("appointment", args=[cancelled.pk])
    undo = reverse("appointment_step", args=[cancelled.pk, "undo"])
    assert undo in client.get(page).content.decode()
    assert client.post(undo, {"version": cancelled.version}).status_code == 302
    cancelled.refresh_from_db()
    assert cancelled.status == Status.BOOKED
    tracking.cancel_appointment(appointment=cancelled, reason="patient", by=reception_user, now=NOW)
    occupy(practitioner, room, TEN, 30, reception_user, make_patient("Conti"))
    cancelled.refresh_from_db()
    refused = client.post(undo, {"version": cancelled.version})
    assert refused.status_code == 422
    assert "Dr Bianchi" in refused.content.decode()
