from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.engine.cadence import (
    Cadence,
    Tolerance,
    Unit,
    default_minimum_gap,
    default_tolerance,
    gap_bounds,
    window,
)


@pytest.mark.parametrize(
    ("cadence", "days"),
    [(Cadence(15, Unit.DAY), 15), (Cadence(2, Unit.WEEK), 14), (Cadence(1, Unit.MONTH), 30)],
)
def test_a_cadence_has_nominal_days(cadence, days):
    assert cadence.nominal_days == days


def test_a_cadence_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least 1 week"):
        Cadence(0, Unit.WEEK)


def test_a_negative_tolerance_is_refused():
    with pytest.raises(ValueError, match="cannot be negative"):
        Tolerance(-1, 2)


@pytest.mark.parametrize("unit", list(Unit))
@pytest.mark.parametrize("times", [10**5, 10**12, -(10**12)])
def test_a_date_outside_the_calendar_is_refused_with_a_sentence(unit, times):
    with pytest.raises(ValueError, match=r"outside the calendar \(years 1 to 9999\)"):
        Cadence(1, unit).after(date(9990, 1, 1), times * 10)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 200))
@settings(deadline=None)
def test_months_keep_the_anchors_day_or_the_months_last(anchor, times):
    after = Cadence(1, Unit.MONTH).after(anchor, times)
    assert after.year * 12 + after.month == anchor.year * 12 + anchor.month + times
    next_day = date.fromordinal(after.toordinal() + 1)
    assert after.day == anchor.day or (after.day < anchor.day and next_day.day == 1)


@pytest.mark.parametrize(
    ("cadence", "early", "late"),
    [
        (Cadence(1, Unit.WEEK), 2, 3),
        (Cadence(14, Unit.DAY), 3, 4),
        (Cadence(15, Unit.DAY), 3, 4),
        (Cadence(1, Unit.MONTH), 5, 7),
        (Cadence(2, Unit.MONTH), 5, 7),
        (Cadence(5, Unit.DAY), 1, 2),
        (Cadence(1, Unit.DAY), 0, 1),
    ],
)
def test_the_default_tolerance_follows_the_length_of_the_cadence(cadence, early, late):
    assert default_tolerance(cadence) == Tolerance(early, late)


@pytest.mark.parametrize(
    ("cadence", "days"),
    [(Cadence(1, Unit.WEEK), 4), (Cadence(15, Unit.DAY), 8), (Cadence(1, Unit.MONTH), 15), (Cadence(1, Unit.DAY), 1)],
)
def test_the_default_minimum_gap_is_half_the_cadence_rounded_up(cadence, days):
    assert default_minimum_gap(cadence) == days


def test_a_window_is_the_gap_less_early_and_plus_late():
    assert window(date(2026, 11, 2), 7, Tolerance(2, 3), 4) == (date(2026, 11, 7), date(2026, 11, 12))


def test_the_minimum_gap_prevails_over_the_tolerance():
    assert window(date(2026, 11, 2), 7, Tolerance(6, 1), 5) == (date(2026, 11, 7), date(2026, 11, 10))


def test_two_sittings_are_never_on_one_day():
    assert gap_bounds(1, 5, 0, 0) == (1, 1)


def test_a_minimum_gap_over_the_whole_window_leaves_its_own_day():
    assert gap_bounds(7, 2, 3, 30) == (30, 30)
