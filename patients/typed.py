"""What somebody typed to find a patient, taken apart: names, digits, birth dates, a codice fiscale."""

import re
from dataclasses import dataclass
from datetime import date

from patients.codice_fiscale import SHAPE, compact
from patients.models.person import folded

DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})", re.ASCII)
YEAR_FIRST = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})", re.ASCII)
NUMBER = re.compile(r"[+(]*\d[\d./()-]*", re.ASCII)
FIRST_BIRTH_YEAR = 1900


@dataclass(frozen=True, slots=True)
class Typed:
    """The parts of a search; every part must match. `births` holds, for each date typed, the days it can mean."""

    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    births: tuple[tuple[date, ...], ...] = ()
    code: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """The names as the database keeps them: lower case, no accents, no apostrophes."""
        return tuple(word for name in self.names for word in folded(name.replace("-", " ")).split())


def take_apart(text: str, today: date) -> Typed:
    """Sorts the words of `text` by what they are; digits typed in groups are one number."""
    names: list[str] = []
    numbers: list[str] = []
    births: list[tuple[date, ...]] = []
    code = ""
    after_digits = False
    for word in (word.strip(",;") for word in text.split()):
        days = possible_births(word, today)
        is_number = not days and NUMBER.fullmatch(word) is not None
        if days:
            births.append(days)
        elif is_number and after_digits:
            numbers[-1] += _digits(word)
        elif is_number:
            numbers.append(_without_call_prefix(word))
        elif SHAPE.fullmatch(compact(word)) and any(c.isdigit() for c in word):
            code = compact(word)
        elif word:
            names.append(word)
        after_digits = is_number
    return Typed(tuple(names), tuple(numbers), tuple(births), code)


def possible_births(word: str, today: date) -> tuple[date, ...]:
    """The days from 1900 to `today` (local) that `word` can mean: two for a year of two digits, none if not a date."""
    if match := DAY_FIRST.fullmatch(word):
        day, month, year = match.groups()
    elif match := YEAR_FIRST.fullmatch(word):
        year, month, day = match.groups()
    else:
        return ()
    years = (int(year),) if len(year) == 4 else (1900 + int(year), 2000 + int(year))
    days = (_day(a_year, int(month), int(day)) for a_year in years if a_year >= FIRST_BIRTH_YEAR)
    return tuple(a_day for a_day in days if a_day and a_day <= today)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _digits(word: str) -> str:
    return "".join(c for c in word if c.isdigit())


def _without_call_prefix(word: str) -> str:
    """The digits of `word`, with 0039 read as +39: numbers are kept in the international form."""
    digits = _digits(word)
    return digits[2:] if digits.startswith("00") else digits
