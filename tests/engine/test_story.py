"""What follows when sittings are given off their dates."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from scheduling.engine.protocol import HORIZON, Follow, due_sittings, further_recalls, respace, rewindow
from scheduling.engine.terms import PhasePurpose, SittingDates
from tests.engine.diaries import FIFTEEN_DAYS, MONTHLY, WEEKLY, phase

START = date(2026, 1, 31)


def story_of(*phases, start=START) -> list[SittingDates]:
    return [
        SittingDates(
            due.number, due.ideal, due.gap, due.early, due.late, due.minimum_gap, None, None,
            phase=due.phase, cadence=phases[due.phase].cadence, gap_before=phases[due.phase].gap_before,
        )
        for due in due_sittings(phases, start)
    ]  # fmt: skip


def test_windows_of_an_untouched_story_are_those_of_the_plan():
    phases = [phase(3, MONTHLY), phase(3, FIFTEEN_DAYS)]
    plan = [(due.earliest, due.latest) for due in due_sittings(phases, START)]
    assert list(rewindow(story_of(*phases))) == plan


def test_a_window_counts_from_the_booked_date_of_the_sitting_before():
    story = story_of(phase(2, WEEKLY))
    story[0] = replace(story[0], booked=START + timedelta(days=2))
    assert rewindow(story)[1] == (START + timedelta(days=7), START + timedelta(days=12))


def test_a_given_date_prevails_over_the_booked_one():
    story = story_of(phase(2, WEEKLY))
    story[0] = replace(story[0], booked=START + timedelta(days=2), given=START + timedelta(days=1))
    assert rewindow(story)[1] == (START + timedelta(days=6), START + timedelta(days=11))


def test_a_skipped_sitting_is_not_the_one_before_but_its_days_still_count():
    story = story_of(phase(3, WEEKLY))
    story[1] = replace(story[1], skipped=True)
    assert rewindow(story)[2] == (START + timedelta(days=12), START + timedelta(days=17))


def test_a_placed_sitting_after_one_without_a_day_may_also_count_over_it():
    story = story_of(phase(3, WEEKLY))
    story[0] = replace(story[0], booked=START + timedelta(days=3))
    assert rewindow(story)[2] == (START + timedelta(days=12), START + timedelta(days=17))
    story[2] = replace(story[2], booked=START + timedelta(days=20))
    assert rewindow(story)[2] == (START + timedelta(days=12), START + timedelta(days=20))


@pytest.mark.parametrize("rule", [Follow.KEEP_TARGETS, Follow.ASK])
def test_kept_targets_and_an_open_question_change_nothing(rule):
    story = story_of(phase(4, WEEKLY))
    story[1] = replace(story[1], given=story[1].ideal + timedelta(days=5))
    assert respace(story, 2, rule) == tuple(story[2:])


def test_re_anchoring_counts_the_months_from_the_given_date():
    story = story_of(phase(4, MONTHLY), start=date(2026, 1, 15))
    story[0] = replace(story[0], given=date(2026, 1, 31))
    rest = respace(story, 1, Follow.RE_ANCHOR)
    assert [each.ideal for each in rest] == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
    assert [each.gap for each in rest] == [28, 31, 30]


def test_re_anchoring_carries_into_the_next_phase():
    story = story_of(phase(2, WEEKLY), phase(2, FIFTEEN_DAYS), start=date(2026, 1, 1))
    story[0] = replace(story[0], given=date(2026, 1, 3))
    rest = respace(story, 1, Follow.RE_ANCHOR)
    assert [each.ideal.day for each in rest] == [10, 25, 9]


def test_re_anchoring_keeps_the_pause_before_the_next_phase():
    months_off = replace(phase(2, FIFTEEN_DAYS), gap_before=MONTHLY)
    story = story_of(phase(2, WEEKLY), months_off, start=date(2026, 1, 1))
    story[0] = replace(story[0], given=date(2026, 1, 3))
    rest = respace(story, 1, Follow.RE_ANCHOR)
    assert [each.ideal for each in rest] == [date(2026, 1, 10), date(2026, 2, 10), date(2026, 2, 25)]


def test_re_anchoring_without_a_cadence_repeats_the_gaps_in_days():
    story = [replace(each, cadence=None) for each in story_of(phase(3, MONTHLY))]
    story[0] = replace(story[0], given=START + timedelta(days=4))
    assert [each.ideal for each in respace(story, 1, Follow.RE_ANCHOR)] == [date(2026, 3, 4), date(2026, 4, 4)]


def test_restarting_a_phase_makes_the_given_sitting_its_first_and_renumbers_the_rest():
    story = story_of(phase(4, WEEKLY), phase(1, FIFTEEN_DAYS), start=date(2026, 1, 1))
    story[2] = replace(story[2], given=date(2026, 3, 1))
    rest = respace(story, 3, Follow.RESTART_PHASE)
    assert [(each.number, each.phase, each.ideal) for each in rest] == [
        (4, 0, date(2026, 3, 8)),
        (5, 0, date(2026, 3, 15)),
        (6, 0, date(2026, 3, 22)),
        (7, 1, date(2026, 4, 6)),
    ]


def test_further_recalls_keep_the_horizon_ahead():
    recalls = phase(0, MONTHLY, PhasePurpose.MAINTENANCE, open_ended=True)
    found = further_recalls(recalls, START, HORIZON, date(2026, 4, 1))
    assert found == ((13, date(2027, 1, 31)), (14, date(2027, 2, 28)), (15, date(2027, 3, 31)))


def test_no_recall_is_added_while_the_horizon_is_whole():
    recalls = phase(0, MONTHLY, PhasePurpose.MAINTENANCE, open_ended=True)
    assert further_recalls(recalls, START, HORIZON, START) == ()
