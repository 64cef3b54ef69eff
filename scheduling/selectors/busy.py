"""Busy time: from the masks that are stored, and from the appointments themselves wherever a day is not known."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, BigIntegerField, Func, Q, TextField
from django.db.models.sql.compiler import SQLCompiler

from scheduling.engine.free_time import DaySpan, Span, busy_masks
from scheduling.engine.terms import Taken
from scheduling.models import Appointment, BusyMask, ResourceKind, Status
from scheduling.selectors.local_time import MINUTES_IN_DAY, WallMinutes, day_span, wall_minutes

Resource = tuple[int, int]
"""(kind, id)"""
Days = dict[int, int]
"""Masks by day ordinal."""

COLUMNS = {
    ResourceKind.PRACTITIONER: "practitioner",
    ResourceKind.ROOM: "room",
    ResourceKind.EQUIPMENT: "equipment",
}
# The status of what is in no mask: the cancelled takes no time, and the reserved runs out by the clock.
NOT_MASKED = (Status.CANCELLED, Status.RESERVED)
# More conditions than these and one wide span is quicker to read than many narrow ones.
MOST_SPANS = 120
DAY_DIGITS = 6


class Posix(Func):
    """An instant as whole seconds since 1970: plain integers, so that reading a diary builds no datetime."""

    output_field = BigIntegerField()
    template = "CAST(EXTRACT(EPOCH FROM %(expressions)s) AS bigint)"

    @property
    def convert_value(self) -> Any:
        """No conversion: both engines answer with an int, and Django's own look at each value doubles the reading."""
        return self._convert_value_noop  # type: ignore[attr-defined]

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        template = "CAST(strftime('%%%%s', %(expressions)s) AS integer)"
        return self.as_sql(compiler, connection, template=template, **context)


class OneText(Aggregate):
    """The texts of many rows as one: two years of a resource cross from the database as a single value."""

    output_field = TextField()
    arg_joiner = " || "
    template = "string_agg(%(expressions)s, '')"

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="group_concat(%(expressions)s, '')", **context)


SPAN_FIELDS = (
    "practitioner",
    "room",
    "equipment",
    "patient",
    Posix("starts"),
    Posix("ends"),
    Posix("room_free_at"),
)

STARTS = 6  # where the start is in a row: after id and status


@dataclass(frozen=True, slots=True)
class Frame:
    """Local days on a clock (zone, and grid in minutes), both included, and the resources that are asked about."""

    zone: ZoneInfo
    grid: int
    first: date
    last: date
    resources: Collection[Resource]

    @property
    def days(self) -> range:
        return range(self.first.toordinal(), self.last.toordinal() + 1)

    @property
    def wall(self) -> WallMinutes:
        return wall_minutes(self.zone, self.first, self.last)

    @property
    def by_kind(self) -> dict[int, list[int]]:
        """The ids of each kind of resource; a patient has no masks."""
        return {kind: [pk for each, pk in self.resources if each == kind] for kind in COLUMNS}


@dataclass(frozen=True, slots=True)
class Busy:
    """What is booked: as masks where these are stored, as spans of rows by kind of resource, and the patient's own."""

    taken: Taken
    spans: Mapping[int, list[Span]]
    own: list[DaySpan]


def busy_time(
    frame: Frame, *, now: datetime, patient: int | None, without: frozenset[int], stored: bool = True
) -> Busy:
    """What is booked at `now`, appointments in `without` left out, in two queries.

    With one more where any of those is booked already: its days are then read row by row. `stored` False reads every
    day so. The two ways answer alike, but not from one moment: what is confirmed between the queries may be missed,
    as may whatever is booked after them. Whoever books checks again under the locks.
    """
    known = known_days(frame) if stored else {}
    rows = _read(frame, _unknown(frame, known), now, patient, without)
    if masked := [row for row in rows if row[0] in without and row[1] not in NOT_MASKED]:
        for resource, day in _days_of(frame, masked):
            known.get(resource, {}).pop(day, None)
        rows = _read(frame, _unknown(frame, known), now, patient, without)
    kept = [row[2:] for row in rows if row[0] not in without]
    spans, own = spans_of(frame, kept, patient)
    masks = ({pk: days for (each, pk), days in known.items() if each == kind} for kind in COLUMNS)
    return Busy(Taken(*masks), spans, own)


def known_days(frame: Frame) -> dict[Resource, Days]:
    """The stored masks of each resource, by day ordinal: a day that is not among them is unknown. One query."""
    digits = MINUTES_IN_DAY // frame.grid // 4
    length = DAY_DIGITS + digits
    rows = BusyMask.objects.filter(
        reduce(or_, (Q(kind=kind, resource__in=pks) for kind, pks in frame.by_kind.items()), Q()),
        zone=frame.zone.key,
        grid=frame.grid,
        day__range=(frame.days[0], frame.days[-1]),
    )
    texts = rows.order_by().values_list("kind", "resource").annotate(text=OneText("day", "cells"))
    return {
        (kind, pk): {
            int(text[at : at + DAY_DIGITS]): int(text[at + DAY_DIGITS : at + length], 16)
            for at in range(0, len(text), length)
        }
        for kind, pk, text in texts
    }


def cells_text(mask: int, grid: int) -> str:
    """A mask as it is stored."""
    return f"{mask:0{MINUTES_IN_DAY // grid // 4}x}"


def _unknown(frame: Frame, known: Mapping[Resource, Days]) -> Q:
    """The appointments that must be read because a day of a resource is not known; empty when every day is."""
    whole = len(frame.days)
    missing = {}
    for resource in frame.resources:
        days = known.get(resource, {})
        if len(days) < whole:
            missing[resource] = [day for day in frame.days if day not in days]
    return of_days(frame.zone, missing)


def of_days(zone: ZoneInfo, days: Mapping[Resource, Iterable[int]]) -> Q:
    """The appointments of each resource on its days (ascending ordinals), and perhaps more; empty when there is none.

    Each condition is answered by the index of a resource and the start.
    """
    groups: dict[tuple[int, int, int], list[int]] = {}
    for (kind, pk), own in days.items():
        for first, last in runs(own):
            groups.setdefault((kind, first, last), []).append(pk)
    if len(groups) > MOST_SPANS:
        groups = _widest(groups)
    found = [
        Q((f"{COLUMNS[ResourceKind(kind)]}__in", pks)) & within(zone, first, last)
        for (kind, first, last), pks in groups.items()
    ]
    return reduce(or_, found, Q())


def _widest(groups: Mapping[tuple[int, int, int], list[int]]) -> dict[tuple[int, int, int], list[int]]:
    """One span for each kind of resource, from its first unknown day to its last."""
    wide = {}
    for kind in {kind for kind, _first, _last in groups}:
        own = {span: pks for span, pks in groups.items() if span[0] == kind}
        first, last = min(span[1] for span in own), max(span[2] for span in own)
        wide[kind, first, last] = sorted({pk for pks in own.values() for pk in pks})
    return wide


def runs(days: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Ascending day ordinals as the first and the last of each run of consecutive ones."""
    first = last = None
    for day in days:
        if first is None or last is None:
            first = day
        elif day != last + 1:
            yield first, last
            first = day
        last = day
    if first is not None and last is not None:
        yield first, last


def within(zone: ZoneInfo, first: int, last: int) -> Q:
    """That something starts from day ordinal `first` to `last`, both included, on the clocks of `zone`."""
    since, until = day_span(date.fromordinal(first), zone)[0], day_span(date.fromordinal(last), zone)[1]
    return Q(starts__gte=since, starts__lt=until)


def _read(frame: Frame, unknown: Q, now: datetime, patient: int | None, without: frozenset[int]) -> list[Any]:
    """The appointments that are read one by one: of unknown days, the patient's own, what is reserved, and `without`.

    Each with its id and status before the SPAN_FIELDS; one may come twice.
    """
    since, until = day_span(frame.first, frame.zone)[0], day_span(frame.last, frame.zone)[1]
    span = Q(starts__gte=since, starts__lt=until)
    # What is reserved is little, and found without its days; with them SQLite would look through all the days.
    wanted = [Q(status=Status.RESERVED, reserved_until__gt=now), unknown]
    wanted += [Q(patient=patient) & span] if patient else []
    wanted += [Q(pk__in=without) & span] if without else []
    standing = Appointment.objects.standing(now).order_by()
    # Each by an index of its own; the database would look for one that serves them all.
    first, *others = [standing.filter(part).values_list("pk", "status", *SPAN_FIELDS) for part in wanted if part]
    begin, end = since.timestamp(), until.timestamp()
    rows = first.union(*others, all=True) if others else first
    return [row for row in rows if begin <= row[STARTS] < end]


def _days_of(frame: Frame, rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Resource, int]]:
    """The resources and days of rows as _read gives them."""
    wall = frame.wall
    for _pk, _status, practitioner, room, thing, _patient, starts, _ends, _free in rows:
        for kind, pk in zip(COLUMNS, (practitioner, room, thing), strict=True):
            yield (kind, pk), wall(starts) // MINUTES_IN_DAY


def spans_of(
    frame: Frame, rows: Iterable[Sequence[Any]], patient: int | None = None
) -> tuple[dict[int, list[Span]], list[DaySpan]]:
    """Rows of SPAN_FIELDS as spans of the resources asked about, by kind, and those of the patient."""
    wall = frame.wall
    people, rooms, things = (set(pks) for pks in frame.by_kind.values())
    who: list[Span] = []
    where: list[Span] = []
    which: list[Span] = []
    own: list[DaySpan] = []
    for practitioner, room, thing, person, starts, ends, free in rows:
        day, start = divmod(wall(starts), MINUTES_IN_DAY)
        end = min(start + (ends - starts) // 60, MINUTES_IN_DAY)
        if practitioner in people:
            who.append((practitioner, day, start, end))
        if room in rooms:
            where.append((room, day, start, min(start + (free - starts) // 60, MINUTES_IN_DAY)))
        if thing in things:
            which.append((thing, day, start, end))
        if person == patient:
            own.append((day, start, end))
    return dict(zip(COLUMNS, (who, where, which), strict=True)), own


def reckoned(frame: Frame, during: Q) -> dict[Resource, Days]:
    """The masks of the appointments `during`, read now, one query; days of nobody's are left out."""
    rows = Appointment.objects.exclude(status__in=NOT_MASKED).filter(during).order_by().values_list(*SPAN_FIELDS)
    spans, _own = spans_of(frame, rows.iterator(10_000))
    return {(kind, pk): dict(days) for kind, each in spans.items() for pk, days in busy_masks(each, frame.grid).items()}
