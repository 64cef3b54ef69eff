"""What a decision about a phase with a range makes of a plan's dates."""

from dataclasses import replace
from datetime import date, timedelta

from scheduling.engine.cadence import Cadence, Tolerance, Unit
from scheduling.engine.protocol import Follow, due_sittings, rewindow
from scheduling.engine.ranges import Decision, RangeChoice, decided, to_leave_out, to_move
from scheduling.engine.terms import PhasePurpose, PhaseSpec, SittingDates

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
MONDAY = date(2026, 1, 5)
WEEKLY = PhaseSpec(PhasePurpose.INDUCTION, 8, Cadence(1, Unit.WEEK), Tolerance(2, 3), 4)
MONTHLY = PhaseSpec(PhasePurpose.MAINTENANCE, 3, Cadence(1, Unit.MONTH), Tolerance(5, 7), 15)
PHASES = {1: WEEKLY, 2: MONTHLY}


def story(given=0, *phases, start=MONDAY):
    """The plan's sittings, the first `given` of them given on their ideal dates."""
    specs = phases or tuple(PHASES.values())
    told = []
    for due in due_sittings(specs, start):
        rule = (due.gap, due.early, due.late, due.minimum_gap)
        on = due.ideal if due.number <= given else None
        cadence = specs[due.phase].cadence
        told.append(SittingDates(due.number, due.ideal, *rule, None, on, phase=due.phase + 1, cadence=cadence))
    return told


def steps(told, choice, count=0, *, phases=PHASES, rule=Follow.KEEP_TARGETS, remembered=()):
    return decided(told, phases, Decision(choice, 1, count), rule=rule, remembered=remembered)


def becomes(found):
    return [step.becomes for step in found if step.becomes]


def book(told, number, day):
    return [replace(sitting, booked=day) if sitting.number == number else sitting for sitting in told]


def give(told, number, day):
    return [replace(sitting, given=day) if sitting.number == number else sitting for sitting in told]


def test_going_on_adds_sittings_at_the_rhythm_and_lets_the_recalls_follow_them():
    found = becomes(steps(story(7), RangeChoice.GO_ON, 12))
    assert [sitting.number for sitting in found] == list(range(1, 16))
    assert [sitting.ideal for sitting in found[:12]] == [MONDAY + n * WEEK for n in range(12)]
    assert [sitting.ideal for sitting in found[12:]] == [date(2026, 4, 23), date(2026, 5, 23), date(2026, 6, 23)]


def test_the_new_dates_are_those_of_a_plan_made_with_that_count_from_the_start():
    for count in range(7, 16):
        found = becomes(steps(story(7), RangeChoice.GO_ON, count))
        fresh = due_sittings((replace(WEEKLY, count=count), MONTHLY), MONDAY)
        assert [(each.number, each.ideal, each.gap) for each in found] == [(d.number, d.ideal, d.gap) for d in fresh]


def test_confirming_the_count_changes_nothing():
    told = give(story(6), 7, MONDAY + 6 * WEEK + 2 * DAY)
    assert becomes(steps(told, RangeChoice.GO_ON, 8)) == told


def test_month_ends_are_counted_from_the_first_date_of_the_phase():
    monthly = replace(WEEKLY, count=2, cadence=Cadence(1, Unit.MONTH))
    told = story(2, monthly, MONTHLY, start=date(2026, 1, 31))
    found = becomes(steps(told, RangeChoice.GO_ON, 4, phases={1: monthly, 2: MONTHLY}))
    assert [sitting.ideal for sitting in found[1:4]] == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_a_stated_gap_before_the_recalls_is_kept():
    later = replace(MONTHLY, gap_before=Cadence(10, Unit.DAY))
    found = becomes(steps(story(7), RangeChoice.GO_ON, 9, phases={1: WEEKLY, 2: later}))
    assert found[9].ideal == found[8].ideal + 10 * DAY


def test_where_dates_shift_the_new_ones_count_from_the_sitting_given_last():
    late = MONDAY + 7 * WEEK + 3 * DAY
    found = becomes(steps(give(story(7), 8, late), RangeChoice.GO_ON, 10, rule=Follow.RE_ANCHOR))
    assert [sitting.ideal for sitting in found[8:10]] == [late + WEEK, late + 2 * WEEK]
    assert found[10].ideal == date(2026, 4, 12)


def test_where_targets_are_kept_a_late_sitting_does_not_move_the_new_ones():
    found = becomes(steps(give(story(7), 8, MONDAY + 7 * WEEK + 3 * DAY), RangeChoice.GO_ON, 9))
    assert found[8].ideal == MONDAY + 8 * WEEK


def test_stopping_leaves_out_all_that_is_due_beyond_recalls_too():
    found = steps(story(6), RangeChoice.STOP, 7)
    assert [sitting.number for sitting in becomes(found)] == list(range(1, 8))
    assert [step.was.number for step in found if step.left_out] == [8, 9, 10, 11]


def test_starting_the_recalls_counts_them_from_the_day_of_the_last_sitting():
    told = give(story(5), 6, MONDAY + 5 * WEEK + 2 * DAY)
    found = becomes(steps(told, RangeChoice.RECALLS))
    assert [sitting.number for sitting in found] == list(range(1, 10))
    assert [sitting.ideal for sitting in found[6:]] == [date(2026, 3, 11), date(2026, 4, 11), date(2026, 5, 11)]
    assert rewindow(found)[6] == (date(2026, 3, 6), date(2026, 3, 18))


def test_a_booked_sitting_of_the_range_still_comes_before_the_recalls():
    told = book(story(6), 7, MONDAY + 6 * WEEK)
    assert [each.number for each in to_leave_out(told, Decision(RangeChoice.RECALLS, 1, 7))] == [8]
    assert becomes(steps(told, RangeChoice.RECALLS))[7].ideal == date(2026, 3, 16)


def test_a_sitting_with_a_past_stays_as_one_that_takes_no_days():
    found = becomes(steps(story(6), RangeChoice.RECALLS, remembered={7}))
    assert [(sitting.number, sitting.phase, sitting.skipped) for sitting in found[6:8]] == [
        (7, 1, True),
        (8, 2, False),
    ]
    without = becomes(steps(story(6), RangeChoice.RECALLS))
    assert rewindow(found)[7] == rewindow(without)[6]


def test_sittings_left_out_before_do_not_shift_those_that_are_added_later():
    stopped = becomes(steps(story(6), RangeChoice.STOP, 6, remembered={7, 8}))
    found = becomes(steps(stopped, RangeChoice.GO_ON, 8))
    assert [sitting.skipped for sitting in found[6:]] == [True, True, False, False]
    assert [sitting.ideal for sitting in found[8:]] == [MONDAY + 6 * WEEK, MONDAY + 7 * WEEK]


def test_one_missed_before_a_sitting_that_was_given_is_left_out_with_its_days():
    told = [replace(each, given=None) if each.number == 4 else each for each in story(6)]
    found = steps(told, RangeChoice.RECALLS)
    assert becomes(found)[3] == replace(told[3], skipped=True)
    assert becomes(found)[4] == told[4]


def test_a_skipped_sitting_does_not_count():
    told = [replace(each, skipped=True) if each.number == 3 else each for each in story(2)]
    assert len([each for each in becomes(steps(told, RangeChoice.GO_ON, 8)) if each.phase == 1]) == 9


def test_booked_recalls_that_leave_their_windows_must_move_and_the_others_stay():
    told = story(7)
    booked = book(book(told, 9, told[8].ideal), 10, told[9].ideal)
    assert [each.number for each in to_move(steps(booked, RangeChoice.GO_ON, 12))] == [9, 10]
    assert to_move(steps(booked, RangeChoice.GO_ON, 8)) == ()
    within = book(told, 9, told[8].ideal + 6 * DAY)
    assert to_move(steps(within, RangeChoice.GO_ON, 9)) == ()
