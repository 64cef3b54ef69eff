"""Without a mouse the next press is under the hand: the focus never begins again at the top of a page."""

from datetime import timedelta

from playwright.sync_api import expect

from scheduling.models import Appointment, Status
from tests.journeys.story import TODAY
from tests.journeys.test_keyboard import tab_to
from tests.scheduling.test_recall_list import recall_plan


def first_of(plan) -> Appointment:
    return Appointment.objects.get(sitting__plan=plan, sitting__number=1)


def test_cancelling_begins_in_the_reason(visitors, story):
    first = first_of(story.plan(story.patient(), until="booked"))
    page = visitors.visit(story.reception)
    page.goto(f"/appointments/{first.pk}/")
    page.keyboard.press("c")
    expect(page.get_by_role("combobox", name="Reason")).to_be_focused()


def test_a_reserved_cycle_is_confirmed_by_enter(visitors, story):
    plan = story.plan(story.patient())
    story.reserve(plan)
    page = visitors.visit(story.reception)
    page.goto(f"/plans/{plan.pk}/reserved/")
    expect(page.get_by_role("button", name="Confirm 28")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("28 sittings")


def test_the_form_of_a_call_begins_in_its_first_field_and_comes_back_in_the_wrong_one(visitors, story):
    visitors.expect_status(422)
    plan = recall_plan(story.site, "Riva", TODAY + timedelta(days=2))
    page = visitors.visit(story.reception)
    page.goto(f"/recalls/{plan.pk}/")
    expect(page.get_by_role("radio").first).to_be_focused()
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_label("Outcome")).to_be_focused()


def test_a_batch_is_started_by_enter_and_its_end_is_where_the_focus_waits(visitors, story):
    batch = story.batch([story.plan(story.patient(name)) for name in ("Conti", "Riva")])
    page = visitors.visit(story.reception)
    page.goto(f"/batches/{batch.pk}/")
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2 of 2")).to_be_focused()
    expect(page.get_by_role("status")).to_contain_text("All done.")
    page.reload()
    expect(page.get_by_role("heading", name="2 of 2")).to_be_focused()


def test_a_step_taken_back_on_the_board_leaves_the_focus_on_its_card(visitors, story):
    first = first_of(story.plan(story.patient(), until="booked"))
    page = visitors.visit(story.reception)
    page.goto("/today/")
    card = page.locator(f"#a{first.pk}")
    page.keyboard.press("ArrowDown")
    for _again in range(2):
        page.keyboard.press("a")
        expect(card).to_contain_text("arrived")
        page.get_by_role("button", name="Undo").press("Enter")
        expect(card.locator("a").first).to_be_focused()
        expect(card).to_contain_text("booked")
    first.refresh_from_db()
    assert first.status == Status.BOOKED


def test_the_board_stays_where_it_is_when_a_step_is_told(visitors, story):
    first = first_of(story.plan(story.patient(), until="booked"))
    page = visitors.visit(story.reception)
    page.goto("/today/")
    board = page.locator(".board-panel")
    before = board.bounding_box()
    page.locator(f"#act{first.pk}").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert board.bounding_box() == before


def test_after_a_slot_was_refused_the_next_one_to_ask_is_a_few_keys_away(visitors, story):
    freed = story.freed(waits=story.plan(story.patient("Conti", "Anna")).sittings.get(number=1))
    page = visitors.visit(story.reception)
    page.goto("/waiting-list/")
    title = page.locator(f"#slot-{freed.pk}-title")
    tab_to(page, "Offer")
    page.keyboard.press("Enter")
    expect(title).to_be_focused()
    tab_to(page, "Refused")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("can be offered to the next one")
    expect(page.locator("#main :focus")).to_be_visible()
