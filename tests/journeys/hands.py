"""Two hands that count: every key pressed and every click made, as the guide's table has them."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "user" / "reception.md"
HEADING = "\n## How many keys\n"


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


def told_in_the_guide(line: str) -> tuple[int, int, int]:
    """What the guide says of a line of its table: the keys without a mouse; the clicks with it, and the keys beside."""
    table = GUIDE.read_text(encoding="utf-8").split(HEADING, 1)[1].split("\n## ", 1)[0]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines() if row.startswith("|")]
    _line, _keys, alone, mouse = next(row for row in rows if row[0] == line)
    clicks, beside = re.fullmatch(r"(\d+)(?: and (\d+) keys)?", mouse).groups(default="0")
    return int(alone), int(clicks), int(beside)


def lines_of_the_guide() -> list[str]:
    """The acts the guide counts, in its order."""
    table = GUIDE.read_text(encoding="utf-8").split(HEADING, 1)[1].split("\n## ", 1)[0]
    return [row.strip("|").split("|")[0].strip() for row in table.splitlines() if row.startswith("|")][2:]
