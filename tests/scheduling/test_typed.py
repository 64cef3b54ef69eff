"""Days and numbers as people type them into the search, in both languages."""

from datetime import date

import pytest

from scheduling.forms.times import FIRST_YEAR, LAST_YEAR
from scheduling.typed import YEARS, Numbered, typed_day, typed_number

TODAY = date(2026, 11, 21)  # a Saturday
TWELFTH = date(2026, 12, 12)


@pytest.mark.parametrize(
    "text",
    [
        "12 dec",
        "12 Dec.",
        "12 december",
        "12th December",
        "dec 12",
        "12dec",
        "12 dic",
        "12 DICEMBRE",
        "12/12",
        "12.12",
        "12-12",
        "12/12/26",
        "12/12/2026",
        "12 dec 2026",
        "12 dic 26",
        "2026-12-12",
        "sat 12 dec",
        "sabato 12 dicembre",
        "Sat, 12/12",
        "  12   dec  ",
    ],
)
def test_a_day_is_understood(text):
    assert typed_day(text, TODAY) == TWELFTH


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", date(2026, 11, 21)),
        ("oggi", date(2026, 11, 21)),
        ("tomorrow", date(2026, 11, 22)),
        ("domani", date(2026, 11, 22)),
        ("dopodomani", date(2026, 11, 23)),
        ("yesterday", date(2026, 11, 20)),
        ("ieri", date(2026, 11, 20)),
        ("mon", date(2026, 11, 23)),
        ("lun", date(2026, 11, 23)),
        ("lunedì", date(2026, 11, 23)),
        ("venerdi", date(2026, 11, 27)),
        ("mar", date(2026, 11, 24)),  # martedì
        ("mar 3", date(2027, 3, 3)),  # March
        ("1° gennaio", date(2027, 1, 1)),
        ("3 ago", date(2027, 8, 3)),
        ("5 sept", date(2027, 9, 5)),
    ],
)
def test_a_word_for_a_day_is_understood_in_either_language(text, day):
    assert typed_day(text, TODAY) == day


def test_a_weekday_is_never_today():
    assert typed_day("sat", TODAY) == date(2026, 11, 28)


def test_a_day_of_the_last_month_stays_where_it_was():
    assert typed_day("12 nov", TODAY) == date(2026, 11, 12)
    assert typed_day("12 oct", TODAY) == date(2027, 10, 12)


def test_in_january_december_is_the_one_just_over():
    assert typed_day("28 dic", date(2027, 1, 4)) == date(2026, 12, 28)


def test_the_leap_day_is_that_of_the_next_leap_year():
    assert typed_day("29 feb", TODAY) == date(2028, 2, 29)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "12", "12 de", "rossi", "31 feb", "0/0", "32/1", "12/13", "mo", "monti", "12 dec rossi"),
        *("12 dec 9999", "1999-12-31", "0000-01-01", "١٢ dec x", "١/١", "a\x00b", "12 " + "dec" * 1000, "9" * 5000),
    ],
)
def test_nothing_else_is_a_day(text):
    assert typed_day(text, TODAY) is None


def test_a_day_is_one_that_the_board_knows():
    assert (YEARS[0], YEARS[-1]) == (FIRST_YEAR, LAST_YEAR)


@pytest.mark.parametrize(
    ("text", "numbered"),
    [
        ("plan 12", Numbered(plan=12)),
        ("Piano 12", Numbered(plan=12)),
        ("piano n. 12", Numbered(plan=12)),
        ("plan #12", Numbered(plan=12)),
        ("app 345", Numbered(appointment=345)),
        ("app. 345", Numbered(appointment=345)),
        ("appt 345", Numbered(appointment=345)),
        ("appointment 345", Numbered(appointment=345)),
        ("appuntamento 345", Numbered(appointment=345)),
        ("#12", Numbered(plan=12, appointment=12)),
    ],
)
def test_a_number_is_understood(text, numbered):
    assert typed_number(text) == numbered


@pytest.mark.parametrize(
    "text", ["", "12", "333 120", "#", "plan", "plan twelve", "ap 3", "rossi 12", "plan " + "9" * 500, "# 12 13", "#-1"]
)
def test_nothing_else_is_a_number(text):
    assert typed_number(text) == Numbered()
