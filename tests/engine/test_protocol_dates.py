"""The dates of the five documented protocols, against arithmetic of the test's own."""

import calendar
from datetime import date, timedelta

import pytest

from scheduling.engine.cadence import Cadence, Unit
from scheduling.engine.protocol import HORIZON, due_sittings
from scheduling.engine.terms import PhasePurpose
from tests.engine.diaries import FIFTEEN_DAYS, MONTHLY, WEEKLY, phase, three_phases

FORTNIGHTLY = Cadence(2, Unit.WEEK)

CELLULITE_FROM_31_JANUARY_2026 = """
2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31 2026-06-30
2026-07-15 2026-07-30 2026-08-14 2026-08-29 2026-09-13 2026-09-28 2026-10-13 2026-10-28 2026-11-12 2026-11-27
2026-12-27 2027-01-27 2027-02-27 2027-03-27 2027-04-27 2027-05-27
2027-06-27 2027-07-27 2027-08-27 2027-09-27 2027-10-27 2027-11-27
""".split()


def months_on(anchor: date, months: int) -> date:
    """Calendar months from an anchor by counting months since year 0, clamped to the month's last day."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, calendar.monthrange(year, month + 1)[1]))


def ideals(*phases, start: date) -> list[date]:
    return [sitting.ideal for sitting in due_sittings(phases, start)]


def test_cellulite_in_three_phases_from_31_january_2026_has_these_28_dates():
    assert [sitting.ideal.isoformat() for sitting in three_phases(date(2026, 1, 31))] == CELLULITE_FROM_31_JANUARY_2026


def test_cellulite_in_three_phases_numbers_its_sittings_through_the_phases():
    sittings = three_phases(date(2026, 1, 31))
    assert [sitting.number for sitting in sittings] == list(range(1, 29))
    assert [sitting.phase for sitting in sittings] == [0] * 6 + [1] * 10 + [2] * 12


def test_the_supported_course_spaces_its_sittings_as_the_doctor_fills_in():
    every_ten_days = Cadence(10, Unit.DAY)
    start = date(2026, 12, 1)
    recalls = phase(3, MONTHLY, PhasePurpose.MAINTENANCE)
    expected = [start + timedelta(days=10 * n) for n in range(8)]
    first_recall = months_on(expected[-1], 1)
    expected += [months_on(first_recall, n) for n in range(3)]
    assert ideals(phase(8, every_ten_days), recalls, start=start) == expected


@pytest.mark.parametrize("stabilising", [FORTNIGHTLY, MONTHLY])
def test_the_stabilised_cycle_goes_on_fortnightly_or_monthly(stabilising):
    start = date(2027, 1, 29)
    cycle = [start + timedelta(days=7 * n) for n in range(15)]
    if stabilising is FORTNIGHTLY:
        after = [cycle[-1] + timedelta(days=14 * n) for n in range(1, 5)]
    else:
        after = [months_on(months_on(cycle[-1], 1), n) for n in range(4)]
    consolidation = phase(4, stabilising, PhasePurpose.CONSOLIDATION)
    assert ideals(phase(15, WEEKLY), consolidation, start=start) == cycle + after


def test_weekly_with_recalls_keeps_a_horizon_of_monthly_recalls():
    start = date(2026, 10, 31)
    cycle = [start + timedelta(weeks=n) for n in range(10)]
    anchor = months_on(cycle[-1], 1)
    recalls = phase(0, MONTHLY, PhasePurpose.MAINTENANCE, open_ended=True)
    found = ideals(phase(10, WEEKLY), recalls, start=start)
    assert found == cycle + [months_on(anchor, n) for n in range(HORIZON)]


def test_the_repeated_cycle_has_maintenance_between_its_cycles():
    start = date(2026, 3, 2)
    recalls = phase(2, Cadence(2, Unit.MONTH), PhasePurpose.MAINTENANCE, gap_before=MONTHLY)
    cycle = [start + timedelta(days=15 * n) for n in range(6)]
    anchor = months_on(cycle[-1], 1)
    assert ideals(phase(6, FIFTEEN_DAYS), recalls, start=start) == [*cycle, anchor, months_on(anchor, 2)]


def test_monthly_from_31_january_never_settles_on_the_28th():
    assert [each.day for each in ideals(phase(6, MONTHLY), start=date(2027, 1, 31))] == [31, 28, 31, 30, 31, 30]


def test_monthly_from_29_february_goes_back_to_the_29th():
    found = ideals(phase(14, MONTHLY), start=date(2028, 2, 29))
    assert found == [months_on(date(2028, 2, 29), n) for n in range(14)]
    assert found[1] == date(2028, 3, 29)
    assert found[12] == date(2029, 2, 28)


def test_the_gap_between_phases_is_the_cadence_of_the_phase_that_begins():
    first_weekly_then_monthly = ideals(phase(2, WEEKLY), phase(1, MONTHLY), start=date(2026, 1, 24))
    assert first_weekly_then_monthly[-1] == date(2026, 2, 28)


def test_a_stated_gap_between_phases_prevails():
    two_weeks = Cadence(2, Unit.WEEK)
    found = ideals(phase(2, WEEKLY), phase(2, MONTHLY, gap_before=two_weeks), start=date(2026, 1, 1))
    assert found[2:] == [date(2026, 1, 22), date(2026, 2, 22)]


def test_the_first_window_opens_on_the_start_and_closes_with_the_late_tolerance():
    first = due_sittings([phase(1, WEEKLY)], date(2026, 11, 23))[0]
    assert (first.earliest, first.latest) == (date(2026, 11, 23), date(2026, 11, 26))


def test_a_window_counts_from_the_ideal_of_the_sitting_before():
    second = due_sittings([phase(2, WEEKLY)], date(2026, 11, 23))[1]
    assert (second.gap, second.earliest, second.latest) == (7, date(2026, 11, 28), date(2026, 12, 3))


def test_a_phase_of_no_sittings_is_passed_over():
    assert ideals(phase(1, WEEKLY), phase(0, MONTHLY), phase(1, WEEKLY), start=date(2026, 1, 1)) == [
        date(2026, 1, 1),
        date(2026, 1, 8),
    ]


def test_only_the_last_phase_can_be_open_ended():
    with pytest.raises(ValueError, match="Only the last phase"):
        due_sittings([phase(1, MONTHLY, open_ended=True), phase(1, WEEKLY)], date(2026, 1, 1))


@pytest.mark.parametrize("start", [date(9999, 12, 30), date(9999, 12, 1)])
def test_a_plan_past_year_9999_is_refused_with_a_sentence(start):
    with pytest.raises(ValueError, match="outside the calendar"):
        due_sittings([phase(8, WEEKLY)], start)


def test_a_plan_can_start_in_year_1():
    assert ideals(phase(2, MONTHLY), start=date(1, 1, 31)) == [date(1, 1, 31), date(1, 2, 28)]
