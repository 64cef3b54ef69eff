"""The desk asks a patient back: no answer, tried again, booked, and off the list."""

from datetime import timedelta

from playwright.sync_api import expect

from scheduling.models import Sitting, SittingState
from tests.journeys.story import TODAY
from tests.scheduling.test_recall_list import recall_plan


def test_a_patient_is_called_and_booked_and_leaves_the_list(visitors, story):
    plan = recall_plan(story.site, "Riva", TODAY + timedelta(days=2))
    desk = visitors.visit(story.reception)
    desk.goto("/recalls/")
    desk.get_by_role("link", name="Log a call to Riva Sofia").click()
    desk.get_by_label("Outcome").select_option("no-answer")
    desk.get_by_label("Next attempt on").fill(f"{TODAY:%Y-%m-%d}")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("row", name="Riva Sofia")).to_contain_text("next attempt Mon 23 Nov")

    desk.get_by_role("link", name="Book for Riva Sofia").click()
    desk.get_by_role("button", name="Book").first.click()
    expect(desk).to_have_url(f"{visitors.address}/recalls/")
    expect(desk.get_by_text("Nobody is to be asked back in these days.")).to_be_visible()
    assert Sitting.objects.get(plan=plan, number=3).state == SittingState.BOOKED
