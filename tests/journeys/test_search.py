"""The search from everywhere, without a mouse: a patient, a day, a number, and somebody new in the middle of a plan."""

import pytest
from playwright.sync_api import Page, expect

from patients.models import Patient
from scheduling.models import Protocol
from tests.journeys.arrival import heading, ready
from tests.journeys.story import THREE_PHASES
from tests.journeys.test_keyboard import tab_to
from tests.journeys.test_pages import faults

BOX = "Find a patient"


def type_into_the_box(page: Page, words: str):
    """`/`, the words, and the list that comes up under the box."""
    page.locator("body").press("/")
    box = page.get_by_role("combobox", name=BOX)
    expect(box).to_be_focused()
    page.keyboard.type(words)
    return page.get_by_role("listbox", name="Found")


def test_a_patient_is_opened_with_the_arrows(visitors, story):
    for surname in ("Greco", "Grecchi", "Sala"):
        story.plan(story.patient(surname), until="booked" if surname == "Greco" else "draft")
    page = visitors.visit(story.reception)
    page.goto("/protocols/")
    found = type_into_the_box(page, "gre")
    lines = found.get_by_role("option")
    expect(lines).to_have_count(3)
    expect(lines.nth(1)).to_contain_text("Greco Sofia")
    expect(lines.nth(1)).to_contain_text("333 120 4455")
    expect(lines.nth(1)).to_contain_text("Mon 23 Nov 2026")
    assert faults(page) == []

    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(lines.nth(1)).to_have_attribute("aria-selected", "true")
    chosen = lines.nth(1).get_attribute("id")
    expect(page.get_by_role("combobox", name=BOX)).to_have_attribute("aria-activedescendant", chosen)
    assert faults(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Greco Sofia")).to_be_visible()


def test_escape_closes_the_list_and_keeps_the_text(visitors, story):
    story.patient()
    page = visitors.visit(story.reception)
    page.goto("/today/")
    found = type_into_the_box(page, "gre")
    expect(found).to_be_visible()
    page.keyboard.press("Escape")
    expect(found).to_be_hidden()
    box = page.get_by_role("combobox", name=BOX)
    expect(box).to_have_value("gre")
    expect(box).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")
    expect(found).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(box).not_to_be_focused()


def test_enter_without_a_choice_opens_who_is_alone_in_matching(visitors, story):
    story.patient()
    page = visitors.visit(story.reception)
    page.goto("/today/")
    type_into_the_box(page, "gre")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Greco Sofia")).to_be_visible()


def test_a_day_and_a_number_open_what_they_name(visitors, story):
    plan = story.plan(story.patient(), until="booked")
    page = visitors.visit(story.reception)
    page.goto("/protocols/")
    expect(type_into_the_box(page, "12 dic").get_by_role("option", name="Saturday 12 December 2026")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    heading(page, "Saturday 12 December")

    expect(type_into_the_box(page, f"plan {plan.pk}").get_by_role("option", name=f"Plan {plan.pk}")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{visitors.address}/plans/{plan.pk}/")
    expect(page.get_by_text(f"Plan {plan.pk}")).to_be_visible()


def test_somebody_new_in_the_middle_of_a_plan_loses_nothing(visitors, story):
    story.plan(story.patient())  # its protocol is approved
    protocol = Protocol.objects.get(key=THREE_PHASES)
    page = visitors.visit(story.reception)
    page.goto(f"/plans/new/?protocol={protocol.pk}")
    expect(page.get_by_label("Find the patient")).to_be_focused()
    page.keyboard.type("villa elena 333 555 1234")
    expect(page.get_by_role("link", name="New patient")).to_be_visible()
    tab_to(page, "New patient")
    page.keyboard.press("Enter")

    expect(page.locator("#id_surname")).to_have_value("Villa")
    expect(page.locator("#id_given_name")).to_have_value("Elena")
    page.get_by_label("Birth date").fill("1990-02-28")
    page.get_by_label("Sex").select_option("F")
    page.locator("#id_surname").press("Enter")
    page.wait_for_url("**/plans/new/**")
    elena = Patient.objects.get(surname="Villa")
    expect(page).to_have_url(f"{visitors.address}/plans/new/?protocol={protocol.pk}&patient={elena.pk}")
    expect(page.get_by_role("link", name="Open the patient")).to_be_visible()
    expect(page.get_by_role("link", name="Villa Elena").first).to_be_visible()


def test_what_was_typed_into_a_plan_is_there_again_after_somebody_new(visitors, story):
    sofia = story.patient()
    story.plan(sofia)  # its protocol is approved
    protocol = Protocol.objects.get(key=THREE_PHASES)
    page = visitors.visit(story.doctor)
    page.goto(f"/plans/new/?patient={sofia.pk}&protocol={protocol.pk}")
    page.get_by_label("Diagnosis").fill("Oedema of both calves.")
    page.get_by_label("Abdomen", exact=True).check()
    page.locator("#main").focus()
    expect(
        type_into_the_box(page, "villa elena").get_by_role("option", name="New patient: villa elena")
    ).to_be_visible()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.get_by_label("Birth date").fill("1990-02-28")
    page.get_by_label("Sex").select_option("F")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Villa Elena is created.")).to_be_visible()
    expect(page.get_by_label("Diagnosis")).to_have_value("Oedema of both calves.")
    expect(page.get_by_label("Abdomen", exact=True)).to_be_checked()
    assert page.evaluate("sessionStorage.length") == 0


def test_what_was_put_aside_is_dropped_on_any_other_page(visitors, story):
    story.plan(story.patient())
    protocol = Protocol.objects.get(key=THREE_PHASES)
    page = visitors.visit(story.doctor)
    page.goto(f"/plans/new/?patient={Patient.objects.get().pk}&protocol={protocol.pk}")
    page.get_by_label("Diagnosis").fill("Oedema of both calves.")
    page.locator("#main").focus()
    type_into_the_box(page, "villa").get_by_role("option", name="New patient: villa").click()
    page.wait_for_url("**/patients/new/**")
    assert page.evaluate("sessionStorage.length") == 1
    page.goto("/today/")
    assert page.evaluate("sessionStorage.length") == 0


LATE = """
    const soon = window.setTimeout;
    window.setTimeout = (act, wait, ...rest) => soon(act, wait ?? 700, ...rest);
"""


def test_what_is_typed_before_the_page_is_ready_is_searched_as_well(visitors, story):
    story.patient()
    page = visitors.visit(story.reception)
    page.add_init_script(LATE)  # whatever the scripts put off to the next moment comes later, as on a busy machine
    page.goto("/today/")
    found = type_into_the_box(page, "gre")
    expect(found.get_by_role("option").first).to_contain_text("Greco Sofia")
    page.goto("/book/")
    ready(page)
    page.keyboard.type("gre")
    expect(page.get_by_role("main").get_by_text("Greco Sofia")).to_be_visible()


@pytest.mark.parametrize(
    ("address", "key", "role"), [("/protocols/", "/", "option"), ("/patients/", "/", "link"), ("/book/", "", "link")]
)
def test_a_new_patient_takes_along_what_the_list_does_not_know_of_yet(visitors, story, address, key, role):
    page = visitors.visit(story.reception)
    page.goto(address)
    ready(page)
    page.keyboard.type(f"{key}vil")
    line = page.get_by_role(role, name="New patient").first
    expect(line).to_be_visible()
    # No event: as while the page still waits for the last letter.
    page.evaluate("document.activeElement.value = 'villa elena'")
    line.click()
    expect(page.locator("#id_surname")).to_have_value("Villa")
    expect(page.locator("#id_given_name")).to_have_value("Elena")
