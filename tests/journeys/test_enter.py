"""Enter in a field does what the main button says, also where other times are offered as buttons."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from scheduling.models import Appointment
from scheduling.services.booking import book_appointment
from tests.journeys.story import NOW

TEN, ELEVEN = NOW + timedelta(hours=1), NOW + timedelta(hours=2)


def booked(story, surname: str, starts) -> Appointment:
    return book_appointment(
        patient=story.patient(surname), kind="consultation", practitioner=story.practitioner, room=story.rooms[0],
        starts=starts, minutes=30, by=story.reception, now=NOW,
    )  # fmt: skip


def enter_at(page: Page, at: str) -> None:
    page.get_by_label("Time").fill(at)
    page.keyboard.press("Enter")


def test_after_a_taken_time_enter_moves_to_the_time_that_was_typed_next(visitors, story):
    visitors.expect_status(409)
    moved = booked(story, "Conti", TEN)
    booked(story, "Riva", ELEVEN)
    page = visitors.visit(story.reception)
    page.goto(f"/appointments/{moved.pk}/put/")
    enter_at(page, "11:00")
    expect(page.get_by_role("group", name="Free on that day").get_by_role("button").first).to_be_visible()
    enter_at(page, "15:35")
    expect(page.get_by_role("heading", level=1, name="Where does it go?")).to_be_hidden()
    moved.refresh_from_db()
    assert (moved.starts, moved.room) == (NOW.replace(hour=15, minute=35), story.rooms[0])


def test_after_a_taken_time_enter_books_the_time_that_was_typed_next(visitors, story):
    visitors.expect_status(409)
    booked(story, "Riva", ELEVEN)
    patient = story.patient("Conti")
    page = visitors.visit(story.reception)
    page.goto(f"/appointments/new/?patient={patient.pk}&at=10:00&day={NOW.date()}")
    page.get_by_text("Change", exact=True).click()
    enter_at(page, "11:00")
    expect(page.get_by_role("group", name="Free on that day").get_by_role("button").first).to_be_visible()
    enter_at(page, "15:35")
    expect(page.get_by_role("heading", level=1, name="Book an appointment")).to_be_hidden()
    made = Appointment.objects.get(patient=patient)
    assert (made.starts, made.room) == (NOW.replace(hour=15, minute=35), story.rooms[0])
