"""Copies the icons the pages use, and only those, from bootstrap-icons into static/build/icons/."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

IN_TEMPLATES = re.compile(r"""\{%\s*icon\s+["']([a-z0-9-]+)["']|\bicon=["']([a-z0-9-]+)["']""")
IN_PYTHON = re.compile(r"""["']([a-z0-9-]+)["']""")
SOURCE = Path("node_modules/bootstrap-icons/icons")
APPS = ("clinic", "patients", "scheduling")


def found(paths: Iterable[Path], pattern: re.Pattern[str]) -> set[str]:
    """Every name that `pattern` captures in the files."""
    texts = (path.read_text(encoding="utf-8") for path in paths)
    return {name for text in texts for match in pattern.finditer(text) for name in match.groups() if name}


def used_icons(root: Path) -> set[str]:
    """The icons named in templates (`{% icon "x" %}`), and every string in Python that is the name of an icon."""
    drawings = {path.stem for path in (root / SOURCE).glob("*.svg")}
    strings = found((path for app in APPS for path in (root / app).rglob("*.py")), IN_PYTHON)
    return found((root / "templates").rglob("*.html"), IN_TEMPLATES) | (strings & drawings)


def copy(root: Path) -> None:
    """Fills static/build/icons/ anew; an icon that does not exist is an error that names it."""
    target = root / "static" / "build" / "icons"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in sorted(used_icons(root)):
        if not (root / SOURCE / f"{name}.svg").exists():
            raise SystemExit(f'icons: bootstrap-icons has no icon "{name}".')
        shutil.copy(root / SOURCE / f"{name}.svg", target)
