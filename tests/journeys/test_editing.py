"""The desk changes a proposal before it is booked: one sitting elsewhere, one left out, then reserved and confirmed."""

import re

from playwright.sync_api import Page, expect

from scheduling.models import Appointment, SittingState
from tests.journeys.test_keyboard import tab_to


def days_of(page: Page) -> dict[int, str]:
    """The day and time of each sitting of the shown proposal, by number."""
    rows = page.locator("#proposals table.quiet tbody tr:not(.opened)")
    words = [" ".join(text.split()) for text in rows.all_inner_texts()]
    return {int(text.split()[0]): re.search(r"\d+ \w+ \d{4}, \d\d:\d\d", text)[0] for text in words}


def choose(page: Page, number: int, price: str) -> None:
    page.get_by_role("link", name=f"Change sitting {number}", exact=True).click()
    slots = page.get_by_role("list", name=f"Other slots for sitting {number}")
    slots.get_by_role("listitem").filter(has_text=price).first.get_by_role("link").click()
    expect(page.get_by_text("Chosen by hand:")).to_be_visible()


def test_a_sitting_is_moved_another_left_out_and_the_rest_reserved_and_confirmed(visitors, story):
    plan = story.plan(story.patient())
    page = visitors.visit(story.reception)
    page.goto(f"/plans/{plan.pk}/book/")
    before = days_of(page)
    choose(page, 12, "moves 1 other sitting")
    after = days_of(page)
    moved = {number for number in before if before[number] != after[number]}
    assert 12 in moved
    assert len(moved) == 2
    expect(page.locator("#sitting-12")).to_be_focused()

    page.get_by_role("link", name="Change sitting 20", exact=True).click()
    page.get_by_role("link", name="Leave sitting 20 out of this booking").click()
    expect(page.get_by_role("link", name="Take in again: sitting 20")).to_be_focused()
    # A wish changed afterwards forgets neither.
    page.get_by_role("checkbox", name="Thu").check()
    expect(page).to_have_url(re.compile("weekdays=3"))
    expect(page.locator("#proposals .pills")).to_contain_text("Sitting 20 left out")
    shown = days_of(page)
    assert shown[12] == after[12]
    assert 20 not in shown

    page.get_by_role("button", name="Reserve and review 27").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Review the reservation")
    expect(page.locator("svg.ribbon .is-proposed")).to_have_count(27)
    page.get_by_role("button", name="Confirm 27").click()
    expect(page.locator("#messages")).to_contain_text("27 sittings of Greco Sofia are booked")
    expect(page.get_by_role("table").get_by_text(after[12].rsplit(" ", 1)[1]).first).to_be_visible()
    assert Appointment.objects.filter(status="booked").count() == 27
    assert plan.sittings.get(number=20).state == SittingState.DUE
    assert f"{plan.sittings.get(number=12).booked:%-d %b %Y}" in after[12]


def test_a_slot_is_chosen_and_taken_back_by_keyboard(visitors, story):
    plan = story.plan(story.patient())
    page = visitors.visit(story.reception)
    page.goto(f"/plans/{plan.pk}/book/")
    before = days_of(page)
    page.locator("#sitting-2").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Other slots for sitting 2")).to_be_visible()
    expect(page.locator("#sitting-2")).to_be_focused()
    tab_to(page, "Choose")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Chosen by hand:")).to_be_visible()
    expect(page.locator("#sitting-2")).to_be_focused()
    assert days_of(page)[2] != before[2]
    page.keyboard.press("Enter")
    expect(page.locator("#sitting-2")).to_have_text("Close")
    page.keyboard.press("Enter")
    expect(page.locator("#sitting-2")).to_have_text("Change")
    page.get_by_role("link", name="Remove: Sitting 2 on").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Chosen by hand:")).to_have_count(0)
    assert days_of(page) == before


def test_without_a_script_a_slot_is_chosen_and_one_left_out(visitors, story):
    plan = story.plan(story.patient())
    page = visitors.visit(story.reception, java_script_enabled=False, viewport={"width": 390, "height": 844})
    page.goto(f"/plans/{plan.pk}/book/")
    choose(page, 3, "the rest stays")
    expect(page.locator("#proposals tr", has_text="chosen")).to_have_count(1)
    page.get_by_role("link", name="Change sitting 5", exact=True).click()
    page.get_by_role("link", name="Leave sitting 5 out of this booking").click()
    page.get_by_role("button", name="Book 27 sittings").first.click()
    expect(page.locator("#messages")).to_contain_text("27 sittings of Greco Sofia are booked")
    assert plan.sittings.get(number=5).state == SittingState.DUE
