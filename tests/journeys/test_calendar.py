"""The calendar at the desk: moved and booked with the mouse, by keyboard, and when something is in the way."""

import re
from datetime import datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.models import Session
from playwright.sync_api import Locator, Page, expect

from scheduling.models import Absence, Appointment, Site
from scheduling.services.booking import book_appointment, move_appointment
from tests.journeys.arrival import heading, ready
from tests.journeys.conftest import PHONE
from tests.journeys.story import NOW, TODAY
from tests.journeys.test_keyboard import tab_to

QUARTER = 26  # pixels
# What the calendar library gives its own parts, beside which stands the list.
ROLES = {"aria-allowed-role", "aria-required-children"}


@pytest.fixture
def conti(story) -> Appointment:
    """A consultation at eleven with Dr Bianchi in Room 1."""
    return book_appointment(
        patient=story.patient("Conti", "Anna"), kind="consultation", practitioner=story.practitioner,
        room=story.rooms[0], starts=NOW.replace(hour=11), minutes=30, by=story.reception, now=NOW,
    )  # fmt: skip


def open_calendar(page: Page, query: str = "") -> None:
    page.goto(f"/calendar/?date={TODAY}{query}")
    expect(page.locator(".ec-event").first).to_be_visible()


def event(page: Page, name: str = "A. Conti") -> Locator:
    return page.locator(".ec-event", has_text=name)


def box_of(what: Locator):
    """Where something is drawn, once it is: the calendar draws it anew after each answer."""
    for _try in range(50):
        if box := what.bounding_box():
            return box
        what.page.wait_for_timeout(100)
    raise AssertionError(f"{what} is not drawn")


def drag(page: Page, what: Locator, *, quarters: int = 0, columns: int = 0) -> None:
    """Drags by so many quarters of an hour down and so many columns to the right."""
    box = box_of(what)
    wide = page.locator(".ec-body .ec-day").first.bounding_box()["width"]
    x, y = box["x"] + box["width"] / 2, box["y"] + 8
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 5, y + 5)
    page.mouse.move(x + columns * wide, y + quarters * QUARTER, steps=8)
    page.mouse.up()


def wall(hour: int, minute: int = 0) -> datetime:
    return NOW.replace(hour=hour, minute=minute)


def test_an_appointment_is_dragged_to_another_time_and_taken_back(visitors, story, conti):
    page = visitors.visit(story.reception)
    open_calendar(page)
    drag(page, event(page), quarters=6)
    expect(page.locator("#said")).to_contain_text("Conti Anna: now Mon 23 Nov 2026, 12:30–13:00 with Dr Bianchi")
    expect(event(page)).to_contain_text("12:30")
    conti.refresh_from_db()
    assert conti.starts == wall(12, 30)

    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#said")).to_contain_text("11:00–11:30")
    expect(event(page)).to_contain_text("11:00")
    conti.refresh_from_db()
    assert (conti.starts, conti.version) == (wall(11), 3)


def test_an_appointment_is_dragged_to_another_practitioner_and_made_longer(visitors, story, conti):
    page = visitors.visit(story.reception)
    open_calendar(page)
    drag(page, event(page), columns=1)
    expect(page.locator("#said")).to_contain_text("with Dr Neri")
    box = box_of(event(page))
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] - 3)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] + QUARTER - 6, steps=6)
    page.mouse.up()
    expect(page.locator("#said")).to_contain_text("11:00–11:45")
    conti.refresh_from_db()
    assert (conti.practitioner, conti.ends - conti.starts) == (story.other, timedelta(minutes=45))


def test_a_refused_drop_snaps_back_and_says_why(visitors, story, conti):
    visitors.expect_status(409, 422)
    story_other = book_appointment(
        patient=story.patient(), kind="review", practitioner=story.practitioner, room=story.rooms[0],
        starts=wall(14), minutes=30, by=story.reception, now=NOW,
    )  # fmt: skip
    page = visitors.visit(story.reception)
    open_calendar(page)
    drag(page, event(page), quarters=12)
    expect(page.locator("#said")).to_contain_text(f"{story_other.patient} is booked there")
    expect(event(page)).to_contain_text("11:00")
    Absence.objects.create(practitioner=story.other, starts=wall(9), ends=wall(18), reason="Conference")
    drag(page, event(page), columns=1)
    expect(page.locator("#said")).to_contain_text("lost to an absence")
    expect(page.locator(".ec-bg-event.lost")).to_contain_text("Conference")
    conti.refresh_from_db()
    assert conti.version == 1


def test_a_sitting_leaves_its_window_only_after_a_question(visitors, story):
    visitors.expect_status(422)
    plan = story.plan(story.patient(), until="booked")
    sitting = plan.sittings.get(number=1)
    plan.sittings.filter(number=1).update(latest=TODAY)
    page = visitors.visit(story.reception)
    open_calendar(page, f"&view=week&practitioner={Appointment.objects.get(sitting=sitting).practitioner_id}")
    drag(page, event(page, "S. Greco"), columns=1)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 day after its window closes")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    sitting.refresh_from_db()
    assert sitting.booked == TODAY

    drag(page, event(page, "S. Greco"), columns=1)
    dialog.get_by_role("button", name="Put it there").click()
    expect(page.locator("#said")).to_contain_text("now Tue 24 Nov 2026")
    sitting.refresh_from_db()
    assert sitting.booked == TODAY + timedelta(days=1)


def test_an_appointment_is_not_dragged_to_another_site(visitors, story, conti):
    Site.objects.create(name="Studio Verdi")
    page = visitors.visit(story.reception)
    open_calendar(page, "&by=site")
    drag(page, event(page), columns=1)
    expect(page.locator("#said")).to_contain_text("At another site it needs another room")
    drag(page, event(page), quarters=4)
    expect(page.locator("#said")).to_contain_text("12:00–12:30 with Dr Bianchi, Room 1")
    conti.refresh_from_db()
    assert (conti.starts, conti.version) == (wall(12), 2)


def test_free_time_is_dragged_open_and_booked(visitors, story, conti):
    patient = story.patient()
    page = visitors.visit(story.reception)
    open_calendar(page)
    box = page.locator(".ec-body .ec-day").nth(1).bounding_box()  # Dr Neri; the day begins at nine
    x, y = box["x"] + 40, box["y"] + 4 * QUARTER + 4
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 2 * QUARTER - 8, steps=6)
    page.mouse.up()
    heading(page, "Who is it for?")
    expect(page.get_by_text("Monday 23 November 2026, 10:00")).to_be_visible()
    page.keyboard.type("greco")
    page.keyboard.press("Enter")
    expect(page.get_by_label("What for")).to_be_visible()
    ready(page)
    page.get_by_label("What for").select_option("sensitivity-test")
    page.get_by_role("button", name="Book it").dblclick()
    expect(event(page, "S. Greco")).to_contain_text("10:00 · sensitivity test")
    made = Appointment.objects.get(patient=patient)
    assert (made.starts, made.ends - made.starts, made.practitioner) == (wall(10), timedelta(minutes=30), story.other)


def test_the_list_moves_by_keyboard_and_takes_back(visitors, story, conti):
    page = visitors.visit(story.reception)
    page.goto(f"/calendar/?date={TODAY}")
    page.locator("body").press("l")
    expect(page).to_have_url(re.compile("shape=list"))
    expect(page.get_by_role("link", name="Conti Anna")).to_be_visible()
    ready(page)
    tab_to(page, "Move")
    page.keyboard.press("Enter")
    heading(page, "Where does it go?")
    page.get_by_label("Time").focus()
    page.keyboard.type("1530")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("15:30–16:00")
    ready(page)
    conti.refresh_from_db()
    assert conti.starts == wall(15, 30)
    page.locator("body").press("u")
    expect(page.locator("#said")).to_contain_text("11:00–11:30")
    conti.refresh_from_db()
    assert conti.starts == wall(11)


def test_keys_lead_through_days_views_and_to_an_appointment(visitors, story, conti):
    page = visitors.visit(story.doctor)
    open_calendar(page)
    for key, day in (("ArrowRight", "Tuesday 24 November"), ("ArrowLeft", "Monday 23 November"), ("w", "23 – 29")):
        page.locator("body").press(key)
        expect(page.get_by_role("heading", level=1)).to_contain_text(day)
        ready(page)
    page.locator("body").press("d")
    heading(page, "Monday 23 November")
    event(page).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{visitors.address}/appointments/{conti.pk}/")


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland"])
def test_a_browser_elsewhere_shows_and_moves_on_the_clock_of_the_site(visitors, story, conti, zone):
    page = visitors.visit(story.reception, timezone_id=zone)
    page.clock.set_fixed_time(wall(10))
    open_calendar(page)
    expect(event(page)).to_contain_text("11:00")
    # The line that is now stands an hour above.
    now = page.locator(".ec-now-indicator").bounding_box()["y"]
    assert abs(event(page).bounding_box()["y"] - now - 4 * QUARTER) < 4
    drag(page, event(page), quarters=4)
    expect(page.locator("#said")).to_contain_text("Mon 23 Nov 2026, 12:00–12:30")
    conti.refresh_from_db()
    assert conti.starts == wall(12)


def test_a_calendar_opened_before_somebody_else_moved_tells_and_shows_it_afresh(visitors, story, conti):
    visitors.expect_status(409)
    page = visitors.visit(story.reception)
    open_calendar(page)
    move_appointment(
        appointment=conti, practitioner=conti.practitioner, room=conti.room, equipment=None, starts=wall(16),
        minutes=30, by=story.doctor, now=NOW, version=1,
    )  # fmt: skip
    drag(page, event(page), quarters=4)
    expect(page.locator("#said")).to_contain_text("Somebody else changed this appointment")
    expect(event(page)).to_contain_text("16:00")
    conti.refresh_from_db()
    assert (conti.starts, conti.version) == (wall(16), 2)


def look_again(page, as_told):
    """Comes back to the page until it says what is told: while a drag is being answered it does not read again."""
    for _try in range(10):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_timeout(500)
        if as_told(page.locator("#said").inner_text()):
            return
    raise AssertionError(page.locator("#said").inner_text())


def test_a_lost_network_and_a_session_that_ended_are_told_and_move_nothing(visitors, story, conti):
    visitors.expect_status(403)
    visitors.expect_lost_network()
    page = visitors.visit(story.reception)
    open_calendar(page)
    page.route("**/put/", lambda route: route.abort())
    drag(page, event(page), quarters=4)
    expect(page.locator("#said")).to_contain_text("No answer came.")
    expect(event(page)).to_contain_text("11:00")
    page.unroute("**/put/")
    page.route("**/calendar/events/**", lambda route: route.abort())
    look_again(page, lambda said: "could not be read again" in said)
    page.unroute("**/calendar/events/**")
    look_again(page, lambda said: not said)
    Session.objects.all().delete()
    drag(page, event(page), quarters=4)
    expect(page.locator("#said")).to_contain_text("You have been signed out")
    expect(event(page)).to_contain_text("11:00")
    conti.refresh_from_db()
    assert conti.version == 1


def test_half_an_answer_to_a_drag_is_told_as_none(visitors, story, conti):
    page = visitors.visit(story.reception)
    open_calendar(page)
    page.route("**/put/", lambda route: route.fulfill(content_type="application/json", body='{"said": "Conti'))
    drag(page, event(page), quarters=4)
    expect(page.locator("#said")).to_contain_text("No answer came.")
    expect(event(page)).to_contain_text("11:00")


def test_a_feed_asked_for_before_a_drop_and_answered_after_it_draws_nothing_old(visitors, story, conti):
    page = visitors.visit(story.reception)
    open_calendar(page)
    late = []

    def hold_the_first(route):
        late.append((route, route.fetch())) if not late else route.continue_()

    page.route("**/calendar/events/**", hold_the_first)
    with page.expect_request("**/calendar/events/**"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    drag(page, event(page), quarters=4)
    expect(page.locator("#said")).to_contain_text("12:00–12:30")
    expect(event(page)).to_contain_text("12:00")
    (route, answer), *_rest = late
    with page.expect_response(route.request.url):
        route.fulfill(response=answer)
    page.wait_for_timeout(300)  # for what must not happen
    expect(event(page)).to_contain_text("12:00")


def test_by_keyboard_the_filter_waits_for_enter(visitors, story, conti):
    page = visitors.visit(story.reception)
    open_calendar(page)
    address = page.url
    practitioner = page.get_by_label("Practitioner")
    practitioner.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(practitioner).to_be_focused()
    assert page.url == address
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"practitioner={story.other.pk}"))
    expect(page.get_by_label("Practitioner")).to_have_value(str(story.other.pk))


def test_a_phone_gets_the_list_and_can_ask_for_the_calendar(visitors, story, conti):
    page = visitors.visit(story.reception, viewport=PHONE, has_touch=True)
    page.goto(f"/calendar/?date={TODAY}")
    expect(page.get_by_role("link", name="Conti Anna")).to_be_visible()
    assert page.locator(".ec").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_text("Filters").tap()
    page.get_by_role("navigation", name="Shape").get_by_role("link", name="Calendar").tap()
    expect(event(page)).to_be_visible()


def test_the_list_works_without_javascript(visitors, story, conti):
    page = visitors.visit(story.reception, java_script_enabled=False)
    page.goto(f"/calendar/?date={TODAY}")
    page.get_by_role("link", name="Move").click()
    page.get_by_label("Time").fill("15:00")
    page.get_by_role("button", name="Move it").click()
    expect(page.locator("#said")).to_contain_text("15:00–15:30")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#said")).to_contain_text("11:00–11:30")


@pytest.mark.parametrize("query", ["", "&view=week", "&by=room", "&by=site"])
def test_the_drawn_calendar_is_clean_in_both_themes(visitors, story, conti, query):
    page = visitors.visit(story.reception)
    open_calendar(page, query)
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)
        for each in Axe().run(page).response["violations"]:
            nodes = [node["html"][:160] for node in each["nodes"]]
            nodes = [html for html in nodes if each["id"] not in ROLES or 'class="ec' not in html]
            found += [f"{scheme} {each['id']}: {html}" for html in nodes]
    assert found == []
