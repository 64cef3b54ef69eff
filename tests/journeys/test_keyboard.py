"""A desk without a mouse: find somebody, read the next sitting, receive a patient."""

from datetime import timedelta

from playwright.sync_api import Locator, Page, expect

from patients.models import Patient
from scheduling.models import Appointment, Status
from scheduling.services.booking import book_appointment
from tests.journeys.arrival import heading, ready
from tests.journeys.story import NOW


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until the element that says `name` has the focus, as somebody without a mouse does."""
    for _press in range(60):
        page.keyboard.press("Tab")
        if name in page.evaluate(
            "document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"
        ):
            return
    raise AssertionError(f"{name} cannot be reached with Tab on {page.url}")


def tab_into(page: Page, field: Locator) -> None:
    """Presses Tab until a field has the focus."""
    for _press in range(60):
        if field.evaluate("field => field === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"not reached with Tab on {page.url}")


def test_a_patient_is_found_and_the_next_sitting_read_by_keyboard(visitors, story):
    plan = story.plan(story.patient(), until="booked")
    first = Appointment.objects.get(sitting__plan=plan, sitting__number=1)
    page = visitors.visit(story.reception)
    page.goto("/today/")

    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Find a patient").first).to_be_focused()
    page.keyboard.type("sofia gre")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Greco Sofia")).to_be_visible()
    expect(page.locator(f"a[href='/appointments/{first.pk}/']").first).to_contain_text("Mon 23 Nov")


def test_a_patient_is_received_and_treated_on_the_board_by_keyboard(visitors, story):
    plan = story.plan(story.patient(), until="booked")
    first = Appointment.objects.get(sitting__plan=plan, sitting__number=1)
    page = visitors.visit(story.reception)
    page.goto("/patients/")
    page.keyboard.press("Escape")
    page.locator("body").press("t")
    heading(page, "Monday 23 November")
    expect(page.locator(".slot", has_text="S. Greco")).to_be_visible()

    tab_to(page, "Arrived")
    page.keyboard.press("Enter")
    expect(page.locator(".slot", has_text="S. Greco")).to_contain_text("arrived")
    # The board is drawn anew, and the next act of the same patient has the focus.
    expect(page.locator(f"#act{first.pk}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".slot", has_text="S. Greco")).to_contain_text("in treatment")
    first.refresh_from_db()
    assert first.status == Status.IN_TREATMENT


def test_up_and_down_go_through_the_board_by_time_from_whom_comes_now(visitors, story):
    rooms = dict(zip((story.practitioner, story.other), story.rooms, strict=True))
    for name, who, minutes in (("Sala", story.other, 45), ("Conti", story.other, 5), ("Riva", story.practitioner, 20)):
        book_appointment(
            patient=story.patient(name), kind="consultation", practitioner=who, room=rooms[who],
            starts=NOW + timedelta(minutes=minutes), minutes=15, by=story.reception, now=NOW,
        )  # fmt: skip
    page = visitors.visit(story.reception)
    page.goto("/today/")
    for key, name in (("Down", "Conti"), ("Down", "Riva"), ("Down", "Sala"), ("Down", "Sala"), ("Up", "Riva")):
        page.keyboard.press(f"Arrow{key}")
        expect(page.locator(".slot a:focus")).to_contain_text(f"S. {name}")
    # Another desk's press draws the board anew, and the focus stays where it was.
    page.keyboard.press("a")
    expect(page.locator(".slot", has_text="S. Riva")).to_contain_text("arrived")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".slot a:focus")).to_contain_text("S. Conti")


def test_a_key_held_down_opens_one_page_and_books_nothing(visitors, story):
    greco = story.patient()
    page = visitors.visit(story.reception)
    page.goto(f"/patients/{greco.pk}/book/")
    expect(page.get_by_role("link", name="Consultation")).to_be_focused()
    page.keyboard.down("Enter")
    heading(page, "Consultation")
    expect(page.get_by_role("button", name="Book").and_(page.locator(":focus"))).to_be_visible()
    for _repeat in range(3):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect(page.get_by_role("heading", level=1, name="Consultation")).to_be_visible()
    assert not Appointment.objects.exists()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("consultation booked")


def test_somebody_new_is_created_and_booked_for_in_one_go(visitors, story):
    page = visitors.visit(story.reception)
    page.goto("/today/?day=2026-11-24")
    page.keyboard.press("n")
    heading(page, "Who is it for?")
    page.keyboard.type("villa elena 333 555 1234")
    expect(page.get_by_text("Nobody matches")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_label("Codice fiscale")).to_be_focused()
    expect(page.locator("#id_surname")).to_have_value("Villa")
    ready(page)
    page.keyboard.type("VLLLNE90B68H501W")
    expect(page.get_by_label("Birth date")).to_have_value("1990-02-28")
    tab_into(page, page.locator("#id_phone"))
    page.keyboard.press("Enter")

    heading(page, "What is it for?")
    expect(page.get_by_role("link", name="Consultation")).to_be_focused()
    page.keyboard.press("Enter")
    heading(page, "Consultation")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Villa Elena: consultation booked")
    expect(page).to_have_url(f"{visitors.address}/today/?day=2026-11-24")
    elena = Patient.objects.get(surname="Villa")
    assert (elena.birth_date.isoformat(), elena.sex) == ("1990-02-28", "F")
    assert Appointment.objects.get().patient == elena


def test_keys_are_switched_off_and_on_without_a_mouse(visitors, story):
    story.plan(story.patient(), until="booked")
    page = visitors.visit(story.reception)
    page.goto("/today/")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys.get_by_text("Initials instead of names, or names again")).to_be_visible()
    page.keyboard.press("Escape")
    for works in (False, True):
        tab_to(page, "Signed in as")
        page.keyboard.press("Enter")
        tab_to(page, "Single keys")
        page.keyboard.press("Enter")
        switched = page.locator("html[data-keys-off]")
        expect(switched).to_have_count(0 if works else 1)
        ready(page)
        page.keyboard.press("i")
        expect(page.locator(".slot", has_text="S. G." if works else "S. Greco")).to_be_visible()
        ready(page)
        page.keyboard.press("?")
        expect(keys).to_be_visible(visible=works)


def test_the_day_is_printed_without_a_mouse(visitors, story):
    story.plan(story.patient(), until="booked")
    page = visitors.visit(story.reception)
    page.goto("/today/")
    tab_to(page, "Print")
    page.keyboard.press("Enter")
    tab_to(page, "Day sheet for each practitioner")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Dr Bianchi")).to_be_visible()
    ready(page)
    page.evaluate("window.print = () => { window.printed = true }")
    tab_to(page, "Print")
    page.keyboard.press("Enter")
    assert page.evaluate("window.printed") is True
