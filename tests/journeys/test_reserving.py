"""The desk reserves a cycle, lets the patient look, and confirms it; a colleague sees the time as reserved."""

from playwright.sync_api import expect

from scheduling.models import Appointment, SittingState
from tests.journeys.arrival import ready


def test_reception_reserves_reviews_and_confirms_all_28(visitors, story):
    plan = story.plan(story.patient())
    page, other = visitors.visit(story.reception), visitors.visit(story.doctor)
    page.goto(f"/plans/{plan.pk}/book/")
    page.get_by_role("button", name="Reserve and review 28").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Review the reservation")
    expect(page.get_by_text("minutes left")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(29)
    expect(page.locator("svg.ribbon .is-proposed")).to_have_count(28)
    ready(page)
    assert set(Appointment.objects.values_list("status", flat=True)) == {"reserved"}
    assert set(plan.sittings.values_list("state", flat=True)) == {SittingState.DUE}

    other.goto("/today/")
    expect(other.locator(".slot.is-reserved")).to_contain_text("by Ferri until")

    page.get_by_role("button", name="Confirm 28").dblclick()
    expect(page.locator(".state.is-running")).to_be_visible()
    expect(page.locator("#messages")).to_contain_text("28")
    assert list(Appointment.objects.values_list("status", flat=True)) == ["booked"] * 28
    assert set(plan.sittings.values_list("state", flat=True)) == {SittingState.BOOKED}


def test_what_is_given_back_is_free_for_a_colleague(visitors, story):
    plan, next_plan = story.plan(story.patient()), story.plan(story.patient("Conti", "Anna"))
    page, other = visitors.visit(story.reception, viewport={"width": 390, "height": 844}), visitors.visit(story.doctor)
    page.goto(f"/plans/{plan.pk}/book/")
    page.get_by_role("button", name="Reserve and review 28").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Review the reservation")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Give back").click()
    expect(page.locator("#messages")).to_contain_text("28 slots are free again.")

    other.goto(f"/plans/{next_plan.pk}/book/")
    other.get_by_role("button", name="Book 28 sittings").first.click()
    expect(other.locator(".state.is-running")).to_be_visible()
    assert Appointment.objects.filter(status="booked").count() == 28
