"""Screens that fell behind: opened yesterday, in two tabs, gone back to, in a browser of another time zone."""

from datetime import timedelta

import pytest
import time_machine
from playwright.sync_api import expect

from patients.models import Patient
from scheduling.models import Appointment, Status
from scheduling.services.booking import book_appointment
from tests.journeys.arrival import ready
from tests.journeys.story import NOW, TODAY
from tests.journeys.test_live_board import ask_for_news, booked_at_nine, card

EVENING, MORNING = NOW.replace(hour=21, minute=30), NOW.replace(hour=8) + timedelta(days=1)

# The second click comes when the first has been sent, and before it is answered.
TWO_CLICKS = "button => { button.click(); setTimeout(() => button.click(), 30); }"


def test_a_board_and_a_calendar_opened_yesterday_become_those_of_today(visitors, story):
    book_appointment(
        patient=story.patient(), kind="consultation", practitioner=story.practitioner, room=story.rooms[0],
        starts=MORNING.replace(hour=10), minutes=30, by=story.reception, now=NOW,
    )  # fmt: skip
    with time_machine.travel(EVENING, tick=True):
        board, calendar = (visitors.visit(story.reception) for _window in range(2))
        board.goto("/today/")
        calendar.goto("/calendar/")
        for page in (board, calendar):
            expect(page.get_by_role("heading", level=1, name="Monday 23 November")).to_be_visible()
        expect(calendar.locator(".ec-body")).to_be_visible()
    with time_machine.travel(MORNING, tick=True):
        ask_for_news(board)
        calendar.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        for page in (board, calendar):
            expect(page.get_by_role("heading", level=1, name="Tuesday 24 November")).to_be_visible()
        expect(card(board, "S. Greco")).to_be_visible()
        expect(calendar.locator(".ec-event", has_text="S. Greco")).to_be_visible()


def test_a_new_patient_saved_with_a_double_click_is_one_and_comes_back_to_the_booking(visitors, story):
    page = visitors.visit(story.reception)
    page.goto("/patients/new/?next=/book/")
    for field, typed in {"surname": "Marini", "given_name": "Ada", "birth_date": "1985-03-12"}.items():
        page.locator(f"#id_{field}").fill(typed)
    page.locator("#id_sex").select_option("F")
    sent = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_role("button", name="Save").evaluate(TWO_CLICKS)
    expect(page.get_by_role("heading", level=1, name="Who is it for?")).to_be_visible()
    assert sent.count("POST") == 1
    assert Patient.objects.filter(surname="Marini").count() == 1


def test_a_board_of_a_chosen_day_stays_on_that_day(visitors, story):
    booked_at_nine(story)
    with time_machine.travel(EVENING, tick=True):
        page = visitors.visit(story.reception)
        page.goto(f"/today/?day={TODAY}")
    with time_machine.travel(MORNING, tick=True):
        ask_for_news(page)
        expect(page.locator(".as-of")).to_contain_text("08:0")
        expect(page.get_by_role("heading", level=1, name="Monday 23 November")).to_be_visible()
        expect(card(page, "S. Greco")).to_be_visible()


def test_the_second_of_two_tabs_is_told_and_sees_what_the_first_did(visitors, story):
    visitors.expect_status(409)
    made = booked_at_nine(story)
    first = visitors.visit(story.reception)
    first.goto("/today/")
    second = first.context.new_page()
    second.goto(f"/appointments/{made.pk}/")
    expect(second.get_by_role("button", name="Arrived")).to_be_visible()
    for word in ("arrived", "in treatment"):
        first.locator(f"#act{made.pk}").click()
        expect(card(first, "S. Greco")).to_contain_text(word)
    second.get_by_role("button", name="Arrived").click()
    expect(second.locator("#said")).to_contain_text("Somebody else changed this appointment")
    expect(second.get_by_role("button", name="Finish")).to_be_visible()
    made.refresh_from_db()
    assert made.status == Status.IN_TREATMENT


def test_going_back_shows_fresh_slots_and_what_is_sent_again_books_no_second_time(visitors, story):
    greco = story.patient()
    page = visitors.visit(story.reception)
    page.goto(f"/patients/{greco.pk}/book/visit/?kind=consultation")
    slot = page.get_by_role("button", name="Book").and_(page.locator("[autofocus]"))
    pressed = slot.get_attribute("aria-label")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        slot.click()
    expect(page.locator("#messages")).to_contain_text("consultation booked")
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="Consultation")).to_be_visible()
    expect(page.get_by_role("button", name=pressed)).to_have_count(0)
    again = page.request.post(
        sent.value.url, data=sent.value.post_data, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert again.ok
    assert Appointment.objects.filter(patient=greco).count() == 1


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland"])
def test_a_browser_elsewhere_reads_and_books_on_the_clock_of_the_site(visitors, story, zone):
    booked_at_nine(story)
    page = visitors.visit(story.reception, timezone_id=zone)
    page.goto("/today/")
    expect(page.get_by_role("heading", level=1, name="Monday 23 November")).to_be_visible()
    expect(card(page, "S. Greco").locator("time")).to_have_text("09:00")
    expect(page.locator(".as-of")).to_contain_text("as of 09:0")
    page.goto("/today/walk-in/")
    ready(page)
    page.keyboard.type("greco")
    page.keyboard.press("Enter")
    page.get_by_text("Change", exact=True).click()
    expect(page.get_by_label("Day")).to_have_value(f"{TODAY}")
    page.get_by_label("Time").fill("11:00")
    page.get_by_role("button", name="Book it").click()
    expect(card(page, "S. Greco").locator("time", has_text="11:00")).to_be_visible()
    assert Appointment.objects.latest("pk").starts == NOW.replace(hour=11)
