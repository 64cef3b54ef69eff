"""Cadence, tolerance and windows: the date arithmetic under every plan."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dateutil.relativedelta import relativedelta

DAYS_IN_NOMINAL_MONTH = 30


class Unit(StrEnum):
    """What a cadence counts."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Cadence:
    """The interval between consecutive sittings: every N days, weeks or calendar months."""

    every: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"A cadence must be at least 1 {self.unit}, not {self.every}.")

    def after(self, anchor: date, times: int) -> date:
        """The local date `times` cadences after the anchor; months are clamped to the month's last day (003)."""
        amount = self.every * times
        try:
            if self.unit is Unit.MONTH:
                # Counted from the anchor, never from the month before: 31 January, 28 February, 31 March.
                return anchor + relativedelta(months=amount)
            return anchor + timedelta(days=amount if self.unit is Unit.DAY else 7 * amount)
        except (OverflowError, ValueError):
            raise ValueError(
                f"{amount} {self.unit}s from {anchor} is outside the calendar (years 1 to 9999)."
            ) from None

    @property
    def nominal_days(self) -> int:
        """The cadence in days, a month taken as 30; for defaults only, never for dates."""
        match self.unit:
            case Unit.DAY:
                return self.every
            case Unit.WEEK:
                return 7 * self.every
            case Unit.MONTH:
                return DAYS_IN_NOMINAL_MONTH * self.every


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How many days early or late a sitting may be and still keep the cadence."""

    early: int
    late: int

    def __post_init__(self) -> None:
        if self.early < 0 or self.late < 0:
            raise ValueError(f"A tolerance cannot be negative: {self.early} early, {self.late} late.")


# The product's own, in no source: the shortest cadence in days each tolerance is meant for, longest first.
DEFAULT_TOLERANCES = (
    (28, Tolerance(early=5, late=7)),
    (14, Tolerance(early=3, late=4)),
    (7, Tolerance(early=2, late=3)),
    (4, Tolerance(early=1, late=2)),
    (1, Tolerance(early=0, late=1)),
)


def default_tolerance(cadence: Cadence) -> Tolerance:
    """The product's own tolerance in days: that of the longest listed cadence not above this one."""
    return next(tolerance for days, tolerance in DEFAULT_TOLERANCES if cadence.nominal_days >= days)


def default_minimum_gap(cadence: Cadence) -> int:
    """The least days between two sittings: half the cadence, rounded up (the product's own)."""
    return -(-cadence.nominal_days // 2)


def gap_bounds(gap: int, early: int, late: int, minimum_gap: int) -> tuple[int, int]:
    """The least and most days after the sitting before; the minimum gap prevails, and never two on one day."""
    least = max(gap - early, minimum_gap, 1)
    return least, max(gap + late, least)


def days_after(day: date, days: int) -> date:
    """The local date some days later (earlier when negative), or a ValueError that says why there is none."""
    return Cadence(1, Unit.DAY).after(day, days)


def window(previous: date, gap: int, tolerance: Tolerance, minimum_gap: int) -> tuple[date, date]:
    """The earliest and latest local date of a sitting whose ideal is `gap` days after the sitting before."""
    least, most = gap_bounds(gap, tolerance.early, tolerance.late, minimum_gap)
    return days_after(previous, least), days_after(previous, most)
