"""The language is the user's own: switched once, kept from then on."""

from playwright.sync_api import expect

from tests.conftest import PASSWORD


def test_somebody_chooses_italian_and_still_has_it_after_signing_in_again(visitors, story):
    page = visitors.visit(story.reception)
    page.goto("/patients/")
    page.get_by_text("Signed in as").click()
    page.get_by_role("button", name="Italiano").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "it")
    rail = page.get_by_role("navigation").first
    expect(rail.get_by_role("link", name="Pazienti")).to_be_visible()
    expect(rail.get_by_role("link", name="Protocolli")).to_be_visible()

    other = visitors.visit()
    other.goto("/")
    expect(other.locator("html")).to_have_attribute("lang", "en")
    other.locator("#id_login").fill(story.reception.username)
    other.locator("#id_password").fill(PASSWORD)
    other.keyboard.press("Enter")
    expect(other.locator("html")).to_have_attribute("lang", "it")
    expect(other.get_by_role("heading", level=1, name="Lunedì 23 novembre", exact=True)).to_be_visible()
