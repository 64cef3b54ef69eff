"""The pages of a reservation: who may, what is shown to whom, confirming, giving back, running out, lost slots."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling.models import Absence, Appointment, PlanState, TreatmentPlan
from tests.conftest import make_user
from tests.pages import words
from tests.scheduling.booking_data import make_patient, make_plan

pytestmark = pytest.mark.usefixtures("clock")

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ACTS = ["plan_reserve", "plan_reserved_confirm", "plan_reserved_return"]


def url(name: str, plan: TreatmentPlan) -> str:
    return reverse(name, args=[plan.pk])


def reserve(client: Client, plan: TreatmentPlan, page=None):
    page = page or client.get(url("book_cycle", plan))
    data = {"token": page.context["cards"][0].token, "key": str(page.context["key"])}
    return client.post(url("plan_reserve", plan), data)


def confirm(client: Client, plan: TreatmentPlan, page, name: str = "plan_reserved_confirm"):
    return client.post(url(name, plan), {"key": str(page.context["reserved"].key)})


def lose(practitioner, appointment: Appointment) -> None:
    Absence.objects.create(
        practitioner=practitioner, starts=appointment.starts - DAY / 2, ends=appointment.starts + DAY / 2
    )


def test_an_administrator_does_not_reserve(client, plan, administrator_user) -> None:
    client.force_login(administrator_user)
    assert client.get(url("plan_reserved", plan)).status_code == 403
    assert [client.post(url(name, plan)).status_code for name in ACTS] == [403] * 3


def test_a_doctor_reserves_and_confirms(client, plan, doctor_user) -> None:
    client.force_login(doctor_user)
    assert reserve(client, plan).status_code == 302
    assert confirm(client, plan, client.get(url("plan_reserved", plan))).url == url("plan", plan)


@pytest.mark.parametrize("name", [*ACTS, "plan_reserved"])
@pytest.mark.parametrize("pk", [0, 987654321, 10**30])
def test_what_does_not_exist_is_not_found(desk, name: str, pk: int) -> None:
    address = reverse(name, args=[pk])
    assert desk.get(address, follow=True).status_code == 404
    assert desk.post(address).status_code in (404, 405)


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("key", ["", "\x00", "x" * 10_000, "none"])
def test_a_damaged_press_is_answered_in_words(desk, plan, name: str, key: str) -> None:
    page = desk.post(url(name, plan), {"key": key, "token": key})
    assert page.status_code == 422
    assert "This page is damaged or too old" in page.content.decode()
    assert not Appointment.objects.exists()


def test_the_review_shows_who_until_when_and_every_sitting(desk, plan) -> None:
    assert reserve(desk, plan).url == url("plan_reserved", plan)
    text = words(desk.get(url("plan_reserved", plan)))
    assert "Ferri" in text
    assert "07:10" in text
    assert "10 minutes left" in text
    assert "Confirm 4" in text
    assert text.count("is-proposed") == 4
    assert "Localised oedema" not in text


def test_the_minutes_left_go_down(desk, plan, clock) -> None:
    reserve(desk, plan)
    clock.shift(9 * MINUTE + timedelta(seconds=30))
    assert "1 minute left" in words(desk.get(url("plan_reserved", plan)))


def test_confirming_leads_to_the_plan_with_a_message(desk, plan) -> None:
    reserve(desk, plan)
    page = desk.get(url("plan_reserved", plan))
    answers = [confirm(desk, plan, page), confirm(desk, plan, page)]  # a double click
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, url("plan", plan))}
    assert set(Appointment.objects.values_list("status", flat=True)) == {"booked"}
    assert Appointment.objects.count() == 4
    assert "4 sittings of Greco Sofia are booked" in words(desk.get(url("plan", plan)))
    assert "Nothing is reserved for this plan." in words(desk.get(url("plan_reserved", plan)))


def test_two_presses_reserve_once(desk, plan) -> None:
    page = desk.get(url("book_cycle", plan))
    assert {reserve(desk, plan, page).url, reserve(desk, plan, page).url} == {url("plan_reserved", plan)}
    assert Appointment.objects.count() == 4


def test_after_reserving_the_button_that_books_at_once_still_works(desk, plan) -> None:
    page = desk.get(url("book_cycle", plan))
    reserve(desk, plan, page)
    data = {"token": page.context["cards"][0].token, "key": str(page.context["key"])}
    assert desk.post(url("book_cycle_confirm", plan), data).url == url("plan", plan)
    assert Appointment.objects.filter(status="booked").count() == 4


def test_giving_back_leads_to_the_proposals(desk, plan) -> None:
    reserve(desk, plan)
    page = desk.get(url("plan_reserved", plan))
    assert confirm(desk, plan, page, "plan_reserved_return").url == url("book_cycle", plan)
    assert "4 slots are free again." in words(desk.get(url("book_cycle", plan)))
    assert confirm(desk, plan, page, "plan_reserved_return").url == url("plan_reserved", plan)
    assert set(Appointment.objects.values_list("status", flat=True)) == {"cancelled"}


def test_a_reservation_that_ran_out_says_so_and_offers_what_is_still_free(desk, plan, clock) -> None:
    reserve(desk, plan)
    page = desk.get(url("plan_reserved", plan))
    clock.shift(10 * MINUTE)
    text = words(desk.get(url("plan_reserved", plan)))
    assert "The time ran out." in text
    assert "Every slot is still free" in text
    assert "Confirm 4" not in text
    late = confirm(desk, plan, page)
    assert late.status_code == 409
    assert "The reservation has run out." in words(late)
    data = {"token": late.context["token"], "key": str(late.context["key"])}
    assert desk.post(url("plan_reserve", plan), data).url == url("plan_reserved", plan)
    assert "10 minutes left" in words(desk.get(url("plan_reserved", plan)))


def test_a_lost_slot_is_shown_as_a_difference_and_nothing_is_booked(desk, plan, practitioner) -> None:
    reserve(desk, plan)
    lose(practitioner, Appointment.objects.get(sitting__number=3))
    answer = confirm(desk, plan, desk.get(url("plan_reserved", plan)))
    assert answer.status_code == 409
    text = words(answer)
    assert "Nothing was booked." in text
    assert "3 sittings keep their slots" in text
    (changed,) = answer.context["changed"]
    assert changed.number == 3
    assert changed.was.day != changed.becomes.day
    assert "Reserve and review 4" in text
    assert not Appointment.objects.filter(status="booked").exists()


def test_a_paused_plan_is_refused_and_its_reservation_stays_in_view(desk, plan) -> None:
    reserve(desk, plan)
    TreatmentPlan.objects.filter(pk=plan.pk).update(state=PlanState.PAUSED)
    answer = confirm(desk, plan, desk.get(url("plan_reserved", plan)))
    assert answer.status_code == 422
    assert "only an approved plan can be booked" in words(answer)


def test_a_colleague_is_told_who_has_reserved_the_plan(desk, client, plan, doctor_user) -> None:
    reserve(desk, plan)
    other = Client()
    other.force_login(doctor_user)
    page = other.get(url("book_cycle", plan))
    assert "4 sittings of this plan are reserved by Ferri until 07:10." in words(page)
    refused = reserve(other, plan, page)
    assert refused.status_code == 409
    assert "Ferri has reserved sittings of this plan until 07:10" in words(refused)


def test_the_plan_and_the_board_show_what_is_reserved(desk, plan) -> None:
    reserve(desk, plan)
    text = words(desk.get(url("plan", plan)))
    assert "Review the reservation · 4" in text
    assert "is-reserved" in text
    board = words(desk.get(reverse("today")))
    assert "is-reserved" in board
    assert "by Ferri until 07:10" in board


def test_the_page_of_a_reserved_appointment_tells_how_it_came_about(desk, plan) -> None:
    reserve(desk, plan)
    first = Appointment.objects.earliest("starts")
    assert "Reserved for Mon 23 Nov 2026" in words(desk.get(reverse("appointment", args=[first.pk])))
    confirm(desk, plan, desk.get(url("plan_reserved", plan)))
    text = words(desk.get(reverse("appointment", args=[first.pk])))
    assert "Confirmed" in text
    assert "Undone" not in text


def test_the_patients_story_tells_of_a_reservation_as_one_event(desk, plan) -> None:
    reserve(desk, plan)
    assert "4 appointments reserved" in words(desk.get(reverse("patient", args=[plan.patient_id])))
    confirm(desk, plan, desk.get(url("plan_reserved", plan)))
    assert "4 appointments booked" in words(desk.get(reverse("patient", args=[plan.patient_id])))


@pytest.mark.parametrize("state", ["running", "run out"])
def test_as_many_queries_for_two_sittings_as_for_eight(
    desk, clock, state, site, practitioner, room, doctor_user
) -> None:
    plans = [
        make_plan(make_patient(f"Otto{n}"), site, doctor_user, counts=[n], practitioner=practitioner) for n in (2, 8)
    ]
    for plan in plans:
        reserve(desk, plan)
    if state == "run out":
        clock.shift(11 * MINUTE)
    counts = []
    for plan in plans:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(url("plan_reserved", plan)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 25


def test_a_user_without_a_role_reserves_nothing(plan) -> None:
    client = Client()
    client.force_login(make_user("nobody"))
    data = {"token": "x", "key": str(uuid4())}
    assert client.post(url("plan_reserve", plan), data).status_code == 403
