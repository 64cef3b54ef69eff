"""The desk with a telephone in the hand: 390 pixels, what one came for first, every act within reach of the thumb."""

from datetime import timedelta

from playwright.sync_api import expect

from scheduling.models import SittingState
from tests.journeys.conftest import PHONE
from tests.journeys.story import TODAY


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


def test_a_plan_begins_with_its_ribbon_at_today_and_the_next_sitting_what_is_over_is_folded(visitors, story):
    plan = story.plan(story.patient(), start=TODAY - timedelta(days=150))
    early = list(plan.sittings.order_by("number")[:5])
    for sitting in early:
        sitting.given = sitting.ideal
        sitting.state = SittingState.COMPLETED
        sitting.save()
    page = visitors.visit(story.reception, viewport=PHONE)
    page.goto(f"/plans/{plan.pk}/")
    sittings = page.get_by_role("region", name="Sittings")
    expect(sittings.get_by_role("listitem").first).to_contain_text("6")
    sittings.get_by_text("5 past sittings").click()
    expect(sittings.get_by_role("listitem").first).to_contain_text("completed")
    expect(page.locator("line.today")).to_be_in_viewport()


def test_a_week_of_the_calendar_leaves_the_acts_to_the_page_of_the_appointment(visitors, story):
    plan = story.plan(story.patient(), until="booked")
    page = visitors.visit(story.reception, viewport=PHONE)
    page.goto(f"/calendar/?view=week&date={plan.sittings.get(number=5).booked}")
    links = page.locator(".calendar-entries").get_by_role("link")
    # Nothing but the appointments themselves.
    expect(links).to_have_count(page.locator(".calendar-entries > li").count())
    links.first.click()
    expect(page.get_by_role("heading", level=1, name="Greco Sofia")).to_be_visible()
    expect(page.get_by_role("link", name="Move")).to_be_visible()
