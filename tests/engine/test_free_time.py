import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.engine.free_time import build_diary, busy_masks, cells, end_to_end, smear, starts
from scheduling.engine.terms import Taken


def diary(**spans):
    return build_diary(**{"grid": 5, "first_day": 1, "last_day": 9, "hours": [], "rooms": {}} | spans)


def test_hours_shrink_to_the_grid_and_lost_time_grows_to_it():
    made = diary(hours=[(1, 5, 3, 22)], busy=[(1, 5, 3, 22)])
    assert made.hours[1][5] == 0b1110
    assert made.busy[1][5] == 0b11111


def test_spans_of_one_day_are_joined():
    assert diary(away=[(1, 5, 0, 5), (1, 5, 10, 15)]).away == {1: {5: 0b101}}


def test_weekly_hours_are_the_same_span_on_each_of_their_days():
    made = diary(weekly=[(1, range(2, 9, 3), 0, 10), (1, range(5, 6), 15, 22)], hours=[(1, 2, 10, 15)])
    assert made.hours == {1: {2: 0b111, 5: 0b1011, 8: 0b11}}


def test_busy_spans_are_added_to_busy_masks_that_are_left_as_they_are():
    masks = {1: {5: 0b100}}
    made = diary(taken=Taken(masks, {2: {6: 0b1}}, {}), busy=[(1, 5, 0, 5), (3, 5, 0, 5)])
    assert made.busy == {1: {5: 0b101}, 3: {5: 0b1}}
    assert (made.room_busy, made.equipment_busy) == ({2: {6: 0b1}}, {})
    assert masks == {1: {5: 0b100}}


def test_busy_masks_are_those_of_a_diary():
    spans = [(1, 5, 3, 22), (2, 6, 0, 5)]
    assert busy_masks(spans, 5) == diary(busy=spans).busy


def test_spans_of_the_patient_need_no_resource():
    assert diary(patient_busy=[(5, 0, 5)], patient_unavailable=[(6, 0, 10)]).patient_unavailable == {6: 0b11}


def test_hours_shorter_than_a_cell_leave_nothing():
    assert diary(hours=[(1, 5, 6, 9)]).hours[1][5] == 0


@pytest.mark.parametrize("span", [(1, 5, -1, 5), (1, 5, 10, 5), (1, 5, 0, 1441)])
def test_a_span_outside_its_day_is_refused(span):
    with pytest.raises(ValueError, match="within one day"):
        diary(busy=[span])


@pytest.mark.parametrize("grid", [0, 7, 1441])
def test_a_grid_that_does_not_divide_the_day_is_refused(grid):
    with pytest.raises(ValueError, match="grid"):
        diary(grid=grid)


@given(st.integers(0, 2**40), st.integers(1, 12))
def test_starts_are_the_cells_with_a_free_run_after_them(free, length):
    expected = sum(1 << i for i in range(41) if all(free >> j & 1 for j in range(i, i + length)))
    assert starts(free, length) == expected


@given(st.integers(0, 2**30), st.integers(0, 9), st.integers(0, 9))
def test_a_smear_holds_every_day_some_gap_reaches(days, least, width):
    expected = 0
    for gap in range(least, least + width + 1):
        expected |= days << gap
    assert smear(days, least, least + width) == expected


def test_days_laid_end_to_end_keep_an_empty_cell_between_them():
    full_day = (1 << 288) - 1
    laid = end_to_end({1: full_day, 2: full_day}, range(1, 3), 37)
    assert starts(laid, 289) == 0


@pytest.mark.parametrize(("minutes", "count"), [(15, 3), (16, 4), (1, 1)])
def test_cells_hold_the_minutes(minutes, count):
    assert cells(minutes, 5) == count
