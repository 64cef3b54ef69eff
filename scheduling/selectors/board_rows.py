"""What the day board is made of, read in four queries: appointments, areas, hours, and time that is lost."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from scheduling.models import (
    Absence,
    Appointment,
    Closure,
    OpeningHours,
    PlanArea,
    PlanPhase,
    Site,
    Status,
    WorkingHours,
)
from scheduling.models.protocols import Purpose, in_language
from scheduling.selectors.diary import Posix, holidays_of
from scheduling.selectors.local_time import MINUTES_IN_DAY, day_span, split, wall_minutes

EVERYBODY = 0
Spans = dict[int, list[tuple[int, int]]]
"""Wall minutes from and until, by practitioner."""


@dataclass(frozen=True, slots=True)
class Row:
    """One appointment: `starts` and `ends` in wall minutes of the day, `waited` in minutes, `cycle` its plan's length
    without maintenance, `before` the sittings in the phases before its own."""

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
    purpose: str | None
    count: int | None
    open_ended: bool | None
    before: int
    cycle: int
    starts: int
    ends: int
    waited: int


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
    "sitting__phase__purpose",
    "sitting__phase__count",
    "sitting__phase__open_ended",
)


def _sittings(phases: QuerySet[PlanPhase]) -> Coalesce:
    """How many sittings the phases of one plan count, as part of another query."""
    total = phases.order_by().values("plan").annotate(total=Sum("count")).values("total")
    return Coalesce(Subquery(total, output_field=IntegerField()), 0)


def sittings_before() -> Coalesce:
    """Of a sitting's appointment: the sittings in the phases before its own."""
    phases = PlanPhase.objects.filter(plan=OuterRef("sitting__plan"))
    return _sittings(phases.filter(position__lt=OuterRef("sitting__phase__position")))


def sittings_in_cycle() -> Coalesce:
    """Of a sitting's appointment: the sittings of its plan that are not maintenance."""
    return _sittings(PlanPhase.objects.filter(plan=OuterRef("sitting__plan")).exclude(purpose=Purpose.MAINTENANCE))


def read_rows(site: Site, day: date, now: datetime) -> Iterator[Row]:
    """The appointments that begin on a local day, reservations that ran out left out, in order. One query."""
    since, until = day_span(day, site.zone)
    wall = wall_minutes(site.zone, day, day)
    midnight = day.toordinal() * MINUTES_IN_DAY
    here = int(now.timestamp())
    found = Appointment.objects.filter(room__site=site, starts__gte=since, starts__lt=until)
    found = found.exclude(status=Status.RESERVED, reserved_until__lte=now).order_by("starts", "pk")
    counts = (sittings_before(), sittings_in_cycle())
    posix = (Posix("starts"), Posix("ends"), Posix("arrived_at"))
    for read in found.values_list(*FIELDS, *counts, *posix):
        starts, ends, arrived = read[-3:]
        begin = wall(starts) - midnight
        end = min(begin + (ends - starts) // 60, MINUTES_IN_DAY)
        values: list[Any] = [*read[:-3], begin, end, (here - arrived) // 60 if arrived else 0]
        yield Row(*values)


def read_areas(plans: Collection[int]) -> dict[int, str]:
    """The areas of each plan in words, in the language being spoken. One query."""
    names = defaultdict(list)
    rows = PlanArea.objects.filter(plan__in=plans).order_by("pk")
    for plan, english, italian in rows.values_list("plan_id", "area__name_en", "area__name_it"):
        names[plan].append(in_language(english, italian))
    return {plan: ", ".join(words) for plan, words in names.items()}


def read_hours(site: Site, day: date) -> Hours:
    """Who works at `site` on a local day: weekly hours cut to the opening hours, and lost time. Two queries."""
    hours = Hours()
    working = WorkingHours.objects.filter(
        Q(valid_until=None) | Q(valid_until__gte=day),
        site=site,
        weekday=day.weekday(),
        valid_from__lte=day,
        practitioner__active=True,
    ).order_by()
    opening = OpeningHours.objects.filter(site=site, weekday=day.weekday()).order_by()
    both = working.values_list(
        "practitioner_id", "practitioner__name", "practitioner__user_id", "starts", "ends"
    ).union(opening.values_list(Value(EVERYBODY), Value(""), Value(0), "starts", "ends"), all=True)
    spans: Spans = defaultdict(list)
    for practitioner, name, user, starts, ends in both:
        spans[practitioner].append((_minutes(starts), _minutes(ends)))
        hours.who[practitioner] = name, user
    open_for = spans.pop(EVERYBODY, [])
    hours.who.pop(EVERYBODY, None)
    for practitioner, own in spans.items():
        cut = [(max(start, opens), min(end, closes)) for start, end in own for opens, closes in open_for]
        hours.working[practitioner] += sorted((start, end) for start, end in cut if start < end)
    _read_lost(hours, site, day)
    return hours


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _read_lost(hours: Hours, site: Site, day: date) -> None:
    """Absences, closures of the whole site and public holidays, each with its reason."""
    since, until = day_span(day, site.zone)
    wall = wall_minutes(site.zone, day, day)
    ordinal = day.toordinal()
    span = {"starts__lt": until, "ends__gt": since}
    absences = Absence.objects.filter(practitioner__sites=site, **span).order_by()
    closures = Closure.objects.filter(site=site, room=None, equipment=None, **span).order_by()
    rows = absences.values_list("practitioner_id", Posix("starts"), Posix("ends"), "reason").union(
        closures.values_list(Value(EVERYBODY), Posix("starts"), Posix("ends"), "reason"), all=True
    )
    for practitioner, starts, ends, reason in rows:
        label = reason or (_("Away") if practitioner else _("Closed"))
        begin, end = max(starts, int(since.timestamp())), min(ends, int(until.timestamp()))
        for on, start, stop in split(wall(begin), wall(end)):
            if on == ordinal:
                hours.lost[practitioner].append((start, stop, label))
    for name in holidays_of(site, day, day).values():
        hours.lost[EVERYBODY].append((0, MINUTES_IN_DAY, name))
