"""Every page, as everybody may need it: on a phone without scrolling sideways, and clean for assistive technology."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from scheduling.models import Appointment, Protocol
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.story import THREE_PHASES


@pytest.fixture
def addresses(story) -> list[str]:
    """Every page, with something on it."""
    booked = story.plan(story.patient(), until="booked")
    approved = story.plan(story.patient("Conti", "Anna"))
    reserved = story.plan(story.patient("Riva", "Paola"))
    story.reserve(reserved)
    story.plan(story.patient("Villa", "Elena"), until="proposed")
    draft = story.plan(story.patient("Sala", "Maria"), until="draft")
    first = Appointment.objects.get(sitting__plan=booked, sitting__number=1)
    batch = story.batch([story.plan(story.patient("Serra", "Luisa")), booked])
    protocol = Protocol.objects.get(key=THREE_PHASES)
    patient = booked.patient_id
    return [
        "/today/",
        "/calendar/?shape=list&view=week",
        f"/appointments/{first.pk}/move/",
        f"/appointments/{first.pk}/put/",
        "/appointments/new/?q=gre&day=2026-11-23&at=10:00",
        f"/appointments/new/?patient={patient}",
        "/patients/?q=gre",
        "/patients/new/",
        f"/patients/{patient}/",
        f"/patients/{patient}/edit/",
        f"/patients/{patient}/preferences/",
        "/plans/new/",
        f"/plans/new/?patient={patient}",
        f"/plans/new/?patient={patient}&protocol={protocol.pk}",
        f"/plans/{booked.pk}/",
        f"/plans/{draft.pk}/edit/",
        f"/plans/{approved.pk}/book/",
        f"/plans/{reserved.pk}/reserved/",
        f"/sittings/{approved.sittings.first().pk}/book/",
        "/to-book/",
        "/to-book/?q=con&closing=30",
        "/book/?q=a",
        f"/patients/{approved.patient_id}/book/",
        f"/patients/{patient}/book/visit/?kind=complementary",
        "/batches/",
        f"/batches/{batch.pk}/",
        "/review/",
        "/protocols/",
        f"/protocols/{protocol.pk}/",
        f"/appointments/{first.pk}/",
        f"/appointments/{first.pk}/cancel/",
        "/print/day/",
        "/print/day/?by=room",
        "/print/week/",
        "/print/calls/",
        f"/plans/{booked.pk}/card/",
        "/account/password/change/",
        "/account/2fa/",
    ]


def faults(page) -> list[str]:
    """What axe finds on the page in either theme: the rule, and where."""
    return [fault for scheme in ("light", "dark") for fault in _faults(page, scheme)]


def _faults(page, scheme: str) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
    found = Axe().run(page).response["violations"]
    return [f"{scheme} {each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_is_clean_and_never_scrolls_sideways(visitors, addresses, story, window):
    page = visitors.visit(story.doctor, viewport=window)
    wrong = []
    for address in addresses:
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        wrong += [f"{address} scrolls {wide} px sideways"] if wide > 0 else []
        wrong += [f"{address} {fault}" for fault in faults(page)]
    assert not wrong, "\n".join(wrong)


def test_the_tabs_of_a_phone_lead_everywhere(visitors, story):
    page = visitors.visit(story.doctor, viewport=PHONE, has_touch=True)
    page.goto("/today/")
    tabs = page.get_by_role("navigation", name="Main, phone")
    tabs.get_by_role("link", name="Patients").tap()
    expect(page).to_have_url(f"{visitors.address}/patients/")
    tabs.get_by_text("More").tap()
    tabs.get_by_role("link", name="Review").tap()
    expect(page.get_by_role("heading", level=1, name="Plans to review")).to_be_visible()
    tabs.get_by_text("More").tap()
    expect(tabs.get_by_role("button", name="Sign out")).to_be_visible()


def test_the_sign_in_page_is_clean_in_both_themes(visitors, story):
    page = visitors.visit()
    page.goto("/")
    assert faults(page) == []
