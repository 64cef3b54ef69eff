"""The catalogue compiled without msgfmt is read by gettext as the one compiled with it."""

import gettext
from pathlib import Path

import pytest

from scripts import compile_messages

CATALOGUE = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

msgid "To book"
msgstr "Da prenotare"

#, python-format
msgid ""
"Sitting \"%(number)s\"\n"
"of the cycle"
msgstr ""
"Seduta «%(number)s»\n"
"del ciclo"

msgctxt "month"
msgid "May"
msgstr "maggio"

msgid "%(count)s day"
msgid_plural "%(count)s days"
msgstr[0] "%(count)s giorno"
msgstr[1] "%(count)s giorni"

#, fuzzy
msgid "Window"
msgstr "Vetro"

msgid "Untranslated"
msgstr ""

#~ msgid "Old"
#~ msgstr "Vecchio"
"""


@pytest.fixture
def translations(tmp_path: Path) -> gettext.GNUTranslations:
    catalogue = tmp_path / "django.po"
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    compile_messages.compile_in_python(catalogue)
    with catalogue.with_suffix(".mo").open("rb") as compiled:
        return gettext.GNUTranslations(compiled)


@pytest.mark.parametrize(
    ("english", "italian"),
    [
        ("To book", "Da prenotare"),
        ('Sitting "%(number)s"\nof the cycle', "Seduta «%(number)s»\ndel ciclo"),
        ("Window", "Window"),
        ("Untranslated", "Untranslated"),
        ("Old", "Old"),
    ],
)
def test_a_text_is_found_as_it_stands_in_the_catalogue(
    translations: gettext.GNUTranslations, english: str, italian: str
) -> None:
    assert translations.gettext(english) == italian


def test_a_context_keeps_two_meanings_apart(translations: gettext.GNUTranslations) -> None:
    assert translations.pgettext("month", "May") == "maggio"
    assert translations.gettext("May") == "May"


def test_plurals_follow_the_number(translations: gettext.GNUTranslations) -> None:
    assert translations.ngettext("%(count)s day", "%(count)s days", 1) == "%(count)s giorno"
    assert translations.ngettext("%(count)s day", "%(count)s days", 3) == "%(count)s giorni"
