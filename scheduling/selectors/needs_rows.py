"""What the lines of *Needs you* are made of: time that was lost or missed, and plans by how soon a window closes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from django.db.models import (
    BigIntegerField,
    Count,
    DateTimeField,
    Exists,
    Field,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.utils import timezone

from patients.naming import shown_name
from scheduling.guard import LONGEST_HOURS
from scheduling.models import Appointment, PlanState, Site, Sitting, SittingState, Status, TreatmentPlan
from scheduling.models.protocols import in_language
from scheduling.selectors.board_rows import LOOK_AHEAD, Lost
from scheduling.selectors.diary import holidays_of
from scheduling.selectors.local_time import day_span
from scheduling.selectors.prepared import NOW, SINCE, SITE, Given, Prepared

NO_SHOWS_FOR = timedelta(days=14)
LONGEST = timedelta(hours=LONGEST_HOURS)
TAKEN: dict[str, Field] = {
    "pk": BigIntegerField(),
    "first": DateTimeField(),
    "until": DateTimeField(),
    "after": DateTimeField(),
}
"""What of each `Taken` its question is asked with."""
# Plans read, those first whose window closes soonest.
DUE_READ = 40


@dataclass(frozen=True, slots=True)
class Slot:
    """A booked time that was lost, or one that was missed; `starts` on the site's clock."""

    pk: int
    starts: datetime
    missed: bool
    sitting: int | None
    number: int | None
    latest: date | None
    patient: str
    practitioner: str


@dataclass(frozen=True, slots=True)
class Due:
    """The first sitting without a slot of a plan; `to_place` counts all, `left` the days to its window's end.

    `within` says that later sittings have slots: it is a gap in the cycle, not its unbooked end.
    """

    plan: int
    sitting: int
    number: int
    left: int
    patient: str
    state: str
    protocol: str
    to_place: int
    within: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """Lost time that may be booked: appointments that begin from `first` and before `until`, and end after `after`.

    UTC. Of the practitioner, room or equipment `pk`, as `whose` says, or of the whole site.
    """

    whose: str
    pk: int
    first: datetime
    until: datetime
    after: datetime


def _taken(site: Site, now: datetime, lost: Iterable[Lost]) -> Iterator[Taken]:
    """The absences and closures that are not over, and public holidays, on which nobody is in."""
    for span in lost:
        starts, ends = (datetime.fromtimestamp(posix, UTC) for posix in (span.starts, span.ends))
        of = {"practitioner": span.practitioner, "room": span.room, "equipment": span.equipment}
        whose, pk = next(((name, pk) for name, pk in of.items() if pk), ("", 0))
        if ends > now:
            yield Taken(whose, pk, max(now, starts - LONGEST), ends, starts)
    today = timezone.localdate(now, site.zone)
    for day in holidays_of(site, today, today + LOOK_AHEAD):
        since, until = day_span(day, site.zone)
        yield Taken("", 0, max(now, since), until, since)


def lost_slots(site: Site, now: datetime, lost: Iterable[Lost]) -> Iterator[Slot]:
    """Booked time that was lost, and sittings missed of late that are due again. One query."""
    taken = sorted(_taken(site, now, lost), key=lambda each: each.whose)
    told = {f"{name}{at}": getattr(each, name) for at, each in enumerate(taken) for name in TAKEN}
    asked = _slots_asked(tuple(each.whose for each in taken))
    rows = asked.rows(site=site.pk, now=now, since=now - NO_SHOWS_FOR, **told)
    for starts, pk, status, sitting, number, latest, given_name, surname, practitioner in sorted(rows):
        here = timezone.localtime(starts, site.zone)
        patient = shown_name(given_name, surname)
        yield Slot(pk, here, status == Status.NO_SHOW, sitting, number, latest, patient, practitioner)


@lru_cache(maxsize=32)
def _slots_asked(whose: tuple[str, ...]) -> Prepared:
    """What `lost_slots` reads when time of these is lost; each of the conditions has an index of its own."""
    wanted = Q(status=Status.NO_SHOW, starts__gte=SINCE, starts__lt=NOW)
    wanted &= Q(sitting__state=SittingState.DUE, sitting__plan__state__in=TreatmentPlan.BOOKABLE)
    for at, name in enumerate(whose):
        given = {each: Given(f"{each}{at}", field) for each, field in TAKEN.items()}
        begin = {"starts__gte": given["first"], "starts__lt": given["until"], "ends__gt": given["after"]}
        wanted |= Q(status=Status.BOOKED, **begin, **({name: given["pk"]} if name else {}))
    rows = Appointment.objects.filter(wanted, room__site=SITE).order_by()
    fields = ("starts", "pk", "status", "sitting_id", "sitting__number", "sitting__latest")
    return Prepared(rows.values_list(*fields, "patient__given_name", "patient__surname", "practitioner__name"))


def plans_by_window(site: Site, now: datetime, *, approves: bool) -> Iterator[Due]:
    """Plans by their first due sitting: those of which a window closes soonest, and proposed ones. One query."""
    today = timezone.localdate(now, site.zone)
    rows = sorted(_due_asked(approves).rows(site=site.pk))
    for latest, pk, plan, number, given_name, surname, state, english, italian, count, within in rows:
        patient, protocol = shown_name(given_name, surname), in_language(english, italian)
        yield Due(plan, pk, number, (latest - today).days, patient, state, protocol, count, within)


@cache
def _due_asked(approves: bool) -> Prepared:
    """The first due sitting of each plan with its plan: at most DUE_READ of those to book and of those proposed."""
    due = Sitting.objects.filter(state=SittingState.DUE)
    before = due.filter(plan=OuterRef("plan"), number__lt=OuterRef("number"))
    to_book = due.filter(~Exists(before), plan__site=SITE, plan__state__in=TreatmentPlan.BOOKABLE)
    rows = _told(Sitting.objects.filter(pk__in=to_book.order_by("latest", "pk").values("pk")[:DUE_READ]))
    if approves:
        first = due.filter(plan=OuterRef("pk"), number=1)
        proposed = TreatmentPlan.objects.filter(Exists(first), site=SITE, state=PlanState.PROPOSED)
        plans = proposed.order_by("proposed_at", "pk").values("pk")[:DUE_READ]
        rows = rows.union(_told(Sitting.objects.filter(number=1, plan__in=plans)), all=True)
    return Prepared(rows)


def _told(due: QuerySet[Sitting]) -> QuerySet[Sitting, tuple[Any, ...]]:
    """What `plans_by_window` reads of them; when the window closes and the key come first."""
    of_the_plan = Sitting.objects.filter(plan=OuterRef("plan"))
    siblings = of_the_plan.filter(state=SittingState.DUE).order_by().values("plan")
    to_place = Subquery(siblings.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    later = Exists(of_the_plan.filter(state=SittingState.BOOKED, number__gt=OuterRef("number")))
    patient, protocol = "plan__patient__", "plan__protocol__"
    fields = ("latest", "pk", "plan", "number", f"{patient}given_name", f"{patient}surname", "plan__state")
    return due.order_by().values_list(*fields, f"{protocol}name_en", f"{protocol}name_it", to_place, later)
