"""From the screen to paper: the sheets are reached from where they are needed, and only the work is printed."""

from playwright.sync_api import expect

from tests.journeys.arrival import ready


def test_the_day_is_printed_a_page_for_each_practitioner(visitors, story):
    story.plan(story.patient(), until="booked")
    page = visitors.visit(story.reception)
    page.goto("/today/")
    page.get_by_text("Print", exact=True).click()
    page.get_by_role("link", name="Day sheet for each practitioner").click()
    expect(page.get_by_role("heading", name="Dr Bianchi")).to_be_visible()
    ready(page)
    page.evaluate("window.print = () => { window.printed = true }")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed") is True

    page.emulate_media(media="print")
    for hidden in (".rail", ".topbar .actions", ".find"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.get_by_text("Greco Sofia")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_patient_takes_the_card_home_also_from_a_dark_screen(visitors, story):
    plan = story.plan(story.patient(), until="booked")
    page = visitors.visit(story.reception, color_scheme="dark")
    page.goto(f"/plans/{plan.pk}/")
    page.get_by_role("link", name="Cycle card").click()
    expect(page.get_by_role("row")).to_have_count(29)
    page.emulate_media(media="print")
    expect(page.locator(".rail")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('td')).color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_list_is_saved_as_a_file(visitors, story):
    story.plan(story.patient())
    page = visitors.visit(story.reception)
    page.goto("/to-book/")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV file").click()
    assert download.value.suggested_filename == "to-book.csv"


def test_names_become_initials_by_one_key_and_names_again(visitors, story):
    story.plan(story.patient(), until="booked")
    page = visitors.visit(story.reception)
    page.goto("/today/")
    expect(page.locator(".slot", has_text="S. Greco")).to_be_visible()
    page.locator("body").press("i")
    expect(page.locator(".slot", has_text="S. G.")).to_be_visible()
    expect(page.get_by_text("Greco")).to_have_count(0)
    ready(page)
    page.locator("body").press("i")
    expect(page.locator(".slot", has_text="S. Greco")).to_be_visible()
