"""Near the end of eight sittings of 8 to 15 a doctor goes on to twelve, and the desk books the four new ones."""

from datetime import datetime, timedelta

from playwright.sync_api import expect

from scheduling.models import Appointment, SittingState, TreatmentPlan
from tests.journeys.story import NOW, Story
from tests.journeys.test_live_board import LATE_TO_LISTEN
from tests.scheduling.booking_data import make_plan
from tests.scheduling.ranged import booked_up_to, give


def test_a_doctor_goes_on_from_8_to_12_and_reception_books_the_4_new_ones(visitors, story):
    plan = begun_six_weeks_ago(story)
    stood = book_and_give(plan, story)

    page = visitors.visit(story.doctor)
    page.goto("/review/")
    page.get_by_role("link", name="Decide how it goes on: Greco Sofia").click()
    expect(page.get_by_role("button", name="Go on to 15 sittings")).to_be_visible()
    page.get_by_label("Sittings of this phase in all").fill("12")
    expect(page.locator("#dates tbody tr")).to_have_count(4)
    page.get_by_role("button", name="Go on to 12 sittings").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("4 sittings")
    page.goto("/review/")
    expect(page.get_by_text("Greco Sofia")).to_have_count(0)

    desk = visitors.visit(story.reception)
    desk.goto("/to-book/")
    desk.get_by_role("link", name="Book for Greco Sofia").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("4 sittings")
    desk.get_by_role("button", name="Book 4 sittings").first.click()
    expect(desk.locator("#messages")).to_contain_text("4")
    assert plan.sittings.filter(state=SittingState.BOOKED).count() == 6
    assert stood < set(Appointment.objects.values_list("pk", "starts"))
    assert plan.sittings.filter(number__gt=8, booked__isnull=False).count() == 4


def begun_six_weeks_ago(story: Story) -> TreatmentPlan:
    start = (NOW - timedelta(weeks=6)).date()
    return make_plan(
        story.patient(), story.site, story.doctor, start=start, counts=[8], practitioner=story.practitioner
    )


def test_a_number_typed_before_the_page_listens_shows_its_dates(visitors, story):
    plan = begun_six_weeks_ago(story)
    book_and_give(plan, story)
    page = visitors.visit(story.doctor)
    page.add_init_script(LATE_TO_LISTEN)
    page.goto(f"/plans/{plan.pk}/range/")
    page.get_by_label("Sittings of this phase in all").fill("12")
    expect(page.locator("#dates tbody tr")).to_have_count(4)


def book_and_give(plan: TreatmentPlan, story: Story) -> set[tuple[int, datetime]]:
    """Books all eight and gives the six of the weeks gone by; says what stands in the diary."""
    early = datetime.combine(plan.start_date, NOW.time(), NOW.tzinfo)
    for appointment in booked_up_to(plan, 8, story.reception, now=early)[:6]:
        give(appointment)
    return set(Appointment.objects.values_list("pk", "starts"))
