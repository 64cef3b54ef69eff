"""Two hands that count: every key pressed and every click made, as the guide's table has them."""

import re

from playwright.sync_api import Locator, Page

from tests.architecture.test_documents import table_under, text_of


class Hands:
    """Works at a page by key presses and clicks; `keys` and `clicks` say how many there were."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = self.clicks = 0

    def press(self, *keys: str) -> None:
        """Presses keys one after the other, wherever the focus is."""
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, words: str) -> None:
        """Types words: a key for each letter."""
        self.press(*words)

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1


def told_in_the_guide() -> dict[str, tuple[int, int, int]]:
    """What the guide says of each act: the keys without a mouse; the clicks with it, and the keys beside."""
    told = {}
    for act, _keys, alone, mouse in table_under("## How many keys", text_of("docs/user/reception.md")):
        read = re.fullmatch(r"(\d+)(?: and (\d+) keys)?", mouse)
        assert read, mouse
        clicks, beside = read.groups(default="0")
        told[act] = (int(alone), int(clicks), int(beside))
    return told
