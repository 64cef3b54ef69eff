"""What the calendar is made of, read in a fixed number of queries: people and rooms, hours, lost time, appointments."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db.models import IntegerField, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from scheduling.models import (
    Absence,
    Appointment,
    CancelReason,
    Closure,
    OpeningHours,
    Practitioner,
    Room,
    Site,
    Status,
)
from scheduling.selectors.busy import Posix
from scheduling.selectors.diary import holidays_of, qualified, working_spans
from scheduling.selectors.local_time import MINUTES_IN_DAY, WallMinutes, day_span, split, wall_minutes

FIELDS = (
    "pk",
    "version",
    "status",
    "kind",
    "patient__given_name",
    "patient__surname",
    "practitioner_id",
    "practitioner__name",
    "room_id",
    "room__name",
    "room__site_id",
    "sitting__number",
    "sitting__phase__purpose",
    "sitting__earliest",
    "sitting__latest",
)


@dataclass(frozen=True, slots=True)
class Booked:
    """One appointment on the wall of its site: local day and minutes of that day; the window of its sitting."""

    pk: int
    version: int
    status: str
    kind: str
    given_name: str
    surname: str
    practitioner: int
    practitioner_name: str
    room: int
    room_name: str
    site: int
    number: int | None
    purpose: str | None
    earliest: date | None
    latest: date | None
    day: date
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class LostTime:
    """Part of a local day that is lost to a practitioner, a room, or (both 0) everybody at a site, and why."""

    site: int
    practitioner: int
    room: int
    day: int
    starts: int
    ends: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies under the appointments between two local dates: who and where, hours worked and open, lost time.

    Hours are wall minutes (from, until) by (id, day ordinal).
    """

    practitioners: tuple[Practitioner, ...]
    rooms: tuple[Room, ...]
    working: dict[tuple[int, int], list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    opening: dict[tuple[int, int], list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    lost: tuple[LostTime, ...] = ()


def read_booked(
    sites: Sequence[Site], first: date, last: date, now: datetime, *, cancelled: bool = False
) -> tuple[Booked, ...]:
    """The appointments of `sites` that begin between two local dates, in order; expired reservations left out.

    Cancelled ones only when asked for, and never those that were only reserved. One query.
    """
    wanted, walls = Q(), {}
    for site in sites:
        since, until = day_span(first, site.zone)[0], day_span(last, site.zone)[1]
        wanted |= Q(room__site=site, starts__gte=since, starts__lt=until)
        walls[site.pk] = wall_minutes(site.zone, first, last)
    found = Appointment.objects.filter(wanted).exclude(status=Status.RESERVED, reserved_until__lte=now)
    found = found.exclude(cancel_reason__in=[CancelReason.EXPIRED, CancelReason.GIVEN_BACK])
    found = found if cancelled else found.active()
    read = found.order_by("starts", "pk").values_list(*FIELDS, Posix("starts"), Posix("ends"))
    return tuple(_booked(row, walls) for row in read)


def _booked(row: tuple[Any, ...], walls: dict[int, WallMinutes]) -> Booked:
    values: list[Any] = list(row[:-2])
    starts, ends = row[-2:]
    day, begin = divmod(walls[values[FIELDS.index("room__site_id")]](starts), MINUTES_IN_DAY)
    end = min(begin + (ends - starts) // 60, MINUTES_IN_DAY)
    values += [date.fromordinal(day), begin, end]
    return Booked(*values)


def read_ground(sites: Sequence[Site], first: date, last: date) -> Ground:
    """Practitioners and rooms of `sites`, hours and lost time between two local dates, in five queries.

    Practitioners' own hours and absences are those of the first site: several sites are only looked at as wholes.
    """
    practitioners = Practitioner.objects.filter(active=True, sites__in=sites).distinct()
    rooms = Room.objects.filter(active=True, site__in=sites)
    ground = Ground(tuple(practitioners), tuple(rooms), lost=tuple(_lost(sites, first, last)))
    for who, days, starts, ends in working_spans(sites[0], first, last, qualified(sites[0])):
        for day in days:
            ground.working[who, day].append((starts, ends))
    opening = OpeningHours.objects.filter(site__in=sites).order_by("starts")
    for site, weekday, opens, closes in opening.values_list("site_id", "weekday", "starts", "ends"):
        for day in range(first.toordinal(), last.toordinal() + 1):
            if date.fromordinal(day).weekday() == weekday:
                ground.opening[site, day].append((_minutes(opens), _minutes(closes)))
    return ground


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _lost(sites: Sequence[Site], first: date, last: date) -> Iterator[LostTime]:
    """Absences, closures and public holidays; one piece of equipment that is away closes nothing. One query."""
    spans = {site.pk: (day_span(first, site.zone)[0], day_span(last, site.zone)[1]) for site in sites}
    walls = {site.pk: wall_minutes(site.zone, first, last) for site in sites}
    here = sites[0].pk
    since, until = spans[here]
    none, posix = Value(0, IntegerField()), (Posix("starts"), Posix("ends"), "reason")
    absences = Absence.objects.filter(practitioner__sites=here, starts__lt=until, ends__gt=since).order_by()
    near = Q()
    for site, (begin, end) in spans.items():
        near |= Q(site=site, starts__lt=end, ends__gt=begin)
    closures = Closure.objects.filter(near, equipment=None).order_by()
    rows = absences.values_list(Value(here, IntegerField()), "practitioner_id", none, *posix).union(
        closures.values_list("site_id", none, Coalesce("room_id", 0), *posix), all=True
    )
    for pk, practitioner, room, starts, ends, reason in rows:
        label = reason or (_("Away") if practitioner else _("Closed"))
        low, high = (int(each.timestamp()) for each in spans[pk])
        for day, start, stop in split(walls[pk](max(starts, low)), walls[pk](min(ends, high))):
            yield LostTime(pk, practitioner, room, day, start, stop, label)
    for each in sites:
        for on, name in holidays_of(each, first, last).items():
            yield LostTime(each.pk, 0, 0, on.toordinal(), 0, MINUTES_IN_DAY, name)
