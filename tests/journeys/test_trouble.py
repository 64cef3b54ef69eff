"""What somebody sees when something is in the way: a session that ended, a page not for them, an address of nothing."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from patients.models import Patient
from scheduling.services.booking import book_appointment
from tests.conftest import PASSWORD
from tests.journeys.story import NOW, TODAY


def test_what_was_typed_is_sent_again_after_the_session_ended(visitors, story):
    visitors.expect_status(403)
    page = visitors.visit(story.reception)
    page.goto("/patients/new/")
    page.get_by_label("Surname").fill("Greco")
    page.locator("#id_given_name").fill("Sofia")
    page.get_by_label("Birth date").fill("1985-03-12")
    page.get_by_label("Sex").select_option("F")
    Session.objects.all().delete()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing was saved")).to_be_visible()
    assert not Patient.objects.exists()

    with page.expect_popup() as opened:
        page.get_by_role("link", name="Sign in").click()
    opened.value.get_by_label("Username").fill(story.reception.username)
    opened.value.get_by_label("Password").fill(PASSWORD)
    opened.value.keyboard.press("Enter")
    expect(opened.value.get_by_role("link", name="Patients").first).to_be_visible()
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Greco Sofia")
    assert Patient.objects.get().given_name == "Sofia"


def test_a_page_for_doctors_and_an_address_of_nothing_say_so(visitors, story):
    visitors.expect_status(403, 404)
    page = visitors.visit(story.reception)
    page.goto("/review/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not for your role")
    page.goto("/plans/999999/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("link", name="Today").first).to_be_visible()


def test_a_press_on_the_board_after_the_session_ended_leaves_the_board_where_it_is(visitors, story):
    visitors.expect_status(403)
    made = book_appointment(
        patient=story.patient("Greco"), kind="consultation", practitioner=story.practitioner, room=story.rooms[0],
        starts=datetime(TODAY.year, TODAY.month, TODAY.day, 9, 0, tzinfo=ZoneInfo("Europe/Rome")), minutes=30,
        by=story.reception, now=NOW,
    )  # fmt: skip
    page = visitors.visit(story.reception)
    page.goto("/today/")
    Session.objects.all().delete()
    act = page.locator(f"#act{made.pk}")
    act.click()
    expect(page.get_by_role("alert")).to_contain_text("Your session has ended")
    expect(act).to_be_visible()
    expect(act).to_be_focused()
    made.refresh_from_db()
    assert made.status == "booked"
