"""The cards of the day board: each appointment with its place, its words and its next steps, ready to write.

Words are looked up once for a whole board, since a board has hundreds of cards.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from scheduling.models import Kind, Status
from scheduling.models.protocols import Purpose
from scheduling.selectors.board_rows import PlanFacts, Row
from scheduling.selectors.local_time import MINUTES_IN_DAY, clock_words

CELL = 5
# Minutes before its start from which a booked card shows its button without being pointed at.
SOON = 15

CSS: Mapping[str, str] = {
    Status.RESERVED: "reserved",
    Status.BOOKED: "booked",
    Status.ARRIVED: "arrived",
    Status.IN_TREATMENT: "treatment",
    Status.COMPLETED: "completed",
    Status.NO_SHOW: "noshow",
    Status.CANCELLED: "cancelled",
}
"""The class, without its "is-", that dresses each status."""


@dataclass(frozen=True, slots=True)
class Act:
    """A button: the verb of its address and its word."""

    verb: str
    label: str


class Card(NamedTuple):
    """An appointment on the board: `css` places and dresses it; `act` is the usual next step, `missed` the other.

    `move` is there while the appointment is booked and not about to begin. A tuple, as a row is.
    """

    pk: int
    version: int
    css: str
    name: str
    word: str
    time: str
    detail: str
    act: Act | None
    missed: Act | None
    move: Act | None


@dataclass(frozen=True, slots=True)
class Frame:
    """What every card of a board is written with: the board's first cell, the minute it is, words looked up once.

    `names` are those of users by id, `people` those of patients by given name and surname.
    """

    first: int
    last: int
    minute: int
    plans: Mapping[int, PlanFacts]
    statuses: Mapping[str, str]
    kinds: Mapping[str, str]
    purposes: Mapping[str, str]
    acts: Mapping[str, Act]
    no_show: Act
    move: Act
    zone: ZoneInfo
    names: Mapping[int, str]
    people: Mapping[tuple[str, str], str]

    @property
    def is_today(self) -> bool:
        return 0 <= self.minute < MINUTES_IN_DAY


def next_acts() -> dict[str, Act]:
    """The usual next step of each status that has one."""
    return {
        Status.BOOKED: Act("arrive", _("Arrived")),
        Status.ARRIVED: Act("start", _("Start")),
        Status.IN_TREATMENT: Act("complete", _("Finish")),
    }


def card_of(row: Row, frame: Frame, *, with_room: bool) -> Card:
    """An appointment as its card; with its room when the lane's head cannot name one for the whole day."""
    start = row.starts // CELL
    length = max(-(-row.ends // CELL) - start, 1)
    to_come = frame.minute < 0
    soon = not to_come and (row.status != Status.BOOKED or row.starts <= frame.minute + SOON)
    missed = row.status == Status.BOOKED and row.starts <= frame.minute
    return Card(
        pk=row.pk,
        version=row.version,
        css=f"is-{CSS[row.status]} at-{start - frame.first} for-{length}{' soon' if soon else ''}",
        name=frame.people[row.given_name, row.surname],
        word=frame.statuses[row.status],
        time=clock_words(row.starts),
        detail=detail_of(row, frame, with_room=with_room),
        act=None if to_come else frame.acts.get(row.status),
        missed=frame.no_show if missed else None,
        move=frame.move if row.status == Status.BOOKED and not soon else None,
    )


def detail_of(row: Row, frame: Frame, *, with_room: bool = False) -> str:
    """What the appointment is for, how long the patient waits, the areas, and the room when it changes over the day."""
    plan = frame.plans.get(row.plan) if row.plan else None
    parts = [_which_sitting(row, plan, frame)]
    if row.status == Status.RESERVED and row.reserved_until:
        until = timezone.localtime(row.reserved_until, frame.zone)
        words = _("by %(who)s until %(until)s")
        parts.insert(0, words % {"who": frame.names.get(row.booked_by or 0, "–"), "until": f"{until:%H:%M}"})
    if row.status == Status.ARRIVED and row.waited and frame.is_today:
        parts.append(_("waits %(minutes)s min") % {"minutes": row.waited})
    if plan and plan.areas:
        parts.append(", ".join(plan.areas))
    if with_room:
        parts.append(row.room)
    return " · ".join(parts)


def _which_sitting(row: Row, plan: PlanFacts | None, frame: Frame) -> str:
    """ "4/8 induction" within the cycle, "recall 3/12" in maintenance, else the kind of appointment."""
    if row.kind != Kind.SITTING or plan is None or row.number is None or row.phase is None:
        return frame.kinds[row.kind]
    purpose, count = plan.phases[row.phase]
    if purpose != Purpose.MAINTENANCE:
        return f"{row.number}/{plan.cycle} {frame.purposes[purpose]}"
    number = row.number - plan.before(row.phase)
    return _("recall %(number)s") % {"number": number if row.open_ended else f"{number}/{count}"}
