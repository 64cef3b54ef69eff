"""Every text is in the Italian catalogue, and pages, days and months speak the language of the user."""

import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.formats import date_format

from scripts.compile_messages import read_entries

ROOT = Path(__file__).resolve().parents[2]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%s|\{\w+\}")

needs_gettext = pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs GNU gettext")


def catalogue():
    return list(read_entries((ROOT / "locale/it/LC_MESSAGES/django.po").read_text(encoding="utf-8")))[1:]


@needs_gettext
def test_every_text_of_the_code_and_the_templates_is_in_italian():
    check = subprocess.run([sys.executable, "scripts/check_translations.py"], cwd=ROOT, capture_output=True, text=True)
    assert check.returncode == 0, check.stdout + check.stderr


def test_no_text_hides_where_it_is_not_collected():
    """xgettext does not look into f-strings: what is translated there never reaches the catalogue."""
    inside = re.compile(r"""\bf["'][^"'\n]*\{(?:_|n?p?gettext)\(""")
    code = [path for app in ("clinic", "patients", "scheduling") for path in ROOT.glob(f"{app}/**/*.py")]
    assert [path.name for path in code if inside.search(path.read_text(encoding="utf-8"))] == []


def test_every_translation_keeps_the_placeholders_of_its_text():
    for entry in catalogue():
        pairs = [("msgid", "msgstr"), ("msgid", "msgstr[0]"), ("msgid_plural", "msgstr[1]")]
        for source, target in ((entry.words[a], entry.words[b]) for a, b in pairs if b in entry.words):
            assert set(PLACEHOLDER.findall(target)) == set(PLACEHOLDER.findall(source)), source


@pytest.mark.parametrize(("language", "word"), [("it", "prenotata"), ("en", "booked")])
def test_the_compiled_catalogue_knows_the_state_of_a_sitting(language, word):
    with translation.override(language):
        assert translation.pgettext("sitting", "booked") == word


@pytest.mark.parametrize(
    ("language", "short", "long"),
    [
        ("it", "gio 3 dic 2026", "giovedì 3 dicembre"),
        ("en", "Thu 3 Dec 2026", "Thursday 3 December"),
        ("en-gb", "Thu 3 Dec 2026", "Thursday 3 December"),
    ],
)
def test_days_and_months_are_written_as_the_language_writes_them(language, short, long):
    with translation.override(language):
        assert date_format(date(2026, 12, 3), "D j b Y") == short
        assert date_format(date(2026, 12, 3), "l j F") == long


def test_no_page_writes_a_month_with_a_capital_in_italian():
    """The date format is `b`: `M` puts a capital in every language."""
    capital = re.compile(r"""\bj M\b|["']M(?: [Yy])?["']""")
    sources = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("scheduling/**/*.py"), *ROOT.glob("clinic/formats/*/*.py")]
    found = [path.name for path in sources if capital.search(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize(
    ("language", "heading", "other"), [("it", "Da prenotare", "To book"), ("en", "To book", "Da prenotare")]
)
def test_a_page_speaks_the_language_of_its_user(client, site, reception_user, language, heading, other):
    reception_user.language = language
    reception_user.save()
    client.force_login(reception_user)
    page = client.get("/to-book/", headers={"accept-language": "de"})
    assert page.headers["Content-Language"] == language
    assert f'<html lang="{language}"' in page.content.decode()
    assert heading in page.content.decode()
    assert other not in page.content.decode()


def test_the_catalogue_has_the_italian_words_of_the_glossary():
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8").partition("## States")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in glossary.splitlines() if line.startswith("| ")]
    several = "several"  # how the administration names many of a thing
    entries = [entry.words for entry in catalogue() if entry.words.get("msgctxt") != several]
    said = {words["msgid"]: words["msgstr"] for words in entries if "msgstr" in words}
    known = {english: italian for english, italian in rows[1:] if english in said}
    assert len(known) > 20
    assert {english: said[english] for english in known} == known


# Another word for the same thing, or a sentence to somebody: what the catalogue does not say, and what it says instead.
NEVER_IN_ITALIAN = {
    r"\bstudio\b": "clinica",
    r"\btornat[ae]\b": "prenotazione multipla",
    r"\bdesider[io]\b": "richiesta di anticipo, preferenza",
    r"\bora richiesta\b": "ora di punta",
    r"\b(?:tu[oaei]?|tuoi|vostr[oaie]|lei)\b": "nobody is addressed",
    r"\b(?:[Ss]uo|[Ss]ua) (?:ruolo|account|sessione)\b": "nobody is addressed",
    r"[:;,.] (?:scegli|scrivi|apri|premi|guarda|cerca|annota|offri|telefona|controlla|riprova)\b": "the infinitive",
    r"\w'\w": "the typographic apostrophe",
    r"\b(?:perche|piu|gia|puo|cosi|e'|un po)\b(?!’)": "the accent",
    r"\b(?:Lunedì|Martedì|Gennaio|Febbraio|Marzo|Aprile|Maggio|Giugno|Luglio|Agosto|Settembre|Ottobre)\b": "lower case",
}


@pytest.mark.parametrize("never", NEVER_IN_ITALIAN)
def test_the_catalogue_has_one_word_for_a_thing_and_addresses_nobody(never):
    words = [text for entry in catalogue() for keyword, text in entry.words.items() if keyword.startswith("msgstr")]
    assert [text for text in words if re.search(never, text)] == []


@pytest.mark.parametrize("word", ["drift", "to place", "cheapest", "cost"])
def test_pages_of_the_desk_do_not_speak_as_the_engine_does(word):
    """The table and the figures of a plan are the doctor's: they say drift, as the glossary does."""
    of_the_plan = {"_plan_sittings.html", "_plan_facts.html", "_plan_sitting_card.html"}
    text = re.compile(r"{%\s*translate\s+\"([^\"]*)\"|{%\s*blocktranslate[^%]*%}(.*?){%\s*endblocktranslate", re.DOTALL)
    found = [
        (path.name, words)
        for path in ROOT.glob("templates/scheduling/*.html")
        if path.name not in of_the_plan
        for words in map("".join, text.findall(path.read_text(encoding="utf-8")))
        if re.search(rf"\b{word}", words, re.IGNORECASE)
    ]
    assert found == []
