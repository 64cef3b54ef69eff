"""Whether a freed slot is an earlier one for somebody who waits. No question to the database: facts, and the rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from scheduling.models.resources import Delivery

Span = tuple[datetime, datetime]
Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Free:
    """A freed slot on the clock of its site; what its practitioner is trained for, and what its equipment delivers."""

    pk: int
    starts: datetime
    ends: datetime
    practitioner: int
    practitioner_name: str
    room: str
    skills: frozenset[str]
    delivery: str

    @property
    def minutes(self) -> int:
        return int((self.ends - self.starts).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class Could:
    """What decides when somebody who waits could take a slot.

    From the local day `since` on; until the day `until` while nothing is booked, if that is not late already, else
    before the instant `before`, when the present slot begins. `weekdays` from Monday 0, none is any; `away` are local
    days, both included, and `busy` UTC spans of the patient's other appointments.
    """

    minutes: int
    technique: str
    delivery: str
    since: date
    until: date | None
    before: datetime | None
    weekdays: Sequence[int]
    from_time: time | None
    until_time: time | None
    practitioner: int | None
    away: frozenset[Days]
    busy: frozenset[Span]


def fits(free: Free, could: Could) -> bool:
    """Whether the slot is in time, suits the patient, meets nothing of their own, and serves the plan."""
    ends = free.starts + timedelta(minutes=could.minutes)
    return (
        could.minutes <= free.minutes
        and _in_time(free, ends, could)
        and _suits(free, ends, could)
        and _can_treat(free, could)
    )


def _in_time(free: Free, ends: datetime, could: Could) -> bool:
    """Inside the window, which keeps the minimum gap; late, also after it, as long as it is a day earlier than now.

    Some hours earlier on the same day gain nothing, unless the present hour is not one that is wished.
    """
    day = free.starts.date()
    if could.before:
        present = could.before.astimezone(free.starts.tzinfo)
        unwished = ends <= could.before and not _at_wished_hour(present.time(), could)
        return could.since <= day and (day < present.date() or unwished)
    return could.since <= day and (could.until is None or day <= could.until)


def _at_wished_hour(hour: time, could: Could) -> bool:
    return (not could.from_time or could.from_time <= hour) and (not could.until_time or hour < could.until_time)


def _suits(free: Free, ends: datetime, could: Could) -> bool:
    day = free.starts.date()
    return (
        (not could.weekdays or day.weekday() in could.weekdays)
        and (not could.from_time or could.from_time <= free.starts.time())
        and (not could.until_time or ends.time() <= could.until_time)
        and could.practitioner in (None, free.practitioner)
        and not any(first <= day <= last for first, last in could.away)
        and not any(starts < ends and until > free.starts for starts, until in could.busy)
    )


def _can_treat(free: Free, could: Could) -> bool:
    if could.technique and could.technique not in free.skills:
        return False
    return could.delivery == Delivery.MANUAL or (could.delivery in free.skills and could.delivery == free.delivery)
