"""Two desks at once, and a finger that presses twice."""

from playwright.sync_api import expect

from scheduling.models import Appointment


def test_the_slower_of_two_desks_is_told_and_gets_fresh_proposals(visitors, story):
    visitors.expect_status(409)
    quick_plan, slow_plan = story.plan(story.patient()), story.plan(story.patient("Conti", "Anna"))
    quick, slow = visitors.visit(story.reception), visitors.visit(story.doctor)
    quick.goto(f"/plans/{quick_plan.pk}/book/")
    slow.goto(f"/plans/{slow_plan.pk}/book/")

    quick.get_by_role("button", name="Book 28 sittings").first.click()
    expect(quick.locator(".state.is-running")).to_be_visible()
    slow.get_by_role("button", name="Book 28 sittings").first.click()
    expect(slow.get_by_role("alert")).to_contain_text("Nothing was booked.")
    expect(slow.get_by_role("alert")).to_contain_text("These proposals are fresh.")
    assert not Appointment.objects.filter(sitting__plan=slow_plan).exists()

    slow.get_by_role("button", name="Book 28 sittings").first.click()
    expect(slow.locator(".state.is-running")).to_be_visible()
    assert Appointment.objects.filter(sitting__plan=slow_plan).count() == 28


def test_a_double_click_books_once(visitors, story):
    plan = story.plan(story.patient())
    page = visitors.visit(story.reception)
    page.goto(f"/plans/{plan.pk}/book/")
    page.get_by_role("button", name="Book 28 sittings").first.dblclick()
    expect(page.locator(".state.is-running")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert Appointment.objects.filter(sitting__plan=plan).count() == 28
