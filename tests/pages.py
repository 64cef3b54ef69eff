"""What a page says, as a test reads it."""

import re


def words(answer) -> str:
    """Its HTML, with every run of blanks made one."""
    return " ".join(answer.content.decode().split())


def text(answer) -> str:
    """Its text alone, without the tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())
