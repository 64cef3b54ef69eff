"""What the day board is made of, read in four queries: appointments, their plans, hours, and time that is lost."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from hashlib import blake2b
from typing import Any, NamedTuple

from django.db.models import DateTimeField, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from clinic.models import User
from scheduling.models import (
    Absence,
    Appointment,
    CancelReason,
    Closure,
    ExtraHours,
    OpeningHours,
    PlanArea,
    PlanPhase,
    Site,
    Status,
    WorkingHours,
)
from scheduling.models.protocols import Purpose, in_language
from scheduling.selectors.busy import Posix
from scheduling.selectors.diary import holidays_of
from scheduling.selectors.local_time import MINUTES_IN_DAY, day_span, split, wall_minutes
from scheduling.selectors.prepared import DAY, NOW, SINCE, SITE, UNTIL, WEEKDAY, Given, Prepared

EVERYBODY = 0
# How far ahead booked time is looked at that may have to move.
LOOK_AHEAD = timedelta(days=30)
SOON = Given("soon", DateTimeField())
Spans = dict[int, list[tuple[int, int]]]
"""Wall minutes from and until, by practitioner."""


class Row(NamedTuple):
    """One appointment: `starts` and `ends` in wall minutes of the day, `waited` and `treated` in minutes.

    `phase` is its position. A tuple, which costs less to make: a board has hundreds.
    """

    pk: int
    version: int
    status: str
    kind: str
    given_name: str
    surname: str
    practitioner: int
    practitioner_name: str
    user: int
    room: str
    cancel_reason: str
    plan: int | None
    number: int | None
    phase: int | None
    open_ended: bool | None
    reserved_until: datetime | None
    booked_by: int | None
    starts: int
    ends: int
    waited: int
    treated: int


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """The phases of a plan by position, each its purpose and count of sittings, and its areas in words."""

    phases: dict[int, tuple[str, int]] = field(default_factory=dict)
    areas: list[str] = field(default_factory=list)

    @property
    def cycle(self) -> int:
        """The sittings that are not maintenance."""
        return sum(count for purpose, count in self.phases.values() if purpose != Purpose.MAINTENANCE)

    def before(self, position: int) -> int:
        """The sittings in the phases before one."""
        return sum(count for at, (_purpose, count) in self.phases.items() if at < position)


@dataclass(frozen=True, slots=True)
class Lost:
    """Lost time in POSIX seconds, of a practitioner, a room or a piece of equipment, or (all 0) of the whole site."""

    practitioner: int
    room: int
    equipment: int
    starts: int
    ends: int
    reason: str

    @property
    def of_the_site(self) -> bool:
        return not (self.practitioner or self.room or self.equipment)


@dataclass(frozen=True, slots=True)
class Hours:
    """Who works on the day (name, user) and when, and lost time with its reason; wall minutes, by practitioner."""

    who: dict[int, tuple[str, int]] = field(default_factory=dict)
    working: Spans = field(default_factory=lambda: defaultdict(list))
    lost: dict[int, list[tuple[int, int, str]]] = field(default_factory=lambda: defaultdict(list))


FIELDS = (
    "pk",
    "version",
    "status",
    "kind",
    "patient__given_name",
    "patient__surname",
    "practitioner_id",
    "practitioner__name",
    "practitioner__user_id",
    "room__name",
    "cancel_reason",
    "sitting__plan_id",
    "sitting__number",
    "sitting__phase__position",
    "sitting__phase__open_ended",
    "reserved_until",
    "booked_by_id",
)


def read_rows(site: Site, day: date, now: datetime) -> Iterator[Row]:
    """The appointments that begin on a local day, reservations that ran out left out, in order. One query."""
    since, until = day_span(day, site.zone)
    wall = wall_minutes(site.zone, day, day)
    midnight = day.toordinal() * MINUTES_IN_DAY
    here = int(now.timestamp())
    for read in _rows_asked().rows(site=site.pk, since=since, until=until, now=now):
        starts, ends, arrived, started = read[-4:]
        begin = wall(starts) - midnight
        end = min(begin + (ends - starts) // 60, MINUTES_IN_DAY)
        # Never less than none: PostgreSQL rounds an instant to the next second, and clocks of two servers differ.
        waited, treated = (max(here - since, 0) // 60 if since else 0 for since in (arrived, started))
        yield Row._make((*read[:-4], begin, end, waited, treated))


@cache
def _rows_asked() -> Prepared:
    posix = (Posix("starts"), Posix("ends"), Posix("arrived_at"), Posix("started_at"))
    return Prepared(shown_on(SITE, SINCE, UNTIL, NOW).order_by("starts", "pk").values_list(*FIELDS, *posix))


def shown_on(
    site: Site | Given, since: datetime | Given, until: datetime | Given, now: datetime | Given
) -> QuerySet[Appointment]:
    """What the board shows of a span: all that begins in it, without reservations that came to nothing."""
    found = Appointment.objects.filter(room__site=site, starts__gte=since, starts__lt=until)
    found = found.exclude(status=Status.RESERVED, reserved_until__lte=now)
    # Nobody was told of a reservation that came to nothing: it is not among what was cancelled.
    return found.exclude(cancel_reason__in=[CancelReason.EXPIRED, CancelReason.GIVEN_BACK])


def day_version(site: Site, day: date, now: datetime) -> str:
    """A short text that changes with every step, booking or cancelling of a local day, and with the minute.

    One small query: what the board asks for every few seconds. All else on it is at most a minute old.
    """
    since, until = day_span(day, site.zone)
    return version_of(now, _steps_asked().rows(site=site.pk, since=since, until=until, now=now))


@cache
def _steps_asked() -> Prepared:
    return Prepared(shown_on(SITE, SINCE, UNTIL, NOW).order_by().values_list("pk", "version", "status"))


def version_of(now: datetime, steps: Iterable[tuple[Any, ...]]) -> str:
    """The version of a day with these appointments: key, version and status of each."""
    told = repr((int(now.timestamp()) // 60, sorted(steps)))
    return blake2b(told.encode(), digest_size=8).hexdigest()


def read_names(users: Collection[int]) -> dict[int, str]:
    """The names of people who reserve time. One query, none without them."""
    return {user.pk: str(user) for user in User.objects.filter(pk__in=users)} if users else {}


def read_plans(plans: Collection[int]) -> dict[int, PlanFacts]:
    """The phases and areas of each plan, areas in the language being spoken. One query, none without plans."""
    if not plans:
        return {}
    phases = PlanPhase.objects.filter(plan__in=plans).order_by()
    areas = PlanArea.objects.filter(plan__in=plans).order_by()
    rows = phases.values_list("plan_id", "position", "count", "purpose", Value("")).union(
        areas.values_list("plan_id", Value(0), "pk", "area__name_en", "area__name_it"), all=True
    )
    facts: dict[int, PlanFacts] = defaultdict(PlanFacts)
    for plan, position, count, text, italian in sorted(rows):
        if position:
            facts[plan].phases[position] = (text, count)
        else:
            facts[plan].areas.append(in_language(text, italian))
    return facts


def lost_near() -> tuple[QuerySet[Absence], QuerySet[Closure]]:
    """Absences and closures of a day, and of the days to come in which bookings may have to move, for `near_values`."""
    near = Q(starts__lt=UNTIL, ends__gt=SINCE) | Q(starts__lt=SOON, ends__gt=NOW)
    return Absence.objects.filter(near).order_by(), Closure.objects.filter(near, site=SITE).order_by()


def read_lost(site: Site, day: date, now: datetime) -> tuple[Lost, ...]:
    """The time that is lost on a local day and in the days to come, of `lost_near`. One query."""
    rows = _lost_asked().rows(**near_values(site, day, now))
    return tuple(Lost(*row) for row in rows)


def near_values(site: Site, day: date, now: datetime) -> dict[str, Any]:
    """The values that `lost_near` is asked with."""
    since, until = day_span(day, site.zone)
    return {"site": site.pk, "since": since, "until": until, "now": now, "soon": now + LOOK_AHEAD}


@cache
def _lost_asked() -> Prepared:
    absences, closures = lost_near()
    span = (Posix("starts"), Posix("ends"), "reason")
    none = Value(0, IntegerField())
    rows = absences.values_list("practitioner_id", none, none, *span).union(
        closures.values_list(none, Coalesce("room_id", 0), Coalesce("equipment_id", 0), *span), all=True
    )
    return Prepared(rows)


def read_hours(site: Site, day: date, lost: Iterable[Lost]) -> Hours:
    """Who works at `site` on a local day, without what is lost: weekly hours cut to the opening hours, extra hours.

    One query.
    """
    hours = Hours()
    spans: Spans = defaultdict(list)
    asked = _hours_asked().rows(site=site.pk, day=day, weekday=day.weekday())
    for practitioner, name, user, extra, starts, ends in asked:
        (hours.working if extra else spans)[practitioner].append((_minutes(starts), _minutes(ends)))
        hours.who[practitioner] = name, user
    open_for = spans.pop(EVERYBODY, [])
    hours.who.pop(EVERYBODY, None)
    for practitioner, own in spans.items():
        cut = [(max(start, opens), min(end, closes)) for start, end in own for opens, closes in open_for]
        hours.working[practitioner] += [(start, end) for start, end in cut if start < end]
    for own in hours.working.values():
        own.sort()
    _take_away(hours, site, day, lost)
    return hours


@cache
def _hours_asked() -> Prepared:
    """(practitioner, name, user, whether extra, from, until) of a day, the site's opening hours as EVERYBODY's."""
    weekly, extra = Value(0, IntegerField()), Value(1, IntegerField())
    working = WorkingHours.objects.filter(
        Q(valid_until=None) | Q(valid_until__gte=DAY),
        site=SITE,
        weekday=WEEKDAY,
        valid_from__lte=DAY,
        practitioner__active=True,
    ).order_by()
    opened = ExtraHours.objects.filter(site=SITE, day=DAY, practitioner__active=True).order_by()
    opening = OpeningHours.objects.filter(site=SITE, weekday=WEEKDAY).order_by()
    who, span = ("practitioner_id", "practitioner__name", "practitioner__user_id"), ("starts", "ends")
    return Prepared(
        working.values_list(*who, weekly, *span).union(
            opened.values_list(*who, extra, *span),
            opening.values_list(Value(EVERYBODY), Value(""), Value(0), weekly, *span),
            all=True,
        )
    )


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _take_away(hours: Hours, site: Site, day: date, lost: Iterable[Lost]) -> None:
    """What of a day is lost to absences, closures of the whole site and public holidays, each with its reason."""
    begin, end = (int(instant.timestamp()) for instant in day_span(day, site.zone))
    wall = wall_minutes(site.zone, day, day)
    for span in lost:
        starts, ends = max(span.starts, begin), min(span.ends, end)
        if starts >= ends or span.room or span.equipment:
            continue
        label = span.reason or (_("Away") if span.practitioner else _("Closed"))
        for on, start, stop in split(wall(starts), wall(ends)):
            if on == day.toordinal():
                hours.lost[span.practitioner].append((start, stop, label))
    for name in holidays_of(site, day, day).values():
        hours.lost[EVERYBODY].append((0, MINUTES_IN_DAY, name))
