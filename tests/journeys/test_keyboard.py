"""A desk without a mouse: find somebody, read the next sitting, receive a patient."""

from playwright.sync_api import Page, expect

from scheduling.models import Appointment, Status


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until the element that says `name` has the focus, as somebody without a mouse does."""
    for _press in range(60):
        page.keyboard.press("Tab")
        if name in page.evaluate(
            "document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"
        ):
            return
    raise AssertionError(f"{name} cannot be reached with Tab on {page.url}")


def test_a_patient_is_found_and_the_next_sitting_read_by_keyboard(visitors, story):
    plan = story.plan(story.patient(), until="booked")
    first = Appointment.objects.get(sitting__plan=plan, sitting__number=1)
    page = visitors.visit(story.reception)
    page.goto("/today/")

    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Find a patient").first).to_be_focused()
    page.keyboard.type("sofia gre")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Greco Sofia")).to_be_visible()
    tab_to(page, "Greco Sofia")
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
