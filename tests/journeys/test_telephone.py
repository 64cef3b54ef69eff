"""The desk with a telephone in the hand: 390 pixels, what one came for first, every act within reach of the thumb."""

from datetime import timedelta

from playwright.sync_api import expect

from scheduling.models import Appointment, SittingState
from scheduling.services.booking import book_appointment
from tests.journeys.conftest import PHONE
from tests.journeys.story import NOW, TODAY


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


def fill_the_day(story) -> None:
    """An appointment every half hour from nine with the first practitioner, the last one below the screen."""
    story.plan(story.patient())  # a protocol is approved: nothing lacks any more
    for number in range(14):
        book_appointment(
            patient=story.patient(f"Conti{chr(97 + number)}", "Anna"), kind="consultation",
            practitioner=story.practitioner, room=story.rooms[number % 2], starts=NOW + timedelta(minutes=30 * number),
            minutes=30, by=story.reception, now=NOW,
        )  # fmt: skip


def test_the_day_begins_with_its_first_appointment_and_the_rest_is_behind_one_button(visitors, story):
    fill_the_day(story)
    page = visitors.visit(story.reception, viewport=PHONE, has_touch=True)
    page.goto("/today/")
    expect(page.get_by_role("heading", level=1, name="Mon 23 Nov")).to_be_visible()
    assert page.locator(".lane:not(.is-other) .slot").first.bounding_box()["y"] < 180
    page.locator("summary", has_text="More about this day").tap()
    expect(page.get_by_role("link", name="The day as a CSV file")).to_be_visible()
    page.get_by_role("link", name="Walk-in").tap()
    expect(page.get_by_role("heading", level=1, name="Who is it for?")).to_be_visible()


def test_what_was_done_far_down_the_day_is_told_under_the_thumb_with_its_way_back(visitors, story):
    fill_the_day(story)
    page = visitors.visit(story.reception, viewport=PHONE, has_touch=True)
    page.goto("/today/")
    page.locator(".slot", has_text="A. Contin").get_by_role("button", name="Arrived").tap()
    expect(page.locator("#said")).to_contain_text("Contin Anna: arrived.")
    expect(page.locator("#said")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Undo").tap()
    expect(page.locator("#said")).to_contain_text("Contin Anna: booked.")


def test_under_a_finger_a_page_opens_at_its_heading_though_a_slot_below_is_suggested(visitors, story):
    plan = story.plan(story.patient(), until="booked")
    second = Appointment.objects.get(sitting__plan=plan, sitting__number=2)
    page = visitors.visit(story.reception, viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto(f"/appointments/{second.pk}/move/")
    expect(page.get_by_role("heading", level=1, name="Move sitting 2")).to_be_in_viewport(ratio=1)
    expect(page.locator("a.btn", has_text="Choose").first).to_be_in_viewport()
    # How to look elsewhere is folded until it is asked for.
    expect(page.get_by_label("From date")).to_be_hidden()
    page.get_by_text("Other slots").tap()
    expect(page.get_by_label("From date")).to_be_visible()


def test_a_sheet_to_write_in_stays_inside_the_screen(visitors, story):
    plan = story.plan(story.patient(), until="booked")
    page = visitors.visit(story.doctor, viewport=PHONE, has_touch=True)
    page.goto(f"/plans/{plan.pk}/")
    page.get_by_text("Stop", exact=True).tap()
    expect(page.get_by_label("Why the plan stops")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Stop the plan of Greco Sofia")).to_be_in_viewport(ratio=1)


def test_the_list_comes_first_and_its_file_below_it(visitors, story):
    story.freed(waits=story.plan(story.patient()).sittings.get(number=1))
    page = visitors.visit(story.reception, viewport=PHONE)
    page.goto("/waiting-list/")
    offer = page.get_by_role("button", name="Offer").first
    file = page.get_by_role("link", name="Freed slots").first
    assert file.bounding_box()["y"] > offer.bounding_box()["y"] < 200


def test_the_tab_of_booking_is_marked_while_one_books(visitors, story):
    page = visitors.visit(story.reception, viewport=PHONE)
    page.goto("/book/")
    tabs = page.get_by_role("navigation", name="Main, phone")
    expect(tabs.locator("[aria-current=page]")).to_have_text("Book")
