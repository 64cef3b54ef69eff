"""The desk books with the keyboard alone: `n`, a name, Enter, arrows, Enter."""

from datetime import timedelta

from playwright.sync_api import expect

from scheduling.models import Appointment
from scheduling.services.booking import book_appointment
from tests.journeys.arrival import heading, ready
from tests.journeys.conftest import PHONE
from tests.journeys.story import NOW


def focused(page) -> str:
    return page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.innerText")


def test_a_consultation_is_booked_from_anywhere_in_three_steps_and_leads_back(visitors, story):
    greco = story.patient()
    story.patient("Grechi", "Anna")
    page = visitors.visit(story.reception)
    page.goto("/today/?day=2026-11-24")

    page.keyboard.press("n")
    heading(page, "Who is it for?")
    page.keyboard.type("grec")
    expect(page.get_by_role("link", name="Greco Sofia")).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert "Grechi Anna" in focused(page)
    page.keyboard.press("ArrowDown")
    assert "Greco Sofia" in focused(page)
    page.keyboard.press("Enter")

    heading(page, "What is it for?")
    expect(page.get_by_role("link", name="Consultation")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")

    heading(page, "Consultation")
    assert focused(page).startswith("Book Monday 23 November")
    page.keyboard.press("ArrowDown")
    chosen = focused(page)
    page.keyboard.press("Enter")

    expect(page.locator("#messages")).to_contain_text("Greco Sofia: consultation booked")
    expect(page).to_have_url(f"{visitors.address}/today/?day=2026-11-24")
    booked = Appointment.objects.get()
    assert (booked.patient, booked.kind) == (greco, "consultation")
    assert str(booked.practitioner) in chosen


def test_enter_alone_chooses_who_is_alone_and_the_suggested_slot_of_the_next_sitting(visitors, story):
    plan = story.plan(story.patient())
    story.patient("Conti", "Anna")
    page = visitors.visit(story.reception)
    page.goto("/to-book/")

    page.keyboard.press("n")
    heading(page, "Who is it for?")
    page.keyboard.type("greco")
    page.keyboard.press("Enter")
    heading(page, "What is it for?")
    expect(page.get_by_role("link", name="All 28 sittings")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    heading(page, "Find a slot: sitting 1")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("is booked")
    expect(page).to_have_url(f"{visitors.address}/to-book/")
    assert Appointment.objects.get().sitting.plan == plan


def test_a_whole_cycle_booked_by_one_enter_too_many_is_undone_by_one_key(visitors, story):
    plan = story.plan(story.patient())
    page = visitors.visit(story.reception)
    page.goto("/to-book/")

    page.keyboard.press("n")
    expect(page.get_by_role("searchbox", name="Find the patient")).to_be_focused()
    page.keyboard.type("greco")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="All 28 sittings")).to_be_focused()
    page.keyboard.press("Enter")
    best = page.get_by_role("button", name="Book 28 sittings").and_(page.locator(":focus"))
    expect(best).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("28 sittings of Greco Sofia are booked")
    expect(page).to_have_url(f"{visitors.address}/to-book/")

    page.keyboard.press("u")
    expect(page.locator("#messages")).to_contain_text("is undone: 28 sittings are due again.")
    expect(best).to_be_visible()
    assert set(Appointment.objects.values_list("status", "cancel_reason")) == {("cancelled", "mistake")}
    plan.refresh_from_db()
    assert plan.state == "approved"


def test_a_slot_lost_while_the_patient_was_talking_is_said_and_a_fresh_one_taken(visitors, story):
    greco = story.patient()
    page = visitors.visit(story.reception)
    page.goto(f"/patients/{greco.pk}/book/visit/?kind=review&practitioner={story.practitioner.pk}")
    best = page.get_by_role("button", name="Book").and_(page.locator(":focus"))
    expect(best).to_be_visible()
    taken = NOW.replace(hour=9, minute=0)
    for minutes in range(5, 540, 60):
        book_appointment(
            patient=story.patient(f"Altri{minutes}"), kind="review", practitioner=story.practitioner,
            room=story.rooms[0], starts=taken + timedelta(minutes=minutes), minutes=50, by=story.reception, now=NOW,
        )  # fmt: skip
    visitors.expect_status(409)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was booked.")
    ready(page)
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Greco Sofia: review booked")
    assert Appointment.objects.filter(patient=greco).count() == 1


def test_without_javascript_a_therapy_is_booked_on_a_phone(visitors, story):
    greco = story.patient()
    page = visitors.visit(story.reception, java_script_enabled=False, viewport=PHONE)
    page.goto("/book/")
    page.get_by_label("Find the patient").fill("greco sofia")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Complementary therapy").click()
    page.get_by_text("Other slots").click()
    page.get_by_label("Minutes").fill("60")
    page.get_by_role("button", name="Look", exact=True).click()
    page.get_by_role("button", name="Book").first.click()
    expect(page.locator("#messages")).to_contain_text("Greco Sofia: complementary therapy booked")
    booked = Appointment.objects.get()
    assert (booked.patient, booked.ends - booked.starts) == (greco, timedelta(hours=1))
