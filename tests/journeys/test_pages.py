"""Every page, as everybody may need it: on a phone without scrolling sideways, and clean for assistive technology."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from clinic.roles import Role
from scheduling.models import Appointment, Batch, FreedSlot, TreatmentPlan
from scheduling.services.moves import seal_slot
from scheduling.services.moving import other_slots
from tests.architecture.test_documents import matrix
from tests.journeys.conftest import DESK, PHONE, TABLET
from tests.journeys.story import NOW

# Addresses of the matrix that show no page of ours, and why.
NO_PAGE = {
    "home": "leads to the day",
    "health": "an answer for machines",
    "find": "lines under the search box, looked at in the journeys of the search",
    "calendar_events": "what the drawn calendar reads",
    "admin:index": "Django's own page",
}
# Reception sees these first, but a doctor sees more on them.
ALSO_AS_DOCTOR = ("today", "patient", "plan", "plan_new", "plan_edit")
# Not in the matrix: pages of everybody's own account.
ACCOUNT = ["/account/password/change/", "/account/2fa/"]


@pytest.fixture
def addresses(story) -> dict[str, list[str]]:
    """The addresses of every page of the matrix by its name, with something on it."""
    booked = story.plan(story.patient(), until="booked")
    approved = story.plan(story.patient("Conti", "Anna"))
    reserved = story.plan(story.patient("Riva", "Paola"))
    story.reserve(reserved)
    story.plan(story.patient("Villa", "Elena"), until="proposed")
    draft = story.plan(story.patient("Sala", "Maria"), until="draft")
    batch = story.batch([story.plan(story.patient("Serra", "Luisa")), booked])
    freed = story.freed(waits=approved.sittings.get(number=1))
    return {
        **of_appointments(booked),
        **of_patients(booked, draft),
        **of_booking(booked, approved, reserved),
        **of_lists(booked, batch, freed),
        "print_day": ["/print/day/", "/print/day/?by=room"],
        "print_week": ["/print/week/"],
        "print_calls": ["/print/calls/"],
        "print_card": [f"/plans/{booked.pk}/card/"],
    }


def of_appointments(booked: TreatmentPlan) -> dict[str, list[str]]:
    first, second = (Appointment.objects.get(sitting__plan=booked, sitting__number=number) for number in (1, 2))
    to = seal_slot(second, other_slots(appointment=second, now=NOW)[0].slot)
    patient = booked.patient_id
    return {
        "today": ["/today/", "/today/?show=cancelled"],
        "walk_in": ["/today/walk-in/", f"/today/walk-in/?patient={patient}"],
        "calendar": ["/calendar/?shape=list&view=week"],
        "appointment": [f"/appointments/{first.pk}/"],
        "appointment_cancel": [f"/appointments/{first.pk}/cancel/"],
        "appointment_move": [f"/appointments/{second.pk}/move/", f"/appointments/{first.pk}/move/"],
        "appointment_move_review": [f"/appointments/{second.pk}/move/review/?to={to}"],
        "appointment_put": [f"/appointments/{first.pk}/put/"],
        "appointment_new": ["/appointments/new/?day=2026-11-23&at=10:00", f"/appointments/new/?patient={patient}"],
    }


def of_patients(booked: TreatmentPlan, draft: TreatmentPlan) -> dict[str, list[str]]:
    """Patients, their plans and the protocols these are made from."""
    patient, protocol = booked.patient_id, booked.protocol_id
    new = "/plans/new/"
    return {
        "patients": ["/patients/"],
        "patient_new": ["/patients/new/"],
        "patient": [f"/patients/{patient}/"],
        "patient_edit": [f"/patients/{patient}/edit/"],
        "preferences_patient": [f"/patients/{patient}/preferences/"],
        "do_not_contact": [f"/patients/{patient}/do-not-contact/"],
        "plan_new": [new, f"{new}?patient={patient}", f"{new}?patient={patient}&protocol={protocol}"],
        "plan": [f"/plans/{booked.pk}/"],
        "plan_edit": [f"/plans/{draft.pk}/edit/"],
        "plan_range": [f"/plans/{booked.pk}/range/"],
        "plan_repeat": [f"/plans/{booked.pk}/repeat/"],
        "protocols": ["/protocols/"],
        "protocol": [f"/protocols/{protocol}/"],
    }


def of_booking(booked: TreatmentPlan, approved: TreatmentPlan, reserved: TreatmentPlan) -> dict[str, list[str]]:
    return {
        "book": ["/book/?q=a"],
        "book_patient": [f"/patients/{approved.patient_id}/book/"],
        "book_visit": [f"/patients/{booked.patient_id}/book/visit/?kind=complementary"],
        "book_cycle": [f"/plans/{approved.pk}/book/"],
        "book_sitting": [f"/sittings/{approved.sittings.first().pk}/book/"],
        "plan_reserved": [f"/plans/{reserved.pk}/reserved/"],
        "wish": [f"/sittings/{booked.sittings.get(number=4).pk}/wish/"],
    }


def of_lists(booked: TreatmentPlan, batch: Batch, freed: FreedSlot) -> dict[str, list[str]]:
    return {
        "to_book": ["/to-book/", "/to-book/?q=con&closing=30"],
        "batches": ["/batches/"],
        "batch": [f"/batches/{batch.pk}/"],
        "recalls": ["/recalls/"],
        "recall": [f"/recalls/{booked.pk}/"],
        "waiting_list": ["/waiting-list/"],
        "waiting_slot": [f"/freed-slots/{freed.pk}/"],
        "review": ["/review/"],
    }


def whose(addresses: dict[str, list[str]]) -> dict[Role, list[str]]:
    """Each page for the first of the roles that may open it; some for a doctor as well."""
    shared: dict[Role, list[str]] = {role: [] for role in Role}
    for row in matrix():
        first = next(role for role in (Role.RECEPTION, Role.DOCTOR, Role.ADMINISTRATOR) if role in row.roles)
        for role in {first, *([Role.DOCTOR] if row.name in ALSO_AS_DOCTOR else [])}:
            shared[role] += addresses.get(row.name, [])
    return {role: pages for role, pages in shared.items() if pages}


def faults(page) -> list[str]:
    """What axe finds on the page in either theme: the rule, and where."""
    return [fault for scheme in ("light", "dark") for fault in _faults(page, scheme)]


def _faults(page, scheme: str) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
    found = Axe().run(page).response["violations"]
    return [f"{scheme} {each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


def wrong_on(page, address: str) -> list[str]:
    """What is wrong with the page at an address, in light and dark."""
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    wrong = [f"{address} scrolls {wide} px sideways"] if wide > 0 else []
    return [*wrong, *(f"{address} {fault}" for fault in faults(page))]


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_is_clean_and_never_scrolls_sideways(visitors, addresses, story, window):
    # A page of the matrix is looked at here, or named with its reason above.
    assert sorted([*addresses, *NO_PAGE]) == sorted(row.name for row in matrix() if not row.is_act)
    users = {Role.RECEPTION: story.reception, Role.DOCTOR: story.doctor}
    wrong = []
    for role, pages in whose(addresses).items():
        page = visitors.visit(users[role], viewport=window)
        wrong += [fault for address in pages for fault in wrong_on(page, address)]
    wrong += [fault for address in ACCOUNT for fault in wrong_on(page, address)]
    assert not wrong, "\n".join(wrong)


# What is pressed in a page, and is less than 44 pixels in either direction; what lies beyond the right edge.
TOO_SMALL = """() => [...document.querySelectorAll("#main .btn, #main select, .tabs > a, .tabs > details > summary")]
    .filter((each) => each.checkVisibility() && !each.closest(".ec"))
    .filter((each) => { const box = each.getBoundingClientRect(); return box.width < 43.5 || box.height < 43.5; })
    .map((each) => `${each.textContent.trim().slice(0, 40)} is too small for a finger`)"""
SCROLLS = ".ec, .board-panel, .table-scroll, .lane-switch, .ribbon-scroll"
TOO_WIDE = """(scrolls) => [...document.querySelectorAll("#main :is(a, button, input, select, td, h1, h2)")]
    .filter((each) => each.checkVisibility() && !each.closest(scrolls))
    .filter((each) => each.getBoundingClientRect().right > window.innerWidth + 1)
    .map((each) => `${each.textContent.trim().slice(0, 40)} is cut at the right`)"""


def ill_at_hand(page, address: str) -> list[str]:
    """What a finger would miss on a page, and what the screen cuts."""
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return [f"{address} {fault}" for fault in (*page.evaluate(TOO_SMALL), *page.evaluate(TOO_WIDE, SCROLLS))]


@pytest.mark.parametrize("window", [TABLET, PHONE], ids=["tablet", "phone"])
def test_every_page_fits_under_a_finger_in_italian(visitors, addresses, story, window):
    users = {Role.RECEPTION: story.reception, Role.DOCTOR: story.doctor}
    wrong = []
    for role, pages in whose(addresses).items():
        page = visitors.visit(users[role], viewport=window, has_touch=True, locale="it-IT")
        wrong += [fault for address in pages for fault in ill_at_hand(page, address)]
    assert not wrong, "\n".join(wrong)


# What may have the focus and then looks as before, itself and what is drawn around it or for it.
UNSEEN_FOCUS = """() => {
    const ring = (each) => {
        const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(each);
        return outlineStyle === "none" ? boxShadow : [outlineStyle, outlineWidth, outlineColor, boxShadow].join();
    };
    const drawn = (each) => [each, each.nextElementSibling, each.parentElement].filter(Boolean).map(ring).join();
    const reached = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
    const unseen = new Set();
    for (const each of document.querySelectorAll(reached)) {
        for (let fold = each.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
        if (!each.checkVisibility({ visibilityProperty: true }) || each.disabled) continue;
        document.activeElement.blur();
        const before = drawn(each);
        each.focus();
        if (document.activeElement === each && drawn(each) === before) unseen.add(each.outerHTML.slice(0, 120));
    }
    return [...unseen];
}"""


def unseen_focus(page, address: str) -> list[str]:
    """What shows no ring when the keyboard comes to it, on the page at an address, in light and dark."""
    page.goto(address)
    page.keyboard.press("Tab")  # from now on the focus is the keyboard's
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
        found += [f"{address} {scheme}: {each}" for each in page.evaluate(UNSEEN_FOCUS)]
    return found


def test_whatever_has_the_focus_of_the_keyboard_is_seen_to_have_it(visitors, addresses, story):
    users = {Role.RECEPTION: story.reception, Role.DOCTOR: story.doctor}
    unseen = []
    for role, pages in whose(addresses).items():
        page = visitors.visit(users[role])
        unseen += [fault for address in pages for fault in unseen_focus(page, address)]
    unseen += [fault for address in ACCOUNT for fault in unseen_focus(page, address)]
    assert not unseen, "\n".join(unseen)


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_that_say_no_are_clean_too(visitors, story, window):
    visitors.expect_status(403, 404)
    page = visitors.visit(story.reception, viewport=window)
    assert wrong_on(page, "/review/") + wrong_on(page, "/plans/999999/") == []


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
