"""What a browser has to fetch before a page answers: the built scripts, small enough for a clinic's slow line."""

import gzip
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
# The calendar's own script draws it; every other page does without.
CALENDAR = TEMPLATES / "scheduling" / "calendar.html"
SCRIPT = re.compile(r"<script[^>]*src=\"{% static '(build/[\w./-]+\.js)' %}\"")
MOST = 80_000  # bytes, gzipped


def scripts_of(*templates: Path) -> set[str]:
    return {name for path in templates for name in SCRIPT.findall(path.read_text(encoding="utf-8"))}


def gzipped(name: str) -> int:
    return len(gzip.compress((ROOT / "static" / name).read_bytes(), 9, mtime=0))


def test_the_scripts_of_all_pages_but_the_calendar_stay_small() -> None:
    shared = scripts_of(*(path for path in TEMPLATES.rglob("*.html") if path != CALENDAR))
    assert {"build/app.js", "build/theme.js"} <= shared
    sizes = {name: gzipped(name) for name in shared}
    assert sum(sizes.values()) < MOST, sizes


def test_only_the_calendar_fetches_the_calendars_script() -> None:
    assert scripts_of(CALENDAR) == {"build/calendar.js"}
    others = (path for path in TEMPLATES.rglob("*.html") if path != CALENDAR)
    assert [path.name for path in others if "build/calendar" in path.read_text(encoding="utf-8")] == []
