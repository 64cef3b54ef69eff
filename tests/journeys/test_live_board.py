"""The board of one desk while others work: it changes in place, says when it cannot, and takes keys."""

from datetime import datetime
from zoneinfo import ZoneInfo

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from clinic.models import User
from scheduling.models import Appointment, Status
from scheduling.services.booking import book_appointment
from tests.journeys.story import NOW, TODAY

ROME = ZoneInfo("Europe/Rome")


def listens(page: Page) -> None:
    """htmx begins to listen a moment after everything else."""
    expect(page.locator("#day[data-htmx-powered]")).to_be_visible()


def ask_for_news(page: Page) -> None:
    """What the board does by itself every fifteen seconds."""
    listens(page)
    with page.expect_response(lambda response: "seen=" in response.url):
        page.evaluate("document.getElementById('day').dispatchEvent(new CustomEvent('every'))")


def card(page: Page, name: str):
    return page.locator(".slot", has_text=name)


def booked_at_nine(story, surname: str = "Greco") -> Appointment:
    return book_appointment(
        patient=story.patient(surname), kind="consultation", practitioner=story.practitioner, room=story.rooms[0],
        starts=datetime(TODAY.year, TODAY.month, TODAY.day, 9, 0, tzinfo=ROME), minutes=30, by=story.reception, now=NOW,
    )  # fmt: skip


def test_what_one_desk_does_the_other_sees_without_reload_with_menu_and_focus_kept(visitors, story):
    made = booked_at_nine(story)
    story.plan(story.patient("Conti", "Anna"))
    one, other = visitors.visit(story.reception), visitors.visit(story.doctor)
    other.goto("/today/")
    # A menu opened and a group folded by hand, and the focus on an act of the list.
    other.locator(".rail details.foot summary").click()
    other.locator("#needs-unbooked summary, #needs-closing summary").first.click()
    folded = other.locator(".needs:not([open])")
    expect(folded).to_have_count(1)
    card(other, "S. Greco").locator("a").first.focus()
    other.evaluate("window.sameDocument = true")

    one.goto("/today/")
    one.locator(f"#act{made.pk}").click()
    expect(card(one, "S. Greco")).to_contain_text("arrived")
    ask_for_news(other)
    expect(card(other, "S. Greco")).to_contain_text("arrived")
    expect(folded).to_have_count(1)
    expect(other.locator(".rail details.foot")).to_have_attribute("open", "")
    expect(card(other, "S. Greco").locator("a").first).to_be_focused()
    assert other.evaluate("window.sameDocument") is True


def test_the_board_says_when_the_connection_is_lost_and_is_fresh_again_after(visitors, story):
    booked_at_nine(story)
    page = visitors.visit(story.reception)
    page.goto("/today/")
    expect(page.locator(".as-of")).to_contain_text("as of 09:0")
    listens(page)
    visitors.expect_lost_network()
    page.context.set_offline(True)
    page.evaluate("document.getElementById('day').dispatchEvent(new CustomEvent('every'))")
    expect(page.locator("#lost")).to_contain_text("the connection is lost")
    page.context.set_offline(False)
    page.evaluate("document.getElementById('day').dispatchEvent(new CustomEvent('every'))")
    expect(page.locator("#lost")).to_be_hidden()
    expect(card(page, "S. Greco")).to_be_visible()


SECOND_CLICK = """id => addEventListener("htmx:after:swap", () => setTimeout(() => {
    const second = new MouseEvent("click", { bubbles: true, cancelable: true, detail: 2 });
    document.getElementById(id).dispatchEvent(second);
    document.body.dataset.clicked = "twice";
}, 100), { once: true })"""


def test_a_slow_second_click_on_start_does_not_finish(visitors, story):
    made = booked_at_nine(story)
    page = visitors.visit(story.reception)
    page.goto("/today/")
    button = page.locator(f"#act{made.pk}")
    button.click()
    expect(button).to_have_text("Start")
    page.evaluate(SECOND_CLICK, f"act{made.pk}")
    button.click()
    expect(button).to_have_text("Finish")
    expect(page.locator("body[data-clicked=twice]")).to_be_visible()
    expect(button).to_be_enabled()
    made.refresh_from_db()
    assert made.status == Status.IN_TREATMENT
    button.click()
    expect(card(page, "S. Greco")).to_contain_text("completed")


def test_a_patient_is_received_with_one_key_for_each_step(visitors, story):
    made = booked_at_nine(story)
    page = visitors.visit(story.reception)
    page.goto("/today/")
    card(page, "S. Greco").locator("a").first.focus()
    for key, word, status in (
        ("a", "arrived", Status.ARRIVED),
        ("s", "in treatment", Status.IN_TREATMENT),
        ("f", "completed", Status.COMPLETED),
    ):
        page.keyboard.press(key)
        expect(card(page, "S. Greco")).to_contain_text(word)
        made.refresh_from_db()
        assert made.status == status


# htmx begins to listen in a task of its own, here a good while after everything else.
LATE_TO_LISTEN = "const soon = setTimeout; window.setTimeout = (act, wait = 1500, ...more) => soon(act, wait, ...more)"


def test_what_is_pressed_before_the_page_listens_counts_and_the_page_stays(visitors, story):
    booked_at_nine(story)
    page = visitors.visit(story.reception)
    page.add_init_script(LATE_TO_LISTEN)
    page.goto("/today/")
    page.evaluate("window.sameDocument = true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("a")
    expect(card(page, "S. Greco")).to_contain_text("arrived")
    assert page.evaluate("window.sameDocument") is True
    page.keyboard.press("s")
    expect(card(page, "S. Greco")).to_contain_text("in treatment")
    page.reload()
    page.evaluate("window.sameDocument = true")
    card(page, "S. Greco").get_by_role("button", name="Finish").click()
    expect(card(page, "S. Greco")).to_contain_text("completed")
    assert page.evaluate("window.sameDocument") is True


def test_what_is_sent_before_the_page_listens_is_answered_in_place(visitors, story):
    plan = story.plan(story.patient())
    page = visitors.visit(story.reception)
    page.add_init_script(LATE_TO_LISTEN)
    page.goto(f"/plans/{plan.pk}/book/")
    page.evaluate("window.sameDocument = true")
    page.get_by_label("Fri", exact=True).check()
    expect(page.locator("#proposals")).to_contain_text("Fridays")
    page.reload()
    page.evaluate("window.sameDocument = true")
    page.get_by_label("Fri", exact=True).uncheck()
    page.get_by_label("Thu", exact=True).check()
    page.get_by_role("button", name="Propose again").click()
    expect(page.locator("#proposals")).to_contain_text("Thursdays")
    assert page.evaluate("window.sameDocument") is True


def test_the_keys_of_a_page_are_listed_and_can_be_switched_off(visitors, story):
    booked_at_nine(story)
    page = visitors.visit(story.reception)
    page.goto("/today/")
    slot = card(page, "S. Greco").locator("a").first
    slot.focus()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    for words in ("Next day", "Arrived", "Did not come", "Today", "Find a patient"):
        expect(keys.get_by_text(words, exact=True)).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    # The keys of the page do nothing behind the list.
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(slot).to_be_focused()
    expect(card(page, "S. Greco")).to_contain_text("booked")

    User.objects.filter(pk=story.reception.pk).update(single_keys=False)
    page.reload()
    page.locator("body").press("?")
    page.locator("body").press("ArrowRight")
    expect(keys).to_be_hidden()
    expect(page).to_have_url(f"{visitors.address}/today/")
