"""Wall time made an instant: what no clock shows, or shows twice, is refused in words."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from scheduling.forms.times import WallTimeField, aware_local

ROME = ZoneInfo("Europe/Rome")


def refusal(naive: datetime, zone: ZoneInfo = ROME) -> str:
    with pytest.raises(ValidationError) as refused:
        aware_local(naive, zone)
    return str(refused.value.messages[0])


@pytest.mark.parametrize(
    ("wall", "instant"),
    [
        (datetime(2026, 11, 21, 9), datetime(2026, 11, 21, 8, tzinfo=UTC)),
        (datetime(2027, 3, 28, 1, 55), datetime(2027, 3, 28, 0, 55, tzinfo=UTC)),
        (datetime(2027, 3, 28, 3, 0), datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        (datetime(2027, 10, 31, 1, 55), datetime(2027, 10, 30, 23, 55, tzinfo=UTC)),
        (datetime(2027, 10, 31, 3, 0), datetime(2027, 10, 31, 2, 0, tzinfo=UTC)),
    ],
)
def test_a_time_a_clock_shows_once_is_that_instant(wall, instant):
    assert aware_local(wall, ROME) == instant


@pytest.mark.parametrize("minute", [0, 30, 55])
def test_an_hour_that_does_not_exist_is_refused(minute):
    assert "does not exist" in refusal(datetime(2027, 3, 28, 2, minute))


@pytest.mark.parametrize("minute", [0, 30, 55])
def test_an_hour_that_comes_twice_is_refused(minute):
    assert "comes twice" in refusal(datetime(2027, 10, 31, 2, minute))


def test_the_same_wall_time_stands_where_no_clock_changes():
    assert aware_local(datetime(2027, 3, 28, 2, 30), ZoneInfo("Africa/Tunis")).hour == 2


@pytest.mark.parametrize("year", [1, 1999, 2101, 9999])
def test_a_year_no_clinic_means_is_refused(year):
    assert "from 2000 to 2100" in refusal(datetime(year, 1, 1))


def test_typed_date_and_time_stay_on_the_wall():
    assert WallTimeField().clean(["21/11/2026", "09:05"]) == datetime(2026, 11, 21, 9, 5)


@pytest.mark.parametrize("typed", [["", "09:00"], ["21/11/2026", ""], ["31/02/2026", "09:00"], ["21/11/2026", "25:00"]])
def test_half_a_time_or_a_wrong_one_is_refused(typed):
    with pytest.raises(ValidationError):
        WallTimeField().clean(typed)
