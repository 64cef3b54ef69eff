"""The desk with a telephone in the hand: 390 pixels, what one came for first, every act within reach of the thumb."""

from playwright.sync_api import expect

from tests.journeys.conftest import PHONE


def test_an_empty_list_of_plans_to_book_says_so_and_its_script_stays_quiet(visitors, story):
    page = visitors.visit(story.reception)
    page.goto("/to-book/")
    expect(page.get_by_text("Every sitting of every approved plan has its slot.")).to_be_visible()


def test_the_chosen_plans_are_booked_by_a_bar_that_comes_with_the_first_tick(visitors, story):
    story.plan(story.patient("Conti", "Anna"))
    page = visitors.visit(story.reception, viewport=PHONE)
    page.goto("/to-book/")
    bar = page.get_by_role("button", name="Book the chosen plans")
    expect(page.get_by_role("link", name="Book for Conti Anna")).to_be_visible()
    expect(bar).to_be_hidden()
    page.get_by_role("checkbox", name="Choose Conti Anna").check()
    expect(bar).to_be_visible()
    expect(page.get_by_role("link", name="Call list")).to_be_visible()


def test_booking_begins_from_the_tabs_and_comes_back_to_its_page(visitors, story):
    page = visitors.visit(story.reception, viewport=PHONE)
    page.goto("/recalls/")
    page.get_by_role("navigation", name="Main, phone").get_by_role("link", name="Book", exact=True).click()
    expect(page).to_have_url(f"{visitors.address}/book/?next=%2Frecalls%2F")
