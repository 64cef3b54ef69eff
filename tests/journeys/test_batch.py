"""Monday morning: the desk books several plans in one run, leaves and comes back, and takes one back."""

from playwright.sync_api import Page, expect

from scheduling.models import Appointment, Batch, UnavailableDates
from tests.journeys.arrival import ready
from tests.journeys.story import TODAY


def waiting_plans(story):
    return [story.plan(story.patient(surname, "Anna")) for surname in ("Conti", "Riva", "Serra")]


def booked(plan) -> int:
    return Appointment.objects.filter(sitting__plan=plan, status="booked").count()


def ready_to_start(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text("Batch of 3 plans")
    expect(page.get_by_text("Nothing is booked yet.")).to_be_visible()
    ready(page)


def test_three_plans_are_chosen_by_keyboard_booked_one_after_the_other_and_one_is_taken_back(visitors, story):
    plans = waiting_plans(story)
    UnavailableDates.objects.create(patient=plans[1].patient, first=TODAY, last=TODAY.replace(year=2027))
    page = visitors.visit(story.reception)
    page.goto("/to-book/")
    boxes = page.get_by_role("checkbox", name="Choose")
    boxes.first.focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Book the chosen plans (1)")).to_be_visible()
    page.get_by_role("link", name="Choose all on this page").press("Enter")
    page.get_by_role("button", name="Book the chosen plans (3)").press("Enter")

    ready_to_start(page)
    assert Appointment.objects.count() == 0
    page.get_by_role("button", name="Start booking").dblclick()
    expect(page.get_by_role("status")).to_contain_text("All done.")
    expect(page.get_by_text("2 booked · 1 without slots · 0 waiting")).to_be_visible()
    assert [booked(plan) for plan in plans] == [28, 0, 28]
    refused = page.get_by_role("row").filter(has_text="Riva Anna")
    expect(refused).to_contain_text("Sitting 1 has no slot")
    expect(page.get_by_role("row").filter(has_text="Conti Anna")).to_contain_text("28 sittings until")

    page.get_by_role("button", name="Undo what was booked for Conti Anna").click()
    expect(page.locator("#messages")).to_contain_text("Conti Anna: 28 appointments are cancelled.")
    assert [booked(plan) for plan in plans] == [0, 0, 28]
    page.get_by_role("link", name="Book for Riva Anna").click()
    expect(page.get_by_role("heading", name="has no slot")).to_be_visible()


def test_a_run_left_in_the_middle_goes_on_later_with_somebody_else(visitors, story):
    plans = waiting_plans(story)
    page = visitors.visit(story.reception)
    page.goto("/to-book/")
    page.get_by_role("link", name="Choose all on this page").click()
    page.get_by_role("button", name="Book the chosen plans (3)").click()
    ready_to_start(page)
    steps = []

    def one_only(route):
        steps.append(route.request.url)
        route.continue_() if len(steps) == 1 else route.fulfill(status=204)

    page.route("**/step/", one_only)
    page.get_by_role("button", name="Start booking").click()
    expect(page.get_by_role("heading", name="1 of 3")).to_be_visible()
    page.close()
    assert [booked(plan) for plan in plans] == [28, 0, 0]

    other = visitors.visit(story.doctor)
    other.goto("/to-book/")
    other.get_by_role("link", name="1 not finished").click()
    other.get_by_role("link", name="23 Nov").click()
    other.get_by_role("button", name="Go on").click()
    expect(other.get_by_text("3 booked · 0 without slots · 0 waiting")).to_be_visible()
    assert [booked(plan) for plan in plans] == [28, 28, 28]


def test_a_colleague_watches_a_run_until_it_is_over(visitors, story):
    waiting_plans(story)
    page = visitors.visit(story.reception)
    page.goto("/to-book/")
    page.get_by_role("link", name="Choose all on this page").click()
    page.get_by_role("button", name="Book the chosen plans (3)").click()
    ready_to_start(page)
    watching = visitors.visit(story.doctor)
    watching.goto(page.url)
    expect(watching.get_by_role("heading", name="0 of 3")).to_be_visible()
    page.get_by_role("button", name="Start booking").click()
    expect(page.get_by_role("status")).to_contain_text("All done.")
    expect(watching.get_by_text("3 booked · 0 without slots · 0 waiting")).to_be_visible()
    expect(watching.locator("[hx-get*='seen=']")).to_have_count(0)


def test_without_javascript_plans_are_chosen_and_booked_by_plain_buttons_on_a_phone(visitors, story):
    plans = waiting_plans(story)
    page = visitors.visit(story.reception, java_script_enabled=False, viewport={"width": 390, "height": 844})
    page.goto("/to-book/")
    page.get_by_role("link", name="Choose all on this page").click()
    page.get_by_role("checkbox", name="Choose Serra Anna").uncheck()
    page.get_by_role("button", name="Book the chosen plans").click()
    page.get_by_role("button", name="Start booking").click()
    expect(page.get_by_text("2 booked · 0 without slots · 0 waiting")).to_be_visible()
    assert [booked(plan) for plan in plans] == [28, 28, 0]
    assert Batch.objects.get().lines.count() == 2
