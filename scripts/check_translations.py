"""Checks that every text of the code and the templates is in the Italian catalogue, translated and not fuzzy.

Collects the texts into a copy, so the checkout stays as it is. Needs GNU gettext; without it the check is left out
with a sentence, and fails where nothing may be left out (CI=true).
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from compile_messages import Entry, read_entries

ROOT = Path(__file__).resolve().parent.parent
LANGUAGE = "it"
SOURCES = ("clinic", "patients", "scheduling", "templates", "locale")
SHOWN = 25


def collected_catalogue(copy: Path) -> Path:
    """The catalogue as makemessages would write it now, made inside `copy`."""
    for name in SOURCES:
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    (copy / "locale").mkdir(exist_ok=True)
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "django", "makemessages", "--locale", LANGUAGE, "--no-location", "--no-obsolete"]
    subprocess.run(command, cwd=copy, env=environment, check=True, stdout=subprocess.DEVNULL)
    return copy / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def is_translated(entry: Entry) -> bool:
    """Whether every plural form has words that somebody has confirmed."""
    forms = [text for keyword, text in entry.words.items() if keyword.startswith("msgstr")]
    return all(forms) and not entry.fuzzy


def main() -> int:
    """Prints what is missing; 0 when nothing is."""
    if shutil.which("xgettext") is None:
        print("Translations not checked: GNU gettext is not installed (Debian: apt install gettext).", file=sys.stderr)
        return int(os.environ.get("CI") == "true")
    with tempfile.TemporaryDirectory() as copy:
        catalogue = collected_catalogue(Path(copy))
        subprocess.run(["msgfmt", "--check-format", "-o", os.devnull, catalogue], check=True)
        entries = [entry for entry in read_entries(catalogue.read_text(encoding="utf-8")) if entry.key]
    missing = [entry.words["msgid"] for entry in entries if not is_translated(entry)]
    for text in missing[:SHOWN]:
        print(f"  not in Italian: {text!r}")
    print(f"translations: {len(entries) - len(missing)} of {len(entries)} texts in Italian")
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
