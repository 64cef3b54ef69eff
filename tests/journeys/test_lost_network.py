"""The network is gone at the moment of a press: what was typed stays, and the next press sends it."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from patients.models import Patient
from scheduling.models import RecallAttempt, Status
from tests.journeys.story import TODAY
from tests.journeys.test_live_board import booked_at_nine
from tests.scheduling.test_recall_list import recall_plan


def says_unsent(page: Page) -> None:
    expect(page.get_by_role("alert")).to_contain_text("The network is gone: nothing was saved")


def test_a_new_patient_saved_without_a_network_is_kept_on_the_page_and_saved_once_by_the_next_press(visitors, story):
    page = visitors.visit(story.reception)
    page.goto("/patients/new/")
    for field, typed in {"surname": "Marini", "given_name": "Ada", "birth_date": "1985-03-12"}.items():
        page.locator(f"#id_{field}").fill(typed)
    page.locator("#id_sex").select_option("F")
    page.context.set_offline(True)
    for _press in range(2):
        page.get_by_role("button", name="Save").click()
        says_unsent(page)
    expect(page.locator("#id_surname")).to_have_value("Marini")
    assert not Patient.objects.exists()

    page.context.set_offline(False)
    page.get_by_role("button", name="Save").dblclick()
    expect(page.get_by_role("heading", level=1, name="Marini Ada")).to_be_visible()
    assert Patient.objects.count() == 1


def test_a_call_logged_without_a_network_waits_until_the_server_answers_again(visitors, story):
    visitors.expect_lost_network()
    plan = recall_plan(story.site, "Riva", TODAY + timedelta(days=2))
    page = visitors.visit(story.reception)
    page.goto(f"/recalls/{plan.pk}/")
    page.get_by_label("Outcome").select_option("no-answer")
    page.context.set_offline(True)
    page.get_by_role("button", name="Save").press("Enter")
    says_unsent(page)
    # There is a network again, but the server is not reached through it.
    page.route("**/health/", lambda route: route.abort())
    page.context.set_offline(False)
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Save").press("Enter")
    says_unsent(page)
    expect(page.get_by_label("Outcome")).to_have_value("no-answer")
    assert not RecallAttempt.objects.exists()

    page.unroute("**/health/")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("heading", level=1, name="Recalls")).to_be_visible()
    assert RecallAttempt.objects.count() == 1


def test_a_step_pressed_without_a_network_on_the_page_of_an_appointment_is_told_and_taken_later(visitors, story):
    visitors.expect_lost_network()
    made = booked_at_nine(story)
    page = visitors.visit(story.reception)
    page.goto(f"/appointments/{made.pk}/")
    page.context.set_offline(True)
    page.get_by_role("button", name="Arrived").click()
    says_unsent(page)
    page.context.set_offline(False)
    page.get_by_role("button", name="Arrived").click()
    expect(page.locator("#said")).to_contain_text("arrived")
    made.refresh_from_db()
    assert made.status == Status.ARRIVED
