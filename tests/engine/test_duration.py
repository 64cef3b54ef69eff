import pytest

from scheduling.engine.duration import Extent, measured_minutes, sitting_minutes

SMALL, LARGE = Extent.SMALL, Extent.LARGE


@pytest.mark.parametrize(
    ("areas", "minutes"),
    [
        ([], 15),
        ([(5, SMALL)], 15),
        ([(5, SMALL), (5, Extent.MEDIUM)], 15),
        ([(5, SMALL), (5, SMALL), (5, SMALL)], 20),
        ([(5, SMALL), (5, SMALL), (5, SMALL), (7, SMALL)], 30),
        ([(5, LARGE)], 25),
        ([(5, SMALL), (5, SMALL), (5, LARGE)], 30),
    ],
)
def test_two_areas_are_in_the_base_and_each_further_or_large_one_adds_minutes(areas, minutes):
    assert sitting_minutes(areas, grid=5, large_extra=10) == minutes


def test_minutes_are_rounded_up_to_the_grid():
    assert sitting_minutes([(1, SMALL)] * 3, grid=10, large_extra=0) == 20


def test_the_measured_duration_is_the_median_rounded_up_to_the_grid():
    assert measured_minutes([40, 16, 18], grid=5) == 20


def test_a_measured_duration_needs_three_sittings():
    with pytest.raises(ValueError, match="needs 3 sittings"):
        measured_minutes([15, 15], grid=5)
