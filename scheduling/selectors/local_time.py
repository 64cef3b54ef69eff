"""From UTC instants to a site's wall time, quickly and for many rows at once."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils import timezone

from scheduling.engine.terms import Slot

EPOCH_DAY = date(1970, 1, 1).toordinal()
MINUTES_IN_DAY = 1440
HOUR = 3600

WallMinutes = Callable[[int], int]


def wall_minutes(zone: ZoneInfo, first: date, last: date) -> WallMinutes:
    """A function from a POSIX time between the two local dates to wall minutes counted from day ordinal 0.

    The offsets of the whole span are found once, so that a row costs one bisection and no zone look-up.
    """
    changes, offsets = _offsets(zone, first, last)
    base = [offset // 60 + EPOCH_DAY * MINUTES_IN_DAY for offset in offsets]
    if not changes:
        only = base[0]
        return lambda posix: posix // 60 + only
    return lambda posix: posix // 60 + base[bisect_right(changes, posix)]


@lru_cache(maxsize=64)
def _offsets(zone: ZoneInfo, first: date, last: date) -> tuple[Sequence[int], Sequence[int]]:
    """POSIX times at which the zone's offset changes, and the offsets in seconds before, between and after them."""
    here = _midnight(max(first.toordinal() - 2, 1))
    end = _midnight(min(last.toordinal() + 2, date.max.toordinal()))
    changes: list[int] = []
    offsets = [_offset(zone, here)]
    while here < end:
        if _offset(zone, here + 24 * HOUR) != offsets[-1]:
            change = next(t for t in range(here, here + 24 * HOUR + 1, 900) if _offset(zone, t) != offsets[-1])
            changes.append(change)
            offsets.append(_offset(zone, change))
        here += 24 * HOUR
    return changes, offsets


def _midnight(ordinal: int) -> int:
    return (ordinal - EPOCH_DAY) * 24 * HOUR


def _offset(zone: ZoneInfo, posix: int) -> int:
    offset = datetime.fromtimestamp(posix, zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def odd_hours(zone: ZoneInfo, first: date, last: date) -> Iterator[tuple[int, int, int]]:
    """(day ordinal, from, until) in wall minutes of hours that do not exist or exist twice: nothing is booked there."""
    changes, offsets = _offsets(zone, first, last)
    for change, before, after in zip(changes, offsets, offsets[1:], strict=False):
        low, high = sorted((before, after))
        start = change + low + EPOCH_DAY * 24 * HOUR
        end = change + high + EPOCH_DAY * 24 * HOUR
        yield from split(start // 60, end // 60)


def split(start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """A span of wall minutes from day ordinal 0 as (day ordinal, from, until), one part for each day it touches."""
    while start < end:
        day, minute = divmod(start, MINUTES_IN_DAY)
        stop = min(end, (day + 1) * MINUTES_IN_DAY)
        yield day, minute, stop - day * MINUTES_IN_DAY
        start = stop


def instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall minute of a local day. Cycles are made from wall time, never by adding 24 hours."""
    wall = datetime.combine(day, time(minute // 60, minute % 60), zone)
    return wall.astimezone(UTC)


def day_span(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The UTC instants at which a local day begins and ends: 23, 24 or 25 hours apart."""
    return instant(day, 0, zone), instant(day + timedelta(days=1), 0, zone)


def slot_between(
    starts: datetime, ends: datetime, zone: ZoneInfo, practitioner: int, room: int, equipment: int | None = None
) -> Slot:
    """The time between two instants as a slot on the clock of `zone`."""
    here = timezone.localtime(starts, zone)
    return Slot(
        day=here.date(),
        start=here.hour * 60 + here.minute,
        minutes=int((ends - starts).total_seconds()) // 60,
        practitioner=practitioner,
        room=room,
        equipment=equipment,
    )


def next_on_grid(now: datetime, zone: ZoneInfo, minutes: int) -> datetime:
    """The first moment from `now` on, in `zone`, at which a grid of so many minutes lets an appointment begin."""
    step = minutes * 60
    return datetime.fromtimestamp(-(-now.timestamp() // step) * step, zone)


def clock(minute: int) -> time:
    """Wall minutes after midnight as a time."""
    return time(minute // 60, minute % 60)


def clock_words(minute: int) -> str:
    """A wall minute of the day on a 24 h clock, always with two digits, as the form fields have it: 09:00."""
    return f"{minute // 60:02}:{minute % 60:02}"
