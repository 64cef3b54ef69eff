"""What happened to an appointment, in words, and what is proposed at once when it did not take place."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from time_machine import travel

from scheduling.models import Appointment, Room, Sitting, SittingState, Status
from scheduling.selectors.appointment_story import late_words, notice_words, rule_words, story_of
from scheduling.services import taking_back, tracking
from scheduling.services.booking import book_appointment, move_appointment
from scheduling.services.proposing import propose_cycle, reserve_proposal
from tests.scheduling.booking_data import MONDAY, NOW, at, make_plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

TEN = at(MONDAY, 10)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def plan(patient, site, doctor_user, practitioner):
    return make_plan(patient, site, doctor_user, counts=[8], practitioner=practitioner)


def book(patient, practitioner, room, by, kind="consultation", **more) -> Appointment:
    where = {"practitioner": practitioner, "room": room, "starts": TEN, "minutes": 30}
    return book_appointment(patient=patient, kind=kind, by=by, now=NOW, **where, **more)


@pytest.fixture
def visit(patient, practitioner, room, reception_user) -> Appointment:
    return book(patient, practitioner, room, reception_user)


@pytest.fixture
def sitting(plan, practitioner, room, reception_user) -> Appointment:
    """The first sitting of a weekly plan, on Monday at ten."""
    return book(plan.patient, practitioner, room, reception_user, "sitting", sitting=plan.sittings.get(number=1))


def newest(appointment: Appointment) -> str:
    return story_of(Appointment.objects.select_related("room__site").get(pk=appointment.pk))[0].what


def cancel(appointment, by, when, **more) -> Appointment:
    with travel(when, tick=False):
        return tracking.cancel_appointment(appointment=appointment, by=by, now=when, **more)


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (-HOUR, "after it was to begin"),
        (timedelta(seconds=59), "after it was to begin"),
        (MINUTE, "1 minute before"),
        (59 * MINUTE, "59 minutes before"),
        (HOUR, "1 hour before"),
        (47 * HOUR, "47 hours before"),
        (2 * DAY, "2 days before"),
        (30 * DAY, "30 days before"),
    ],
)
def test_how_long_before_is_told_in_minutes_hours_or_days(before, words):
    assert notice_words(TEN, TEN - before) == words


@pytest.mark.parametrize(
    ("after", "words"),
    [(-5 * MINUTE, ""), (timedelta(seconds=59), ""), (MINUTE, "1 minute late"), (HOUR, "60 minutes late")],
)
def test_how_late_is_told_in_whole_minutes(after, words):
    assert late_words(TEN, TEN + after) == words


def test_who_has_not_arrived_is_not_late():
    assert late_words(TEN, None) == ""


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("patient", "Cancelled by the patient, 2 hours before: the patient cannot come"),
        ("illness", "Cancelled by the patient, 2 hours before: the patient is ill"),
        ("practitioner", "Cancelled by the clinic, 2 hours before: the practitioner is away"),
        ("clinic", "Cancelled by the clinic, 2 hours before: the clinic cannot offer it"),
        ("mistake", "Cancelled, 2 hours before: booked by mistake"),
    ],
)
def test_the_story_says_who_cancelled_how_long_before_and_why(visit, reception_user, reason, words):
    cancel(visit, reception_user, TEN - 2 * HOUR, reason=reason)
    assert newest(visit) == words


def test_the_story_keeps_the_note_on_cancelling(visit, reception_user):
    cancel(visit, reception_user, TEN - HOUR, reason="patient", note="at a wedding")
    assert newest(visit) == "Cancelled by the patient, 1 hour before: the patient cannot come (at a wedding)"


def test_a_reservation_that_ran_out_was_cancelled_by_nobody(plan, room, reception_user):
    best = propose_cycle(plan=plan, now=NOW)[0]
    key = "7b0b8a3e-0000-4000-8000-000000000001"
    reserved = reserve_proposal(plan=plan, token=best.token, key=key, by=reception_user, now=NOW)[0]
    cancel(reserved, reception_user, NOW, reason="expired")
    told = [line.what for line in story_of(Appointment.objects.select_related("room__site").get(pk=reserved.pk))]
    assert told[0] == "Cancelled: the reservation ran out"
    assert told[1].startswith("Reserved for Mon 23 Nov 2026")


def test_the_story_says_how_late_the_patient_arrived_and_what_was_taken_back(visit):
    tracking.mark_arrived(appointment=visit, now=TEN + 12 * MINUTE)
    assert newest(visit) == "Arrived, 12 minutes late"
    taking_back.step_back(appointment=visit, now=TEN + 13 * MINUTE)
    assert newest(visit) == "Undone: booked again"
    tracking.mark_arrived(appointment=visit, now=TEN - MINUTE)
    assert newest(visit) == "Arrived"


def test_the_story_says_from_where_to_where_it_moved(visit, site, practitioner, reception_user):
    cabin = Room.objects.create(site=site, name="Cabin")
    moved = {"practitioner": practitioner, "equipment": None, "minutes": 30, "by": reception_user, "now": NOW}
    visit = move_appointment(appointment=visit, room=cabin, starts=TEN + HOUR, version=1, **moved)
    assert newest(visit) == (
        "Moved from Mon 23 Nov 2026, 10:00 with Dr Bianchi to Mon 23 Nov 2026, 11:00 with Dr Bianchi, Cabin"
    )
    other = Room.objects.create(site=site, name="Annex")
    visit = move_appointment(appointment=visit, room=other, starts=TEN + HOUR, version=2, **moved)
    assert newest(visit) == "Stays at Mon 23 Nov 2026, 11:00, now with Dr Bianchi, Annex"


def test_the_story_says_what_the_note_became(visit):
    visit.note = "brings her daughter"
    visit.save()
    assert newest(visit) == "Note: brings her daughter"
    visit.note = ""
    visit.save()
    assert newest(visit) == "Note removed"


def test_the_whole_story_is_one_query(visit, django_assert_num_queries):
    for n in range(30):
        visit.note = f"note {n}"
        visit.save()
    shown = Appointment.objects.select_related("room__site").get(pk=visit.pk)
    with django_assert_num_queries(1):
        assert len(story_of(shown)) == 31


# What is proposed at once.


def page(desk, appointment) -> str:
    return " ".join(desk.get(reverse("appointment", args=[appointment.pk])).content.decode().split())


@pytest.mark.parametrize(("follow", "words"), [("keep-targets", "keep their dates"), ("re-anchor", "are counted from")])
def test_the_plans_rule_is_said_before_and_after_cancelling(desk, sitting, plan, reception_user, follow, words):
    plan.refresh_from_db()
    plan.follow = follow
    plan.save()
    assert words in rule_words(plan)
    with travel(TEN - HOUR, tick=False):
        assert rule_words(plan) in desk.get(reverse("appointment_cancel", args=[sitting.pk])).content.decode()
        cancel(sitting, reception_user, TEN - HOUR, reason="patient")
        assert rule_words(plan) in page(desk, sitting)


def test_the_cancel_page_says_how_long_before_it_is(desk, visit):
    with travel(TEN - 2 * HOUR, tick=False):
        assert "2 hours before" in desk.get(reverse("appointment_cancel", args=[visit.pk])).content.decode()


def test_the_reasons_stand_under_who_cancels(desk, visit):
    words = desk.get(reverse("appointment_cancel", args=[visit.pk])).content.decode()
    groups = [
        words.index(f'<optgroup label="{who}">') for who in ("The patient cancels", "The clinic cancels", "Neither")
    ]
    assert groups[0] < words.index('value="illness"') < groups[1] < words.index('value="clinic"') < groups[2]
    assert words.index('value="mistake"') > groups[2]
    assert 'value="expired"' not in words


def test_cancel_and_rebook_leads_to_the_slots_of_the_sitting_that_is_due_again(desk, sitting, plan):
    given = {"version": 1, "reason": "patient", "then": "rebook"}
    with travel(TEN - HOUR, tick=False):
        response = desk.post(reverse("appointment_cancel", args=[sitting.pk]), given, follow=True)
    back = reverse("patient", args=[sitting.patient_id])
    assert response.redirect_chain[-1][0] == (
        f"{reverse('book_sitting', args=[sitting.sitting_id])}?{urlencode({'next': back})}"
    )
    assert response.context["days"]
    assert plan.sittings.get(number=1).state == SittingState.DUE


def test_cancel_and_rebook_of_a_visit_leads_to_slots_of_the_same_kind_and_length(desk, visit, practitioner):
    given = {"version": 1, "reason": "patient", "then": "rebook"}
    with travel(TEN - HOUR, tick=False):
        response = desk.post(reverse("appointment_cancel", args=[visit.pk]), given, follow=True)
    form = response.context["form"]
    assert (form["kind"].value(), form["minutes"].value()) == ("consultation", "30")
    assert form["practitioner"].value() == str(practitioner.pk)


def test_a_reason_not_chosen_keeps_the_appointment_also_when_rebooking(desk, visit):
    response = desk.post(reverse("appointment_cancel", args=[visit.pk]), {"version": 1, "reason": "", "then": "rebook"})
    assert response.status_code == 422
    visit.refresh_from_db()
    assert visit.status == Status.BOOKED


def test_an_ideal_date_outside_the_window_is_explained(desk, sitting):
    """The plan's dates stay as they were prescribed; a window counts from the day of the sitting before."""
    pages = [reverse(name, args=[sitting.pk]) for name in ("appointment", "appointment_move")]
    told = "the window counts from the sitting before"
    assert not any(told in desk.get(page).content.decode() for page in pages)
    Sitting.objects.filter(pk=sitting.sitting_id).update(ideal=F("earliest") - DAY)
    assert all(told in desk.get(page).content.decode() for page in pages)


def test_a_missed_sitting_shows_slots_to_rebook_it_on_its_page_and_on_the_board(desk, sitting):
    with travel(TEN + HOUR, tick=False):
        tracking.mark_no_show(appointment=sitting, now=TEN + HOUR)
        own = desk.get(reverse("appointment", args=[sitting.pk]))
        board = desk.get(reverse("today"), {"given": sitting.pk})
    for response in (own, board):
        assert "Rebook S. Greco" in response.content.decode()
        assert response.context["given"]["next"].sitting.pk == sitting.sitting_id
        assert response.context["given"]["days"]


def test_a_press_of_did_not_come_on_the_board_proposes_the_slots_at_once(desk, sitting):
    with travel(TEN + HOUR, tick=False):
        step = reverse("appointment_step", args=[sitting.pk, "no-show"])
        response = desk.post(step, {"version": 1, "day": "2026-11-23"}, follow=True)
    assert "Rebook S. Greco" in response.content.decode()


def test_a_missed_visit_leads_to_slots_of_its_kind(desk, visit):
    with travel(TEN + HOUR, tick=False):
        tracking.mark_no_show(appointment=visit, now=TEN + HOUR)
        response = desk.get(reverse("appointment", args=[visit.pk]))
    assert response.context["given"] is None
    assert response.context["rebook"].startswith(reverse("book_visit", args=[visit.patient_id]))


def test_a_missed_sitting_that_has_its_new_slot_is_not_proposed_again(
    desk, sitting, practitioner, room, reception_user
):
    with travel(TEN + HOUR, tick=False):
        tracking.mark_no_show(appointment=sitting, now=TEN + HOUR)
        book_appointment(
            patient=sitting.patient, kind="sitting", sitting=sitting.sitting, practitioner=practitioner, room=room,
            starts=TEN + DAY, minutes=15, by=reception_user, now=TEN + HOUR,
        )  # fmt: skip
        response = desk.get(reverse("appointment", args=[sitting.pk]))
    assert response.context["given"] is None
    assert response.context["rebook"] == ""


@pytest.mark.parametrize("status", ["cancelled", "no-show"])
def test_the_page_of_what_did_not_take_place_costs_the_same_for_any_story(desk, sitting, reception_user, status):
    with travel(TEN + HOUR, tick=False):
        if status == "cancelled":
            tracking.cancel_appointment(appointment=sitting, reason="patient", by=reception_user, now=TEN + HOUR)
        else:
            tracking.mark_no_show(appointment=sitting, now=TEN + HOUR)
        counts = [_count(desk, sitting)]
        sitting.refresh_from_db()
        for n in range(20):
            sitting.note = f"note {n}"
            sitting.save()
        counts.append(_count(desk, sitting))
    assert counts[0] == counts[1] <= 25


def _count(desk, appointment) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert desk.get(reverse("appointment", args=[appointment.pk])).status_code == 200
    return len(captured)


def test_a_changed_length_is_told_as_minutes(visit, practitioner, room, reception_user):
    visit.refresh_from_db()
    move_appointment(
        appointment=visit, version=visit.version, practitioner=practitioner, room=room, equipment=None, starts=TEN,
        minutes=20, by=reception_user, now=NOW,
    )  # fmt: skip
    assert newest(visit) == "Now 20 instead of 30 minutes"
