"""Undo in the message of a cycle's booking and on the plan's page: where it stands, where it leads, when it refuses."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling.engine.terms import Slot
from scheduling.models import Appointment, PlanState, SittingState, TreatmentPlan
from scheduling.services import tracking
from scheduling.services.booking import book_cycle
from tests.pages import text
from tests.scheduling.booking_data import NOW, make_patient, make_plan
from tests.scheduling.test_bad_input import PostForms

pytestmark = pytest.mark.usefixtures("clock")

DAY = timedelta(days=1)


def url(name: str, plan: TreatmentPlan) -> str:
    return reverse(name, args=[plan.pk])


def undos(answer, plan: TreatmentPlan) -> list[dict[str, str]]:
    """What the forms of a page that undo a booking of the plan would send."""
    parser = PostForms()
    parser.feed(answer.content.decode())
    return [fields for action, fields in parser.forms if action == url("plan_undo_booking", plan)]


def book(desk: Client, plan: TreatmentPlan, query: str = ""):
    """The press of the first proposal's button, and the page to which it leads."""
    page = desk.get(f"{url('book_cycle', plan)}?{query}")
    data = {"token": page.context["cards"][0].token, "key": str(page.context["key"])}
    return desk.post(f"{url('book_cycle_confirm', plan)}?{query}", data, follow=True)


def press(desk: Client, plan: TreatmentPlan, fields: dict[str, str]):
    return desk.post(url("plan_undo_booking", plan), fields)


def booked(plan: TreatmentPlan) -> int:
    return plan.sittings.filter(state=SittingState.BOOKED).count()


def test_the_message_of_a_cycle_undoes_it_and_leads_to_the_proposals_as_they_were_asked(desk, plan):
    page = book(desk, plan, "asked=1&weekdays=2&next=/to-book/")
    assert page.redirect_chain[-1][0] == "/to-book/"
    (fields,) = undos(page, plan)
    answer = press(desk, plan, fields)
    assert answer.url == f"{url('book_cycle', plan)}?asked=1&weekdays=2&next=%2Fto-book%2F"
    after = desk.get(answer.url)
    assert "The booking of Greco Sofia is undone: 4 sittings are due again." in text(after)
    assert len(after.context["cards"]) > 0
    assert TreatmentPlan.objects.get(pk=plan.pk).state == PlanState.APPROVED


def test_so_does_that_of_a_confirmed_reservation(desk, plan):
    page = desk.get(url("book_cycle", plan))
    data = {"token": page.context["cards"][0].token, "key": str(page.context["key"])}
    held = desk.post(f"{url('plan_reserve', plan)}?next=/to-book/", data, follow=True)
    key = str(held.context["reserved"].key)
    told = desk.post(f"{url('plan_reserved_confirm', plan)}?next=/to-book/", {"key": key}, follow=True)
    (fields,) = undos(told, plan)
    assert fields["key"] == key
    assert press(desk, plan, fields).url == f"{url('book_cycle', plan)}?next=%2Fto-book%2F"
    assert booked(plan) == 0


def test_so_does_that_of_the_rest_of_a_cycle_even_when_that_is_one_sitting(desk, plan):
    book(desk, plan, "asked=1&leave=4&next=/to-book/")
    (fields,) = undos(book(desk, plan, "next=/to-book/"), plan)
    answer = desk.get(press(desk, plan, fields).url)
    assert "The booking of Greco Sofia is undone: 1 sitting is due again." in text(answer)
    assert booked(plan) == 3


def test_the_plan_offers_it_for_a_day_to_whoever_books(desk, plan, doctor_user, administrator_user):
    book(desk, plan)
    page = desk.get(url("plan", plan))
    assert "4 sittings booked on 23/11/2026 07:00 by Ferri." in text(page)
    assert len(undos(page, plan)) == 1
    for user, offered in ((doctor_user, 1), (administrator_user, 0)):
        other = Client()
        other.force_login(user)
        assert len(undos(other.get(url("plan", plan)), plan)) == offered
    with time_machine.travel(NOW + DAY, tick=False):
        desk.force_login(doctor_user)
        assert undos(desk.get(url("plan", plan)), plan) == []


def test_from_the_plan_it_leads_back_to_the_plan(desk, plan):
    book(desk, plan)
    (fields,) = undos(desk.get(url("plan", plan)), plan)
    answer = press(desk, plan, fields)
    assert answer.url == url("plan", plan)
    after = desk.get(answer.url)
    assert undos(after, plan) == []
    assert "Book the cycle · 4" in text(after)


def test_pressed_twice_it_says_that_it_is_undone(desk, plan):
    book(desk, plan)
    (fields,) = undos(desk.get(url("plan", plan)), plan)
    press(desk, plan, fields)
    assert "This booking is undone already." in text(desk.post(url("plan_undo_booking", plan), fields, follow=True))
    assert booked(plan) == 0


def test_in_an_old_tab_it_is_refused_over_the_plan_as_it_stands_which_offers_the_others(desk, plan, doctor_user):
    (fields,) = undos(book(desk, plan, "next=/to-book/"), plan)
    tracking.cancel_appointment(
        appointment=Appointment.objects.earliest("starts"), reason="patient", by=doctor_user, now=NOW
    )
    refused = press(desk, plan, fields)
    assert refused.status_code == 409
    assert "Sittings of this booking have been moved, received or cancelled since: nothing was undone." in text(refused)
    assert "3 of them can still be undone; the others were moved, received or cancelled since." in text(refused)
    assert booked(plan) == 3
    (fresh,) = undos(refused, plan)
    assert desk.post(url("plan_undo_booking", plan), fresh).status_code == 302
    assert booked(plan) == 0


@pytest.mark.parametrize("damage", [{"key": "x"}, {"key": ""}, {"seen": "0"}, {"seen": "9" * 30}, {"seen": "\x00"}])
def test_what_cannot_be_read_undoes_nothing(desk, plan, damage):
    (fields,) = undos(book(desk, plan, "next=/to-book/"), plan)
    answer = press(desk, plan, fields | damage)
    assert answer.status_code == 422
    assert "This page cannot be read" in text(answer)
    assert booked(plan) == 4


def test_its_address_leads_to_the_plan(desk, plan):
    assert desk.get(url("plan_undo_booking", plan)).url == url("plan", plan)


def test_going_back_and_pressing_the_old_button_says_that_it_was_cancelled(desk, plan):
    page = desk.get(url("book_cycle", plan))
    data = {"token": page.context["cards"][0].token, "key": str(page.context["key"])}
    (fields, *_same) = undos(desk.post(url("book_cycle_confirm", plan), data, follow=True), plan)
    press(desk, plan, fields)
    answer = desk.post(url("book_cycle_confirm", plan), data)
    assert answer.status_code == 409
    assert "What was booked here has been cancelled since: choose again." in text(answer)
    assert booked(plan) == 0


def test_the_plan_asks_as_much_for_8_sittings_booked_as_for_28(
    desk, site, doctor_user, reception_user, practitioner, room
):
    costs = []
    for surname, count, hour in (("Conti", 8, 10), ("Riva", 28, 11)):
        plan = make_plan(make_patient(surname), site, doctor_user, counts=[count], practitioner=practitioner)
        slots = {
            sitting.number: Slot(sitting.ideal, hour * 60, 15, practitioner.pk, room.pk, None)
            for sitting in plan.sittings.all()
        }
        book_cycle(plan=plan, slots=slots, by=reception_user, now=NOW, key=uuid4())
        with CaptureQueriesContext(connection) as queries:
            assert len(undos(desk.get(url("plan", plan)), plan)) == 1
        costs.append(len(queries))
    assert costs[0] == costs[1]
