"""Whose turn it is: the soonest closing window, the fewest free days, the longest wait, and always the same answer."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from scheduling.engine.turns import Waiting, fair_order

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
FIRST = Waiting(
    plan=1,
    today=TODAY,
    earliest=TODAY + 2 * DAY,
    latest=TODAY + 6 * DAY,
    away=(),
    since=datetime(2026, 11, 1, tzinfo=UTC),
)


def order(*waiting: Waiting) -> list[int]:
    return [each.plan for each in fair_order(waiting)]


def test_the_window_that_closes_first_comes_first_however_long_the_others_wait() -> None:
    sooner = replace(FIRST, plan=2, latest=FIRST.latest - DAY, since=FIRST.since + 20 * DAY)
    assert order(FIRST, sooner) == [2, 1]


def test_a_window_that_has_closed_comes_before_those_still_open() -> None:
    over = replace(FIRST, plan=2, earliest=TODAY - 9 * DAY, latest=TODAY - DAY)
    assert over.free_days == 0
    assert order(FIRST, over) == [2, 1]


def test_of_windows_that_close_together_the_one_with_fewer_days_comes_first() -> None:
    narrow = replace(FIRST, plan=2, earliest=FIRST.earliest + DAY, since=FIRST.since + 20 * DAY)
    assert (FIRST.free_days, narrow.free_days) == (5, 4)
    assert order(FIRST, narrow) == [2, 1]


def test_days_that_are_over_are_no_freedom() -> None:
    begun = replace(FIRST, earliest=TODAY - 3 * DAY, latest=TODAY + DAY)
    assert begun.free_days == 2


def test_days_on_which_the_patient_cannot_come_are_no_freedom() -> None:
    away = ((TODAY - 400 * DAY, TODAY + 3 * DAY), (TODAY + 3 * DAY, TODAY + 4 * DAY))
    busy = replace(FIRST, plan=2, away=away, since=FIRST.since + 20 * DAY)
    assert busy.free_days == 2
    assert order(FIRST, busy) == [2, 1]


def test_between_equals_the_longer_wait_comes_first() -> None:
    longer = replace(FIRST, plan=2, since=FIRST.since - DAY)
    assert order(FIRST, longer) == [2, 1]


def test_between_equals_that_waited_alike_the_lower_number_comes_first() -> None:
    assert order(replace(FIRST, plan=3), replace(FIRST, plan=2), FIRST) == [1, 2, 3]


def test_the_order_does_not_depend_on_who_was_chosen_first() -> None:
    random = Random(7)
    waiting = [
        replace(FIRST, plan=n, latest=FIRST.latest + random.randrange(3) * DAY, since=FIRST.since + n % 2 * DAY)
        for n in range(30)
    ]
    told = order(*waiting)
    for _again in range(20):
        random.shuffle(waiting)
        assert order(*waiting) == told
