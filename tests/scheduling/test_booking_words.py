"""What the booking pages say: patterns, people, drift, windows that close, ways out."""

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from django.http import QueryDict

from scheduling.engine.terms import Figures, Preference
from scheduling.selectors.booking_words import booked_words, drift_words, pattern_words, who_words
from scheduling.selectors.cycles import Wishes
from scheduling.selectors.proposals import Row
from scheduling.selectors.ways_out import query_of
from scheduling.selectors.worklists import closes_words

THURSDAY = date(2026, 11, 26)


def row(day: date, drift: int = 0) -> Row:
    week = timedelta(days=3)
    return Row(1, "induction", "Induction", day, day - week, day + week, day, time(10), "Dr Bianchi", "Room 1", drift)


def figures(weekday: int | None, minute: int | None) -> Figures:
    return Figures(weekday, minute, 0.6, 3, 0, THURSDAY, ())


@pytest.mark.parametrize(
    ("weekday", "minute", "words"),
    [
        (3, 600, "Thursdays 10:00"),
        (3, None, "Thursdays, various times"),
        (None, 1050, "17:30, mostly Tue and Thu"),
        (None, None, "mixed, mostly Tue and Thu"),
    ],
)
def test_a_pattern_in_words(weekday: int | None, minute: int | None, words: str) -> None:
    days = [0, 5, 7, 12, 14]  # Thursday, Tuesday, Thursday, Tuesday, Thursday
    rows = [row(THURSDAY + timedelta(days=days_on)) for days_on in days]
    assert pattern_words(figures(weekday, minute), rows) == words


def test_a_single_sitting_has_a_day_and_no_pattern() -> None:
    assert pattern_words(figures(3, 600), [row(THURSDAY)]) == "Thu 10:00"


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"Dr Bianchi": 1}, "Dr Bianchi"),
        ({"Dr Bianchi": 21}, "Dr Bianchi, all 21"),
        ({"Dr Galli": 3, "Dr Neri": 18}, "Dr Neri 18, Dr Galli 3"),
        ({"Dr Bianchi": 7, "Dr Galli": 7, "Dr Neri": 7}, "3 practitioners"),
    ],
)
def test_with_whom_in_words(counts: dict[str, int], words: str) -> None:
    assert who_words(Counter(counts)) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "on its day"), (1, "1 day late"), (2, "2 days late"), (-1, "1 day early"), (-3, "3 days early")],
)
def test_drift_in_words(days: int, words: str) -> None:
    assert drift_words(days) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "closes today"), (1, "closes in 1 day"), (3, "closes in 3 days"), (-1, "closed 1 day ago")],
)
def test_a_closing_window_in_words(days: int, words: str) -> None:
    assert closes_words(days) == words


def test_a_day_before_or_after_the_window_is_outside() -> None:
    inside = row(THURSDAY)
    assert not inside.outside
    before = Row(1, "induction", "", THURSDAY, THURSDAY, THURSDAY, THURSDAY - timedelta(days=1), time(9), "", "", -1)
    assert before.outside


def test_what_was_booked_in_words() -> None:
    starts = [datetime.combine(THURSDAY + timedelta(weeks=week), time(9, 5)) for week in range(2)]
    assert booked_words(starts, "Greco Sofia") == (
        "2 sittings of Greco Sofia are booked, from Thu 26 Nov 2026 to Thu 3 Dec 2026."
    )
    assert booked_words(starts[:1], "Greco Sofia") == "The sitting of Greco Sofia is booked: Thu 26 Nov 2026, 09:05."


def test_wishes_as_an_address() -> None:
    wishes = Wishes(Preference(frozenset({3, 1}), 540, 780, 7), ((7, 3), (7, -2)), 5, only=True, also=(8, 9))
    query = QueryDict(query_of(wishes, "soonest-finish"))
    assert query.getlist("weekdays") == ["1", "3"]
    assert (query["from_time"], query["until_time"], query["practitioner"]) == ("09:00", "13:00", "7")
    assert query.getlist("widen") == ["7:3", "7:-2"]
    assert (query["only"], query.getlist("also")) == ("1", ["8", "9"])
    assert (query["later"], query["show"], query["asked"]) == ("5", "soonest-finish", "1")


def test_no_wishes_are_said_as_asked_for_nothing() -> None:
    assert query_of(Wishes()) == "asked=1"
