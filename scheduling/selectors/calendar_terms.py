"""What the calendar is made of, once it is read: a choice, columns, appointments and time in which nothing is booked.

Everything is on the site's wall: local days and minutes of the day, never an instant for a browser to convert.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from scheduling.models import Site
from scheduling.selectors.local_time import MINUTES_IN_DAY

DAYS_IN_WEEK = 7
# A week by practitioner is shown as it is up to so many of them; seven days of more leave no week in view.
FEW = 2


class View(StrEnum):
    """How much of the calendar is looked at."""

    DAY = "day"
    WEEK = "week"


class By(StrEnum):
    """What a column of the calendar is."""

    PRACTITIONER = "practitioner"
    ROOM = "room"
    SITE = "site"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is looked at: the days around a local date, what the columns are, and what is left out."""

    site: Site
    day: date
    view: View = View.DAY
    by: By = By.PRACTITIONER
    kind: str = ""
    practitioner: int = 0
    cancelled: bool = False
    by_asked: bool = False  # the columns were asked for, not only the usual ones

    @property
    def first(self) -> date:
        """The day itself, or the Monday of its week."""
        return self.day - timedelta(days=self.day.weekday()) if self.view is View.WEEK else self.day

    @property
    def last(self) -> date:
        return self.first + timedelta(days=DAYS_IN_WEEK - 1) if self.view is View.WEEK else self.day


@dataclass(frozen=True, slots=True)
class Column:
    """A practitioner, a room or a site, by its key ("practitioner-3")."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An appointment on the calendar, in words; `other` when the filter is about others and it is only taken time."""

    pk: int
    version: int
    column: str
    day: date
    starts: int
    ends: int
    css: str
    word: str
    name: str
    surname: str
    patient: str
    time: str
    detail: str
    where: str
    practitioner: int
    room: int
    movable: bool
    cancellable: bool
    other: bool


@dataclass(frozen=True, slots=True)
class Band:
    """Time of a column in which nothing is booked: off the hours (no label), or lost, with the reason."""

    column: str
    day: date
    starts: int
    ends: int
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """What a column holds on one day of the list: its lost time in words, and its appointments."""

    name: str
    lost: tuple[str, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is between two local dates, both included; `from_minute` and `until_minute` frame every day."""

    first: date
    last: date
    today: date
    columns: tuple[Column, ...]
    entries: tuple[Entry, ...]
    bands: tuple[Band, ...]
    from_minute: int
    until_minute: int
    practitioners: tuple[tuple[int, str], ...]
    by: By

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))

    @property
    def closed_days(self) -> frozenset[date]:
        """The days of a week on which nobody works and nothing is booked, as long as one is left to look at."""
        open_days = {entry.day for entry in self.entries} | {
            day for day in self.days if any(not _covered(self, column.key, day) for column in self.columns)
        }
        return frozenset(self.days) - open_days if open_days else frozenset()


def _covered(calendar: Calendar, column: str, day: date) -> bool:
    """Whether a column has no hours at all on a day; a day lost to an absence or a closure is shown with it."""
    bands = [band for band in calendar.bands if band.column == column and band.day == day]
    return len(bands) == 1 and not bands[0].label and bands[0].ends - bands[0].starts >= MINUTES_IN_DAY
