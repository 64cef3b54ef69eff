"""A clinic of one practitioner, one room and a five-minute grid, all free, to change one thing at a time."""

from datetime import date

from scheduling.engine.free_time import build_diary
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import Diary, DueSitting
from tests.engine.diaries import weekly

MONDAY = date(2026, 11, 23)
FIRST = MONDAY.toordinal()
OPENS, CLOSES = 9 * 60, 12 * 60
BIANCHI, NERI = 1, 2
ROOM = 1


def hours(practitioner: int = BIANCHI, days: range = range(60), start: int = OPENS, end: int = CLOSES):
    """Every day the same hours, Sundays too."""
    return [(practitioner, FIRST + day, start, end) for day in days]


def every_day(resource: int, start: int = OPENS, end: int = CLOSES, days: range = range(60)):
    return [(resource, FIRST + day, start, end) for day in days]


def diary(**spans) -> Diary:
    return build_diary(
        **{"grid": 5, "first_day": FIRST, "last_day": FIRST + 59, "hours": hours(), "rooms": {ROOM: 0}} | spans
    )


def ask(sittings: tuple[DueSitting, ...] | None = None, *, minutes: int = 15, spans=None, **more) -> CycleRequest:
    """A request for weekly sittings from Monday 23 November 2026, one unless given."""
    return CycleRequest(
        sittings=weekly(1, MONDAY) if sittings is None else sittings,
        diary=diary(**(spans or {})),
        minutes=minutes,
        **more,
    )
