"""What the strict content security policy and the escaping rely on, read from the templates themselves."""

import re
from pathlib import Path

import pytest

from scripts import copy_icons

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*=|<style\b", re.I),
    "an inline script": re.compile(r"<script(?![^>]*\b(?:src=|type=\"application/json\"))[^>]*>", re.I),
    "an on...= handler": re.compile(r"\son[a-z]+\s*=", re.I),
    "a javascript: address": re.compile(r"javascript:|\bjs:", re.I),
    "an htmx script": re.compile(r"\bhx-on\b|\bhx-boost\b", re.I),
    "unescaped output": re.compile(r"\|\s*safe(?:seq)?\b|autoescape\s+off"),
}


def offences(text: str) -> list[str]:
    return [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_holds_nothing_the_policy_forbids(path: Path) -> None:
    assert offences(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('<p style="top: 1px">', "an inline style"),
        ("<style>p { color: red }</style>", "an inline style"),
        ("<script>go()</script>", "an inline script"),
        ('<script type="module">go()</script>', "an inline script"),
        ('<a onclick="go()">', "an on...= handler"),
        ('<a href="javascript:go()">', "a javascript: address"),
        ('<a hx-on:click="go()">', "an htmx script"),
        ("{{ note|safe }}", "unescaped output"),
    ],
)
def test_the_check_sees_each_forbidden_thing(text: str, what: str) -> None:
    assert what in offences(text)


def test_the_check_lets_files_and_data_pass() -> None:
    assert offences('<script src="{% static "app.js" %}"></script><script type="application/json">{}</script>') == []


def test_every_icon_that_templates_name_exists() -> None:
    named = copy_icons.found(TEMPLATES, copy_icons.IN_TEMPLATES)
    copied = {path.stem for path in (ROOT / "static" / "build" / "icons").glob("*.svg")}
    assert named <= copied


# Bootstrap's own.
OF_BOOTSTRAP = {"invalid"}


def test_every_state_that_templates_name_is_drawn() -> None:
    """A pill of a state that the style sheets do not know is bare text."""
    sheets = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "frontend").glob("*.scss"))
    states = re.search(r"\$states:(.*?);", sheets, re.S)
    assert states is not None
    drawn = set(re.findall(r'^\s*"([a-z-]+)"', states[1], re.M)) | set(re.findall(r"\.is-([a-z-]+)", sheets))
    named = {name for path in TEMPLATES for name in re.findall(r"\bis-([a-z-]+)\b", path.read_text(encoding="utf-8"))}
    assert "noshow" in drawn
    assert named - OF_BOOTSTRAP - drawn == set()
