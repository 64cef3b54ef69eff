"""A site's day as the board shows it: lanes of cards on rows of five minutes, every word and class ready to write.

Times are wall times of the site. The template only copies strings: with hundreds of cards it must stay lean.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.naming import short_names
from scheduling.models import CancelReason, Kind, Site, Status
from scheduling.models.protocols import Purpose
from scheduling.selectors.board_cards import CELL, Act, Card, Frame, card_of, detail_of, next_acts
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
from scheduling.selectors.board_summary import minutes_late, pills, rooms_in_use
from scheduling.selectors.local_time import MINUTES_IN_DAY, clock_words

CELLS_IN_HOUR = 60 // CELL
CELLS_IN_DAY = MINUTES_IN_DAY // CELL
FEWEST_HOURS = 4


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
    pills: tuple[tuple[str, str, str], ...]
    in_use: tuple[str, ...]
    now: str
    version: str


def board_of(site: Site, day: date, now: datetime, lost: Sequence[Lost]) -> Board:
    """The board of `site` on a local day, in three queries however much is booked, one more when time is reserved.

    `lost` is read beside it.
    """
    rows = list(read_rows(site, day, now))
    hours = read_hours(site, day, lost)
    shown = [row for row in rows if row.status != Status.CANCELLED]
    plans = read_plans({row.plan for row in rows if row.plan})
    people = short_names({(row.given_name, row.surname) for row in rows})
    frame = _frame(shown, hours, plans, people, site.zone, _minute(site, day, now))
    lanes = tuple(_lanes(shown, hours, frame))
    return Board(
        day=day,
        grid=f"cols-{len(lanes)}",
        tall=f"hours-{(frame.last - frame.first) // CELLS_IN_HOUR}",
        hours=tuple(
            (f"at-{cell - frame.first}", f"{cell // CELLS_IN_HOUR:02}:00")
            for cell in range(frame.first, frame.last, CELLS_IN_HOUR)
        ),
        lanes=lanes,
        cancelled=tuple(_cancelled(row, frame) for row in rows if row.status == Status.CANCELLED),
        pills=tuple(pills(shown, frame)),
        in_use=tuple(rooms_in_use(shown, frame)),
        now=_now_line(frame),
        version=version_of(now, ((row.pk, row.version, row.status) for row in rows)),
    )


def _minute(site: Site, day: date, now: datetime) -> int:
    """The wall minute it is on that day: before its first on days to come, past its last on days gone."""
    here = timezone.localtime(now, site.zone)
    if day == here.date():
        return here.hour * 60 + here.minute
    return -1 if day > here.date() else MINUTES_IN_DAY


def _frame(
    rows: Sequence[Row],
    hours: Hours,
    plans: Mapping[int, PlanFacts],
    people: Mapping[tuple[str, str], str],
    zone: ZoneInfo,
    minute: int,
) -> Frame:
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
        people=people,
        names=read_names({row.booked_by for row in rows if row.status == Status.RESERVED and row.booked_by}),
    )


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
            late=minutes_late(own[pk], frame),
            off=tuple(_off(hours.working[pk], [*hours.lost[pk], *hours.lost[EVERYBODY]], frame)),
            cards=tuple(card_of(row, frame, with_room=bool(rooms)) for row in own[pk]),
        )


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


def _cancelled(row: Row, frame: Frame) -> CancelledRow:
    reason = CancelReason(row.cancel_reason).label if row.cancel_reason else ""
    name, detail = frame.people[row.given_name, row.surname], detail_of(row, frame)
    return CancelledRow(row.pk, clock_words(row.starts), name, detail, row.practitioner_name, str(reason))


def _now_line(frame: Frame) -> str:
    cell = frame.minute // CELL
    on_board = frame.is_today and frame.first <= cell <= frame.last
    return f"at-{cell - frame.first}" if on_board else ""
