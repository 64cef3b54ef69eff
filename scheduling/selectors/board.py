"""A site's day as the board shows it: lanes of cards on rows of five minutes, every word and class ready to write.

Times are wall times of the site. The template only copies strings: with hundreds of cards it must stay lean.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from patients.naming import short_name
from scheduling.models import CancelReason, Kind, Site, Status
from scheduling.models.protocols import Purpose
from scheduling.selectors.board_rows import (
    EVERYBODY,
    Hours,
    Lost,
    PlanFacts,
    Row,
    read_hours,
    read_names,
    read_plans,
    read_rows,
    version_of,
)
from scheduling.selectors.local_time import MINUTES_IN_DAY

CELL = 5
CELLS_IN_HOUR = 60 // CELL
CELLS_IN_DAY = MINUTES_IN_DAY // CELL
FEWEST_HOURS = 4
# Minutes before its start from which a booked card shows its button without being pointed at.
SOON = 15
# Minutes from which somebody is called late.
LATE = 5

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


@dataclass(frozen=True, slots=True)
class Card:
    """An appointment on the board: `css` places and dresses it; `act` is the usual next step, `missed` the other.

    `move` is there while the appointment is booked and not about to begin.
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
class OffBand:
    """Time in which the practitioner cannot be booked, and why."""

    css: str
    label: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A practitioner's column; `where` is their room when it is the same all day, `late` the minutes they run late."""

    pk: int
    user: int
    name: str
    where: str
    late: int
    off: tuple[OffBand, ...]
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class CancelledRow:
    """A cancelled appointment, which is not on the board, with its reason."""

    pk: int
    time: str
    name: str
    detail: str
    practitioner: str
    reason: str


@dataclass(frozen=True, slots=True)
class Board:
    """A day of one site; `grid`, `tall` and `now` are classes. `now` is empty when the line is not on this board.

    `in_use` says of each room that is taken now for how long; `version` is the same as
    long as `day_version` gives it.
    """

    day: date
    grid: str
    tall: str
    hours: tuple[tuple[str, str], ...]
    lanes: tuple[Lane, ...]
    cancelled: tuple[CancelledRow, ...]
    pills: tuple[tuple[str, str], ...]
    in_use: tuple[str, ...]
    now: str
    version: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What every card of a board is written with: the board's first cell, the minute it is, words looked up once."""

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


def board_of(site: Site, day: date, now: datetime, lost: Sequence[Lost]) -> Board:
    """The board of `site` on a local day, in three queries however much is booked, one more when time is reserved.

    `lost` is read beside it.
    """
    rows = list(read_rows(site, day, now))
    hours = read_hours(site, day, lost)
    shown = [row for row in rows if row.status != Status.CANCELLED]
    frame = _frame(shown, hours, site.zone, _minute(site, day, now), read_plans({r.plan for r in rows if r.plan}))
    lanes = tuple(_lanes(shown, hours, frame))
    return Board(
        day=day,
        grid=f"cols-{len(lanes)}",
        tall=f"hours-{(frame.last - frame.first) // CELLS_IN_HOUR}",
        hours=tuple(
            (f"at-{cell - frame.first}", f"{cell // CELLS_IN_HOUR}:00")
            for cell in range(frame.first, frame.last, CELLS_IN_HOUR)
        ),
        lanes=lanes,
        cancelled=tuple(_cancelled(row, frame) for row in rows if row.status == Status.CANCELLED),
        pills=tuple(_pills(shown, frame)),
        in_use=tuple(_in_use(shown, frame)),
        now=_now_line(frame),
        version=version_of(now, ((row.pk, row.version, row.status) for row in rows)),
    )


def _minute(site: Site, day: date, now: datetime) -> int:
    """The wall minute it is on that day: before its first on days to come, past its last on days gone."""
    here = timezone.localtime(now, site.zone)
    if day == here.date():
        return here.hour * 60 + here.minute
    return -1 if day > here.date() else MINUTES_IN_DAY


def _frame(rows: Sequence[Row], hours: Hours, zone: ZoneInfo, minute: int, plans: Mapping[int, PlanFacts]) -> Frame:
    spans = [span for own in hours.working.values() for span in own] + [(row.starts, row.ends) for row in rows]
    begin = min((start for start, _end in spans), default=9 * 60) // 60
    end = -(-max((end for _start, end in spans), default=18 * 60) // 60)
    begin = min(begin, 24 - FEWEST_HOURS)
    return Frame(
        first=begin * CELLS_IN_HOUR,
        last=max(end, begin + FEWEST_HOURS) * CELLS_IN_HOUR,
        minute=minute,
        plans=plans,
        statuses={status.value: str(status.label) for status in Status},
        kinds={kind.value: str(kind.label) for kind in Kind},
        purposes={purpose.value: str(purpose.label) for purpose in Purpose},
        acts=next_acts(),
        no_show=Act("no-show", _("Did not come")),
        move=Act("move", _("Move")),
        zone=zone,
        names=read_names({row.booked_by for row in rows if row.status == Status.RESERVED and row.booked_by}),
    )


def next_acts() -> dict[str, Act]:
    """The usual next step of each status that has one."""
    return {
        Status.BOOKED: Act("arrive", _("Arrived")),
        Status.ARRIVED: Act("start", _("Start")),
        Status.IN_TREATMENT: Act("complete", _("Finish")),
    }


def _lanes(rows: Sequence[Row], hours: Hours, frame: Frame) -> Iterator[Lane]:
    """A lane for everybody who works or has an appointment, by name."""
    who = {**hours.who, **{row.practitioner: (row.practitioner_name, row.user) for row in rows}}
    own: dict[int, list[Row]] = {pk: [] for pk in who}
    for row in rows:
        own[row.practitioner].append(row)
    for pk in sorted(who, key=lambda pk: (who[pk], pk)):
        rooms = {row.room for row in own[pk]}
        name, user = who[pk]
        yield Lane(
            pk=pk,
            user=user,
            name=name,
            where=rooms.pop() if len(rooms) == 1 else "",
            late=_minutes_late(own[pk], frame),
            off=tuple(_off(hours.working[pk], [*hours.lost[pk], *hours.lost[EVERYBODY]], frame)),
            cards=tuple(_card(row, frame, with_room=bool(rooms)) for row in own[pk]),
        )


def _minutes_late(rows: Sequence[Row], frame: Frame) -> int:
    """How late a practitioner runs now: somebody waits past their start, or is treated past their end."""
    if not _is_today(frame):
        return 0
    waiting = [frame.minute - row.starts for row in rows if row.status == Status.ARRIVED]
    treated = [frame.minute - row.ends for row in rows if row.status == Status.IN_TREATMENT]
    late = max([*waiting, *treated], default=0)
    return late if late >= LATE else 0


def _off(working: Sequence[tuple[int, int]], lost: Sequence[tuple[int, int, str]], frame: Frame) -> Iterator[OffBand]:
    """The hatched bands of a lane, from its cells: not in, break, and over them what was lost and why."""
    cells = [_("Not in")] * CELLS_IN_DAY
    if working:
        begin, end = working[0][0] // CELL, max(end for _start, end in working) // CELL
        cells[begin:end] = [_("Break")] * (end - begin)
    for start, end in working:
        cells[start // CELL : end // CELL] = [""] * (end // CELL - start // CELL)
    for start, stop, label in lost:
        cells[start // CELL : -(-stop // CELL)] = [label] * (-(-stop // CELL) - start // CELL)
    at = 0
    for label, run in groupby(cells[frame.first : frame.last]):
        length = len(list(run))
        if label:
            yield OffBand(f"at-{at} for-{length}", label)
        at += length


def _card(row: Row, frame: Frame, *, with_room: bool) -> Card:
    start = row.starts // CELL
    length = max(-(-row.ends // CELL) - start, 1)
    to_come = frame.minute < 0
    soon = not to_come and (row.status != Status.BOOKED or row.starts <= frame.minute + SOON)
    missed = row.status == Status.BOOKED and row.starts <= frame.minute
    return Card(
        pk=row.pk,
        version=row.version,
        css=f"is-{CSS[row.status]} at-{start - frame.first} for-{length}{' soon' if soon else ''}",
        name=short_name(row.given_name, row.surname),
        word=frame.statuses[row.status],
        time=clock(row.starts),
        detail=_detail(row, frame, with_room=with_room),
        act=None if to_come else frame.acts.get(row.status),
        missed=frame.no_show if missed else None,
        move=frame.move if row.status == Status.BOOKED and not soon else None,
    )


def clock(minute: int) -> str:
    """A wall minute of the day on a 24 h clock."""
    return f"{minute // 60}:{minute % 60:02}"


def _detail(row: Row, frame: Frame, *, with_room: bool = False) -> str:
    """What the appointment is for, how long the patient waits, the areas, and the room when it changes over the day."""
    plan = frame.plans.get(row.plan) if row.plan else None
    parts = [_which_sitting(row, plan, frame)]
    if row.status == Status.RESERVED and row.reserved_until:
        until = timezone.localtime(row.reserved_until, frame.zone)
        words = _("by %(who)s until %(until)s")
        parts.insert(0, words % {"who": frame.names.get(row.booked_by or 0, "–"), "until": f"{until:%H:%M}"})
    if row.status == Status.ARRIVED and row.waited and _is_today(frame):
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


def _cancelled(row: Row, frame: Frame) -> CancelledRow:
    reason = CancelReason(row.cancel_reason).label if row.cancel_reason else ""
    name, detail = short_name(row.given_name, row.surname), _detail(row, frame)
    return CancelledRow(row.pk, clock(row.starts), name, detail, row.practitioner_name, str(reason))


def _pills(rows: Sequence[Row], frame: Frame) -> Iterator[tuple[str, str]]:
    """Class and words of each figure of the summary; what is nought is left out."""
    count = Counter(row.status for row in rows)
    words = {
        Status.BOOKED: _("%(n)s to come") if frame.minute < MINUTES_IN_DAY else _("%(n)s still booked"),
        Status.ARRIVED: _("%(n)s waiting"),
        Status.IN_TREATMENT: _("%(n)s in treatment"),
        Status.COMPLETED: ngettext("%(n)s completed", "%(n)s completed", count[Status.COMPLETED]),
        Status.NO_SHOW: ngettext("%(n)s no-show", "%(n)s no-shows", count[Status.NO_SHOW]),
    }
    for status, text in words.items():
        if count[status]:
            waits = _longest_wait(rows, frame) if status == Status.ARRIVED else ""
            yield CSS[status], text % {"n": count[status]} + waits


def _in_use(rows: Sequence[Row], frame: Frame) -> Iterator[str]:
    """The rooms in which somebody is being treated now, by name, with the minutes since the start."""
    if _is_today(frame):
        for row in sorted(rows, key=lambda row: row.room):
            if row.status == Status.IN_TREATMENT:
                yield _("%(room)s in use, %(minutes)s min") % {"room": row.room, "minutes": row.treated}


def _longest_wait(rows: Sequence[Row], frame: Frame) -> str:
    longest = max((row.waited for row in rows if row.status == Status.ARRIVED), default=0)
    if not longest or not _is_today(frame):
        return ""
    return " · " + _("longest %(minutes)s min") % {"minutes": longest}


def _is_today(frame: Frame) -> bool:
    return 0 <= frame.minute < MINUTES_IN_DAY


def _now_line(frame: Frame) -> str:
    cell = frame.minute // CELL
    on_board = _is_today(frame) and frame.first <= cell <= frame.last
    return f"at-{cell - frame.first}" if on_board else ""
