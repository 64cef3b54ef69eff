"""Booking a whole cycle ends where it began: the list as filtered, the page `n` was pressed on, or the plan."""

import re
from html import unescape
from urllib.parse import parse_qs, urlencode

import pytest
from django.test import Client
from django.urls import reverse

from scheduling.models import Appointment, TreatmentPlan
from scheduling.services.booking import book_appointment
from scheduling.services.tracking import mark_no_show
from tests.scheduling.booking_data import MONDAY, NOW, at

pytestmark = pytest.mark.usefixtures("clock")

LIST = "/to-book/?q=greco&closing=7"
FOREIGN = ["https://evil.example/", "//evil.example", "///evil.example", "javascript:alert(1)", "\\\\evil", "plan"]


def url(name: str, plan: TreatmentPlan, target: str = "") -> str:
    return reverse(name, args=[plan.pk]) + (f"?{urlencode({'next': target})}" if target else "")


def press(client: Client, plan: TreatmentPlan, page, name: str = "book_cycle_confirm"):
    """Presses a button of the first proposal, at the address its form has."""
    data = {"token": page.context["cards"][0].token, "key": str(page.context["key"])}
    return client.post(f"{reverse(name, args=[plan.pk])}?{page.context['query']}", data)


def answer_reserved(client: Client, plan: TreatmentPlan, page, name: str):
    """Presses a button of the reservation, with what its form holds."""
    data = {"key": str(page.context["reserved"].key), "next": page.context["next"]}
    assert f'name="next" value="{page.context["next"]}"' in unescape(page.content.decode())
    return client.post(reverse(name, args=[plan.pk]), data)


def addresses(page, start: str) -> list[str]:
    return [each for each in re.findall(r'(?:href|action)="([^"]+)"', unescape(page.content.decode())) if start in each]


def test_the_list_of_what_is_to_be_booked_sends_itself_along_as_filtered(desk, plan) -> None:
    page = desk.get(reverse("to_book"), {"q": "greco", "closing": "7", "choose": "all"})
    assert url("book_cycle", plan, LIST) in addresses(page, "/book/")


def test_a_cycle_booked_from_the_list_leads_back_to_it_with_a_link_to_the_plan(desk, plan) -> None:
    answer = press(desk, plan, desk.get(url("book_cycle", plan, LIST)))
    assert answer.url == LIST
    page = desk.get(answer.url)
    assert "4 sittings" in page.content.decode()
    assert reverse("plan", args=[plan.pk]) in addresses(page, "/plans/")


def test_a_cycle_booked_from_the_plan_leads_to_the_plan(desk, plan) -> None:
    answer = press(desk, plan, desk.get(url("book_cycle", plan)))
    assert answer.url == url("plan", plan)
    assert "To the plan" not in desk.get(answer.url).content.decode()


def test_the_steps_of_booking_anything_lead_back_to_the_page_they_began_on(desk, plan) -> None:
    what = desk.get(url("book_patient", plan.patient, "/today/?day=2026-11-24"))
    (whole,) = addresses(what, reverse("book_cycle", args=[plan.pk]))
    assert press(desk, plan, desk.get(whole)).url == "/today/?day=2026-11-24"


def test_a_plan_begun_by_booking_anything_on_its_own_page_ends_there_without_a_link(desk, plan) -> None:
    answer = press(desk, plan, desk.get(url("book_cycle", plan, f"{url('plan', plan)}?x=1")))
    assert answer.url == f"{url('plan', plan)}?x=1"
    assert "To the plan" not in desk.get(answer.url).content.decode()


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_every_address_of_the_proposals_knows_the_way_back(desk, plan, headers: dict[str, str]) -> None:
    asked = f"{url('book_cycle', plan, LIST)}&asked=1&weekdays=6&later=3&leave=2&change=3"
    page = desk.get(asked, headers=headers)
    found = addresses(page, f"/plans/{plan.pk}/book/") + addresses(page, "/reserve/")
    carried = urlencode({"next": LIST})
    own = [each for each in found if each != reverse("book_cycle", args=[plan.pk])]  # the form of the wishes
    assert len(own) > 8
    assert [each for each in own if carried not in each] == []


def test_a_wish_changed_keeps_the_way_back(desk, plan) -> None:
    page = desk.get(url("book_cycle", plan, LIST)).content.decode()
    assert f'<input type="hidden" name="next" value="{LIST}">' in unescape(page)


def test_a_cycle_reserved_and_confirmed_leads_back_to_the_list(desk, plan) -> None:
    reserved = press(desk, plan, desk.get(url("book_cycle", plan, LIST)), "plan_reserve")
    assert reserved.url == url("plan_reserved", plan, LIST)
    answer = answer_reserved(desk, plan, desk.get(reserved.url), "plan_reserved_confirm")
    assert answer.url == LIST
    assert Appointment.objects.filter(status="booked").count() == 4


def test_a_reservation_given_back_still_knows_the_way(desk, plan) -> None:
    press(desk, plan, desk.get(url("book_cycle", plan, LIST)), "plan_reserve")
    page = desk.get(url("plan_reserved", plan, LIST))
    assert answer_reserved(desk, plan, page, "plan_reserved_return").url == url("book_cycle", plan, LIST)


def test_a_refused_press_still_knows_the_way(desk, plan) -> None:
    page = desk.get(url("book_cycle", plan, LIST))
    damaged = desk.post(f"{url('book_cycle_confirm', plan)}?{page.context['query']}", {"token": "", "key": "x"})
    assert damaged.status_code == 422
    assert urlencode({"next": LIST}) in damaged.context["query"]


@pytest.mark.parametrize("target", FOREIGN)
def test_a_booked_cycle_sends_nobody_elsewhere(desk, plan, target: str) -> None:
    page = desk.get(url("book_cycle", plan, target))
    assert "next=" not in page.context["query"]
    data = {"token": page.context["cards"][0].token, "key": str(page.context["key"]), "next": target}
    assert desk.post(url("book_cycle_confirm", plan, target), data).url == url("plan", plan)


@pytest.mark.parametrize("target", FOREIGN)
def test_a_confirmed_reservation_sends_nobody_elsewhere(desk, plan, target: str) -> None:
    reserved = press(desk, plan, desk.get(url("book_cycle", plan)), "plan_reserve")
    page = desk.get(url("plan_reserved", plan, target))
    assert (reserved.url, page.context["next"]) == (url("plan_reserved", plan), "")
    data = {"key": str(page.context["reserved"].key), "next": target}
    assert desk.post(url("plan_reserved_confirm", plan, target), data).url == url("plan", plan)


@pytest.mark.parametrize("target", FOREIGN)
def test_a_booked_sitting_sends_nobody_elsewhere(desk, plan, target: str) -> None:
    address = reverse("book_sitting", args=[plan.sittings.get(number=1).pk])
    page = desk.get(address)
    data = {"token": page.context["days"][0].rows[0].token, "key": str(page.context["key"]), "next": target}
    assert desk.post(address, data).url == url("plan", plan)


def test_more_slots_for_who_did_not_come_lead_back_to_where_the_offers_do(desk, plan, practitioner, room) -> None:
    first = plan.sittings.get(number=1)
    missed = book_appointment(
        patient=plan.patient, kind="sitting", sitting=first, practitioner=practitioner, room=room,
        starts=at(MONDAY, 10), minutes=15, by=plan.approved_by, now=NOW,
    )  # fmt: skip
    mark_no_show(appointment=missed, now=at(MONDAY, 11))
    page = desk.get(f"/today/?day={MONDAY}&given={missed.pk}")
    (more,) = addresses(page, reverse("book_sitting", args=[first.pk]) + "?next=")
    back = parse_qs(more.partition("?")[2])["next"]
    assert back == [page.context["given"]["back"]]
    assert f"given={missed.pk}" in back[0]
