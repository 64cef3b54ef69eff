"""When a page is there: a key pressed while its scripts are still on their way would be pressed for nobody."""

from playwright.sync_api import Page, expect


def ready(page: Page) -> None:
    """The page has run its scripts, and the focus is where it begins. Ask after something of the new page was seen."""
    page.wait_for_load_state()
    if page.locator("#main [autofocus]").count():
        expect(page.locator("#main [autofocus]:focus")).to_be_visible()


def heading(page: Page, words: str) -> None:
    """The page with this heading is there and ready."""
    expect(page.get_by_role("heading", level=1, name=words, exact=True)).to_be_visible()
    ready(page)
