"""The desk moves a booked sitting, sees what follows, lets the rest be re-spaced, and undoes it."""

from datetime import date, timedelta

from playwright.sync_api import expect

from scheduling.models import Appointment, Move
from tests.journeys.arrival import heading, ready
from tests.journeys.story import TODAY
from tests.journeys.test_calendar import drag, event
from tests.journeys.test_keyboard import tab_to


def slots() -> list:
    return list(Appointment.objects.order_by("pk").values_list("starts", "room", "practitioner"))


def test_reception_moves_a_sitting_with_the_rest_and_undoes_it(visitors, story):
    plan = story.plan(story.patient(), until="booked")
    seventh = Appointment.objects.get(sitting__plan=plan, sitting__number=7)
    before = slots()
    page = visitors.visit(story.reception)
    page.goto(f"/plans/{plan.pk}/")
    page.get_by_role("link", name="Move sitting 7", exact=True).first.click()
    expect(page.get_by_role("heading", level=1, name="Move sitting 7")).to_be_visible()
    # Nine days on, fewer than the half of a fortnight before the eighth: the rest has to follow.
    page.get_by_label("From date").fill(f"{seventh.starts.date().fromordinal(seventh.starts.date().toordinal() + 9)}")
    page.get_by_role("button", name="Look").click()
    page.locator("a.btn", has_text="Choose").first.click()
    expect(page.get_by_role("heading", name="This only")).to_be_visible()
    expect(page.get_by_text("days after the one before")).to_be_visible()
    ready(page)
    expect(page.get_by_role("cell", name="later").first).to_be_visible()
    page.get_by_role("button", name="Move").first.dblclick()
    expect(page.locator("#messages")).to_contain_text("appointments are moved.")
    assert Move.objects.count() == 1
    assert slots() != before

    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("The move is undone")
    assert slots() == before


def test_a_sitting_is_moved_by_keyboard_from_the_board(visitors, story):
    plan = story.plan(story.patient(), until="booked")
    second = Appointment.objects.get(sitting__plan=plan, sitting__number=2)
    page = visitors.visit(story.reception)
    page.goto(f"/today/?day={second.starts.date()}")
    expect(page.locator(".slot", has_text="S. Greco")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("m")
    heading(page, "Move sitting 2")
    expect(page.get_by_role("link", name="Move to").and_(page.locator(":focus"))).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    heading(page, "Move sitting 2: what follows?")
    expect(page.get_by_role("button", name="Move 1 sitting")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("1 appointment is moved.")
    assert Appointment.objects.get(pk=second.pk).starts != second.starts
    tab_to(page, "Undo")


def seventh_of(plan) -> Appointment:
    return Appointment.objects.get(sitting__plan=plan, sitting__number=7)


def day_of(plan, number: int) -> date:
    return Appointment.objects.get(sitting__plan=plan, sitting__number=number).sitting.booked


def test_a_sitting_dragged_on_the_calendar_is_followed_by_the_rest_and_undone_as_one(visitors, story):
    plan = story.plan(story.patient(), until="booked")
    seventh, before = seventh_of(plan), slots()
    page = visitors.visit(story.reception)
    page.goto(f"/calendar/?date={seventh.sitting.booked}&view=week&practitioner={seventh.practitioner_id}")
    expect(event(page, "S. Greco")).to_be_visible()
    later = 4 - seventh.sitting.booked.weekday()
    assert later > 2
    drag(page, event(page, "S. Greco"), columns=later)
    expect(page.locator("#said")).to_contain_text("now Fri")
    expect(page.locator("#said").get_by_role("button", name="Undo")).to_be_visible()
    eighth = day_of(plan, 8)
    page.get_by_role("link", name="What follows…").click()
    expect(page.get_by_role("heading", level=1, name="Sitting 7 stays here: what follows?")).to_be_visible()
    expect(page.get_by_role("heading", name="The rest re-spaced").first).to_be_visible()
    page.get_by_role("button", name="Move").first.click()
    expect(page.locator("#messages")).to_contain_text("moved.")
    assert day_of(plan, 7) == seventh.sitting.booked + timedelta(days=later)
    assert day_of(plan, 8) > eighth

    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("The move is undone")
    assert slots() == before


def test_a_time_typed_too_close_to_the_next_sitting_leads_by_keyboard_to_letting_it_follow(visitors, story):
    visitors.expect_status(422)
    plan = story.plan(story.patient(), until="booked")
    seventh = seventh_of(plan)
    wanted = seventh.sitting.booked + timedelta(days=9)
    page = visitors.visit(story.reception)
    page.goto(f"/calendar/?date={seventh.sitting.booked}&shape=list")
    tab_to(page, "Move")
    page.keyboard.press("Enter")
    heading(page, "Where does it go?")
    page.get_by_label("Day").fill(f"{wanted}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Sitting 8 would be less than")
    expect(page.get_by_label("Day")).to_have_value(f"{wanted}")
    ready(page)
    tab_to(page, "Let the rest follow…")
    page.keyboard.press("Enter")
    heading(page, "Move sitting 7: what follows?")
    expect(page.locator("button:focus")).to_contain_text("Move")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("appointments are moved.")
    assert (day_of(plan, 7), (day_of(plan, 8) - wanted).days >= 12) == (wanted, True)


def test_on_a_telephone_the_pages_fit(visitors, story):
    plan = story.plan(story.patient(), until="booked")
    seventh = Appointment.objects.get(sitting__plan=plan, sitting__number=7)
    page = visitors.visit(story.reception, viewport={"width": 390, "height": 844})
    page.goto(f"/appointments/{seventh.pk}/")
    page.get_by_role("link", name="Move", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Move sitting 7")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("a.btn", has_text="Choose").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("what follows?")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert seventh.starts.date() > TODAY
