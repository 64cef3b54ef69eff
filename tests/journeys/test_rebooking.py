"""What did not take place finds its new slot at once: after a cancellation, and after somebody did not come."""

import time_machine
from playwright.sync_api import expect

from scheduling.models import Appointment
from tests.journeys.arrival import heading
from tests.journeys.story import NOW


def first_of(plan) -> Appointment:
    return Appointment.objects.get(sitting__plan=plan, sitting__number=1, status__in=["booked", "no-show"])


def test_a_sitting_is_cancelled_and_rebooked_from_one_dialog_and_its_story_says_why(visitors, story):
    plan = story.plan(story.patient(), until="booked")
    first = first_of(plan)
    page = visitors.visit(story.reception)
    page.goto(f"/appointments/{first.pk}/")
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_text("The sitting is due again; those after it keep their dates.")).to_be_visible()
    page.get_by_label("Reason").select_option(label="the patient is ill")
    page.get_by_role("button", name="Cancel and rebook").click()

    heading(page, "Find a slot: sitting 1")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("is booked")
    expect(page.get_by_role("heading", level=1, name="Greco Sofia")).to_be_visible()
    anew = Appointment.objects.get(sitting__plan=plan, sitting__number=1, status="booked")
    assert anew.pk != first.pk

    page.goto(f"/appointments/{first.pk}/")
    expect(page.get_by_text("Cancelled by the patient,")).to_contain_text("the patient is ill")


def test_who_did_not_come_is_rebooked_from_the_board(visitors, story):
    plan = story.plan(story.patient(), until="booked")
    first = first_of(plan)
    with time_machine.travel(NOW.replace(hour=18), tick=True):
        page = visitors.visit(story.reception)
        page.goto(f"/appointments/{first.pk}/")
        page.get_by_role("button", name="Did not come").click()
        expect(page.get_by_role("heading", name="Rebook S. Greco")).to_be_visible()
        page.locator(".next-sitting").get_by_role("button", name="Book").first.click()
        expect(page.locator("#messages")).to_contain_text("is booked")
    first.refresh_from_db()
    assert first.status == "no-show"
    assert Appointment.objects.filter(sitting__plan=plan, sitting__number=1, status="booked").count() == 1
