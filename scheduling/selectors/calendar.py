"""The calendar of a day or a week, by practitioner, room or site: one set of values for the grid and for its list."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.naming import short_names, shown_name, surname_alone
from scheduling.models import Kind, Site, Status
from scheduling.models.protocols import Purpose
from scheduling.selectors.board_cards import CELL, CSS
from scheduling.selectors.calendar_rows import Booked, Ground, LostTime, read_booked, read_ground
from scheduling.selectors.calendar_terms import FEW, Band, By, Calendar, Choice, Column, Entry, Group, View
from scheduling.selectors.local_time import MINUTES_IN_DAY, clock_words

CELLS_IN_DAY = MINUTES_IN_DAY // CELL
# The hours shown when nobody works and nothing is booked.
USUAL_HOURS = (9 * 60, 18 * 60)


def calendar_of(choice: Choice, sites: Sequence[Site], now: datetime) -> Calendar:
    """The calendar for a choice; `sites` are all of them, for the columns of By.SITE. Six queries.

    Unless its columns were asked for, a week of many practitioners has its days alone as columns, for the one site.
    """
    shown = list(sites) if choice.by is By.SITE else [choice.site]
    ground = read_ground(shown, choice.first, choice.last)
    booked = read_booked(shown, choice.first, choice.last, now, cancelled=choice.cancelled)
    columns = tuple(_columns(choice, shown, ground, booked))
    if choice.view is View.WEEK and not choice.by_asked and len(columns) > FEW:
        choice = replace(choice, by=By.SITE)
        columns = tuple(_columns(choice, shown, ground, booked))
    keys = {column.key for column in columns}
    words = Words.now(booked)
    entries = tuple(_entry(row, choice, words) for row in booked if _key(choice.by, row) in keys)
    bands = tuple(
        band
        for column in columns
        for n in range((choice.last - choice.first).days + 1)
        for band in _bands(column.key, choice.first + timedelta(days=n), ground, choice)
    )
    return Calendar(
        first=choice.first,
        last=choice.last,
        today=timezone.localdate(now, choice.site.zone),
        columns=columns,
        entries=entries,
        bands=bands,
        practitioners=tuple((who.pk, who.name) for who in ground.practitioners),
        by=choice.by,
        **_frame(ground, entries, choice.by),
    )


def groups_of(calendar: Calendar, day: date) -> tuple[Group, ...]:
    """A day of the list: every column that has an appointment or has lost time, in the order of the columns."""
    groups = []
    for column in calendar.columns:
        entries = tuple(e for e in calendar.entries if e.column == column.key and e.day == day and not e.other)
        bands = (b for b in calendar.bands if b.column == column.key and b.day == day and b.label)
        lost = tuple(_lost_words(band) for band in bands)
        if entries or lost:
            groups.append(Group(column.name, lost, entries))
    return tuple(groups)


def _lost_words(band: Band) -> str:
    if (band.starts, band.ends) == (0, MINUTES_IN_DAY):
        return _("%(why)s, all day") % {"why": band.label}
    return f"{band.label}, {clock_words(band.starts)}–{clock_words(band.ends)}"


@dataclass(frozen=True, slots=True)
class Words:
    """Every word of the cards, looked up once for all of them."""

    people: Mapping[tuple[str, str], str]
    statuses: Mapping[str, str]
    kinds: Mapping[str, str]
    purposes: Mapping[str, str]

    @classmethod
    def now(cls, booked: Iterable[Booked]) -> "Words":
        return cls(
            short_names({(row.given_name, row.surname) for row in booked}),
            {status.value: str(status.label) for status in Status},
            {kind.value: str(kind.label) for kind in Kind},
            {purpose.value: str(purpose.label) for purpose in Purpose},
        )


def _columns(choice: Choice, sites: Sequence[Site], ground: Ground, booked: Iterable[Booked]) -> Iterator[Column]:
    """Who works in these days or has an appointment, by name; every room; every site."""
    names: dict[int, str] = {}
    if choice.by is By.SITE:
        names = {site.pk: site.name for site in sites}
    elif choice.by is By.ROOM:
        names = {room.pk: room.name for room in ground.rooms} | {row.room: row.room_name for row in booked}
    else:
        at_work = {who for who, _day in ground.working}
        names = {who.pk: who.name for who in ground.practitioners if who.pk in at_work}
        names |= {row.practitioner: row.practitioner_name for row in booked}
        if choice.practitioner:
            known = names | {who.pk: who.name for who in ground.practitioners}
            names = {pk: name for pk, name in known.items() if pk == choice.practitioner}
    for pk in sorted(names, key=lambda pk: (names[pk], pk)):
        yield Column(f"{choice.by}-{pk}", names[pk])


def _key(by: By, row: Booked) -> str:
    return f"{by}-{getattr(row, by)}"


def _entry(row: Booked, choice: Choice, words: Words) -> Entry:
    return Entry(
        pk=row.pk,
        version=row.version,
        column=_key(choice.by, row),
        day=row.day,
        starts=row.starts,
        ends=row.ends,
        css=CSS[row.status],
        word=words.statuses[row.status],
        name=words.people[row.given_name, row.surname],
        surname=surname_alone(row.given_name, row.surname),
        patient=shown_name(row.given_name, row.surname),
        time=clock_words(row.starts),
        detail=_detail(row, words),
        where=_where(row, choice.by),
        practitioner=row.practitioner,
        room=row.room,
        movable=row.status == Status.BOOKED,
        cancellable=row.status in (Status.BOOKED, Status.ARRIVED),
        other=bool(choice.kind and row.kind != choice.kind)
        or bool(choice.practitioner and row.practitioner != choice.practitioner),
    )


def _where(row: Booked, by: By) -> str:
    """Who and where, without what the column's heading says."""
    if by is By.SITE:
        return f"{row.practitioner_name} · {row.room_name}"
    return row.practitioner_name if by is By.ROOM else row.room_name


def _detail(row: Booked, words: Words) -> str:
    """Which sitting in which phase, and whether it stands outside its window; else the kind."""
    if row.kind != Kind.SITTING or row.number is None or row.purpose is None:
        return words.kinds[row.kind]
    which = _("%(phase)s %(number)s") % {"number": row.number, "phase": words.purposes[row.purpose]}
    if row.earliest and row.latest and not row.earliest <= row.day <= row.latest:
        return " · ".join((which, _("outside its window")))
    return which


def _bands(column: str, day: date, ground: Ground, choice: Choice) -> Iterator[Band]:
    """A column's day in cells: off unless worked or open, and over it what is lost and why; runs of the same."""
    pk = int(column.rpartition("-")[2])
    cells: list[str | None] = [""] * CELLS_IN_DAY
    for starts, ends in _hours(pk, day, ground, choice):
        cells[starts // CELL : ends // CELL] = [None] * (ends // CELL - starts // CELL)
    for lost in ground.lost:
        if lost.day == day.toordinal() and _concerns(lost, pk, choice):
            start, stop = lost.starts // CELL, -(-lost.ends // CELL)
            cells[start:stop] = [lost.reason] * (stop - start)
    at = 0
    for label, run in groupby(cells):
        length = len(list(run))
        if label is not None:
            yield Band(column, day, at * CELL, (at + length) * CELL, label)
        at += length


def _hours(pk: int, day: date, ground: Ground, choice: Choice) -> list[tuple[int, int]]:
    if choice.by is By.PRACTITIONER:
        return ground.working.get((pk, day.toordinal()), [])
    site = pk if choice.by is By.SITE else choice.site.pk
    return ground.opening.get((site, day.toordinal()), [])


def _concerns(lost: LostTime, pk: int, choice: Choice) -> bool:
    """Whether lost time is lost to a column: its own, or that of its whole site."""
    if lost.practitioner or lost.room:
        return pk == (lost.practitioner if choice.by is By.PRACTITIONER else lost.room) and choice.by is not By.SITE
    return choice.by is not By.SITE or lost.site == pk


def _frame(ground: Ground, entries: Iterable[Entry], by: By) -> dict[str, int]:
    """The whole hours that every day is shown in."""
    hours = ground.working if by is By.PRACTITIONER else ground.opening
    spans = [span for day in hours.values() for span in day] + [(entry.starts, entry.ends) for entry in entries]
    begin = min((start for start, _end in spans), default=USUAL_HOURS[0])
    end = max((end for _start, end in spans), default=USUAL_HOURS[1])
    return {"from_minute": begin // 60 * 60, "until_minute": min(-(-end // 60) * 60, MINUTES_IN_DAY)}
