"""A patient at a glance: next, what suits, what was kept, plans with their ribbons, history."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from scheduling.models import BookingPreference, TreatmentPlan, UnavailableDates
from scheduling.selectors.patients import age
from scheduling.services.tracking import cancel_appointment, mark_no_show
from tests.scheduling.planned import approved, booked, documented, filled, make_plan

pytestmark = pytest.mark.django_db


def coming(days: int) -> date:
    """A Monday at least `days` days ahead."""
    day = timezone.localdate() + timedelta(days=days)
    return day + timedelta(days=(7 - day.weekday()) % 7)


@pytest.fixture
def plan(patient, site, doctor_user, practitioner) -> TreatmentPlan:
    made = make_plan(patient=patient, site=site, by=doctor_user, prescriber=practitioner, start=coming(7))
    return approved(made, doctor_user)


def page_of(client, patient):
    return client.get(reverse("patient", args=[patient.pk])).context["page"]


def test_somebody_without_a_plan_is_offered_the_first_one(reception, patient):
    body = reception.get(reverse("patient", args=[patient.pk])).content.decode()
    assert "No plan yet" in body
    assert f"{reverse('plan_new')}?patient={patient.pk}" in body


def test_the_next_appointment_says_when_what_with_whom_and_where(
    reception, patient, plan, practitioner, room, doctor_user
):
    booked(plan, 1, practitioner, room, coming(7), doctor_user)
    page = page_of(reception, patient)
    assert page.next.starts.date() == coming(7)
    assert (page.next.what, page.next.where) == ("Sitting 1", "Dr Bianchi · Room 1")


@pytest.mark.parametrize(
    ("reason", "hours", "late"), [("patient", 23, 1), ("illness", 23, 1), ("patient", 25, 0), ("clinic", 1, 0)]
)
def test_a_cancelled_appointment_is_not_the_next_one_and_counts_when_the_patient_cancelled_it_late(
    reception, patient, plan, practitioner, room, doctor_user, reason, hours, late
):
    appointment = booked(plan, 1, practitioner, room, coming(7), doctor_user).appointments.get()
    with time_machine.travel(appointment.starts - timedelta(hours=hours), tick=False):
        now = timezone.now()
        cancel_appointment(appointment=appointment, reason=reason, by=doctor_user, now=now, version=1)
    page = page_of(reception, patient)
    assert page.next is None
    assert page.kept.cancelled_late == late
    assert "cancelled" in page.events[0].what


def test_a_later_note_on_what_was_cancelled_late_counts_it_once(
    reception, patient, plan, practitioner, room, doctor_user
):
    appointment = booked(plan, 1, practitioner, room, coming(7), doctor_user).appointments.get()
    with time_machine.travel(appointment.starts - timedelta(hours=1), tick=False):
        done = cancel_appointment(appointment=appointment, reason="patient", by=doctor_user, now=timezone.now())
    done.cancel_note = "called twice"
    with time_machine.travel(appointment.starts + timedelta(hours=1), tick=False):
        done.save()
    assert page_of(reception, patient).kept.cancelled_late == 1


def test_what_was_kept_missed_and_cancelled_late_is_said_in_neutral_words(
    reception, patient, plan, practitioner, room, doctor_user
):
    appointment = booked(plan, 1, practitioner, room, coming(7), doctor_user).appointments.get()
    mark_no_show(appointment=appointment, now=appointment.ends, version=1)
    kept = page_of(reception, patient).kept
    assert (kept.completed, kept.missed, kept.cancelled_late) == (0, 1, 0)
    words = " ".join(reception.get(reverse("patient", args=[patient.pk])).content.decode().split())
    assert "<strong>0</strong>" in words
    assert "1 missed, 0 cancelled less than 24 h before" in words


def test_what_suits_the_patient_is_said_in_words(reception, patient, practitioner):
    BookingPreference.objects.create(
        patient=patient, weekdays=[1, 3], from_time=time(9), until_time=time(13), practitioner=practitioner
    )
    away = coming(60)
    UnavailableDates.objects.create(patient=patient, first=away, last=away)
    page = page_of(reception, patient)
    assert page.prefers == "Tue, Thu 09:00–13:00 · Dr Bianchi"
    assert len(page.not_on) == 1


def test_book_asks_what_for_and_a_plan_leads_to_its_cycle_while_several_sittings_are_due(reception, patient, plan):
    body = reception.get(reverse("patient", args=[patient.pk])).content.decode()
    assert f'class="btn btn-primary" href="{reverse("book_patient", args=[patient.pk])}?next=' in body
    assert f'href="{reverse("book_cycle", args=[plan.pk])}">28 to book' in body


def test_a_plan_leads_to_the_sitting_when_only_one_is_due(reception, patient, plan):
    last = plan.sittings.get(number=28)
    plan.sittings.exclude(pk=last.pk).update(state="completed")
    body = reception.get(reverse("patient", args=[patient.pk])).content.decode()
    assert f'href="{reverse("book_sitting", args=[last.pk])}">1 to book' in body


def test_the_next_appointment_can_be_moved_and_cancelled_where_it_stands(
    reception, patient, plan, practitioner, room, doctor_user
):
    appointment = booked(plan, 1, practitioner, room, coming(7), doctor_user).appointments.get()
    body = reception.get(reverse("patient", args=[patient.pk])).content.decode()
    assert reverse("appointment_move", args=[appointment.pk]) in body
    assert reverse("appointment_cancel", args=[appointment.pk]) in body


def test_all_that_is_to_come_is_listed_and_leads_to_its_appointment(
    reception, patient, plan, practitioner, room, doctor_user
):
    rows = [
        booked(plan, number, practitioner, room, plan.sittings.get(number=number).ideal, doctor_user)
        for number in range(1, 7)
    ]
    body = reception.get(reverse("patient", args=[patient.pk])).content.decode()
    assert [each.what for each in page_of(reception, patient).coming] == [f"Sitting {n}" for n in range(1, 7)]
    assert all(f'href="{reverse("appointment", args=[row.appointments.get().pk])}"' in body for row in rows)
    assert "2 more" in body


def test_a_line_of_the_history_leads_to_its_appointment(reception, patient, plan, practitioner, room, doctor_user):
    appointment = booked(plan, 1, practitioner, room, coming(7), doctor_user).appointments.get()
    mark_no_show(appointment=appointment, now=appointment.ends, version=1)
    event = page_of(reception, patient).events[0]
    assert ("did not come" in event.what, event.appointment) == (True, appointment.pk)
    body = reception.get(reverse("patient", args=[patient.pk])).content.decode()
    assert f'<a href="{reverse("appointment", args=[appointment.pk])}">{event.what}</a>' in body


def test_a_plan_that_ended_has_a_line_and_no_ribbon_and_comes_last(
    reception, patient, plan, site, doctor_user, practitioner
):
    TreatmentPlan.objects.filter(pk=plan.pk).update(state="completed")
    newer = make_plan(patient=patient, site=site, by=doctor_user, prescriber=practitioner, start=date(2026, 1, 31))
    cards = page_of(reception, patient).cards
    assert [(card.plan.pk, card.ribbon is None) for card in cards] == [(newer.pk, False), (plan.pk, True)]


def test_a_cycle_booked_at_once_is_one_line_of_the_history(reception, patient, plan, practitioner, room, doctor_user):
    for number in (1, 2, 3):
        booked(plan, number, practitioner, room, plan.sittings.get(number=number).ideal, doctor_user)
    events = page_of(reception, patient).events
    assert len(events) <= 2
    assert "booked" in events[0].what


def test_the_administrator_looks_and_is_offered_no_act(client, administrator_user, patient, plan):
    client.force_login(administrator_user)
    body = client.get(reverse("patient", args=[patient.pk])).content.decode()
    assert reverse("patient_edit", args=[patient.pk]) not in body
    assert reverse("book_cycle", args=[plan.pk]) not in body
    assert reverse("book_patient", args=[patient.pk]) not in body


def test_nobody_is_a_404_and_a_stranger_signs_in_first(client, reception_user, patient):
    assert client.get(reverse("patient", args=[patient.pk])).status_code == 302
    client.force_login(reception_user)
    assert client.get(reverse("patient", args=[10**18])).status_code == 404


@pytest.mark.parametrize(
    ("born", "today", "years"),
    [
        (date(1985, 3, 12), date(2026, 3, 11), 40),
        (date(1985, 3, 12), date(2026, 3, 12), 41),
        (date(2000, 2, 29), date(2026, 2, 28), 25),
        (date(2000, 2, 29), date(2026, 3, 1), 26),
    ],
)
def test_age_counts_full_years(born, today, years):
    assert age(born, today) == years


def test_the_page_costs_the_same_for_1_and_20_plans(reception, patient, plan, site, doctor_user, practitioner):
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            page_of(reception, patient)
        return len(captured)

    one = count()
    phases = filled(documented("supported-course"), count=7)[:1]
    for _ in range(19):
        make_plan(
            patient=patient, site=site, by=doctor_user, prescriber=practitioner, key="supported-course", phases=phases
        )
    assert count() == one <= 15
