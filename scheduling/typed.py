"""What somebody typed into the search besides a name: a day, the number of a plan or of an appointment.

Days are understood in English and in Italian whatever the language of the page, as people type them.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from patients.models.person import folded

MONTHS = (
    ("january", "gennaio"),
    ("february", "febbraio"),
    ("march", "marzo"),
    ("april", "aprile"),
    ("may", "maggio"),
    ("june", "giugno"),
    ("july", "luglio"),
    ("august", "agosto"),
    ("september", "settembre"),
    ("october", "ottobre"),
    ("november", "novembre"),
    ("december", "dicembre"),
)
WEEKDAYS = (
    ("monday", "lunedi"),
    ("tuesday", "martedi"),
    ("wednesday", "mercoledi"),
    ("thursday", "giovedi"),
    ("friday", "venerdi"),
    ("saturday", "sabato"),
    ("sunday", "domenica"),
)
# Days from today.
NEAR = {"today": 0, "oggi": 0, "tomorrow": 1, "domani": 1, "dopodomani": 2, "yesterday": -1, "ieri": -1}
YEARS = range(2000, 2101)  # those the day board knows
SHORTEST = 3  # letters of a month or weekday
# A day without its year is the coming one, unless it lies so little behind that the past one is meant.
STILL_MEANT = timedelta(days=31)
PLAN = ("plan", "piano")
APPOINTMENT = ("appointment", "appuntamento")

DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})(?:[./-](\d{4}|\d{2}))?", re.ASCII)
YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
DAY_AND_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|o|°)? ?([a-z]+)(?: (\d{4}|\d{2}))?", re.ASCII)
MONTH_AND_DAY = re.compile(r"([a-z]+) ?(\d{1,2})(?:st|nd|rd|th|o|°)?(?: (\d{4}|\d{2}))?", re.ASCII)
NUMBERED = re.compile(r"(?:([a-z]+)\.? ?)?(?:n\. ?|nr\.? ?)?#? ?(\d{1,9})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Numbered:
    """The number of a plan, of an appointment, or of either; None where the other one is meant."""

    plan: int | None = None
    appointment: int | None = None


def typed_number(text: str) -> Numbered:
    """ "plan 12" and "app 345", or "#12", which can be either; nothing for digits alone, which may be a telephone's."""
    plain = folded(text)
    match = NUMBERED.fullmatch(plain)
    if match is None:
        return Numbered()
    word, number = match[1] or "", int(match[2])
    if not word:
        return Numbered(number, number) if plain.startswith("#") else Numbered()
    if word in PLAN:
        return Numbered(plan=number)
    # "app", "appt", "appuntam": what people shorten it to.
    if word == "appt" or (len(word) >= SHORTEST and any(full.startswith(word) for full in APPOINTMENT)):
        return Numbered(appointment=number)
    return Numbered()


def typed_day(text: str, today: date) -> date | None:
    """The day that `text` means to somebody who types it on `today` (both local): "12 dec", "12/12", "domani", "mon".

    Without a year it is the coming such day, or one at most a month ago. A weekday is the next one after today.
    """
    day = _meant(folded(text.replace(",", " ")), today)
    return day if day and day.year in YEARS else None


def _meant(plain: str, today: date) -> date | None:
    if plain in NEAR:
        return today + timedelta(days=NEAR[plain])
    first, _blank, rest = plain.partition(" ")
    weekday = _which(first.rstrip("."), WEEKDAYS)
    if weekday is None:
        return _written(plain, today)
    if rest:
        return _written(rest, today) or _written(plain, today)  # "mar 3/12", and "mar 3"
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _written(plain: str, today: date) -> date | None:
    """A day with its month, in figures or in letters."""
    if match := YEAR_FIRST.fullmatch(plain):
        return _day(int(match[3]), int(match[2]), match[1], today)
    if match := DAY_FIRST.fullmatch(plain):
        return _day(int(match[1]), int(match[2]), match[3], today)
    plain = plain.replace(".", "")
    if match := DAY_AND_MONTH.fullmatch(plain):
        day, word, year = match.groups()
    elif match := MONTH_AND_DAY.fullmatch(plain):
        word, day, year = match.groups()
    else:
        return None
    month = _which(word, MONTHS)
    return None if month is None else _day(int(day), month + 1, year, today)


def _which(word: str, names: tuple[tuple[str, ...], ...]) -> int | None:
    """The position of the first name that begins with `word`, in either language."""
    if len(word) < SHORTEST:
        return None
    return next((n for n, both in enumerate(names) if any(name.startswith(word) for name in both)), None)


def _day(day: int, month: int, year: str | None, today: date) -> date | None:
    if year:
        return _existing(int(year) if len(year) == 4 else 2000 + int(year), month, day)
    # 29 February: the next year that has one.
    years = range(today.year - 1, today.year + 9)
    days = (_existing(a_year, month, day) for a_year in years)
    return next((a_day for a_day in days if a_day and a_day >= today - STILL_MEANT), None)


def _existing(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
