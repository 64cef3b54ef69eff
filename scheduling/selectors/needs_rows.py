"""What the lines of *Needs you* are made of: time that was lost or missed, and plans by how soon a window closes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Greatest
from django.utils import timezone

from patients.naming import shown_name
from scheduling.guard import LONGEST
from scheduling.models import Appointment, PlanState, Room, Site, Sitting, SittingState, Status, TreatmentPlan
from scheduling.models import Kind as KindOfVisit
from scheduling.models.protocols import in_language
from scheduling.selectors.board_rows import LOOK_AHEAD, Lost, lost_near, near_values
from scheduling.selectors.diary import holidays_of
from scheduling.selectors.local_time import day_span
from scheduling.selectors.prepared import NOW, SITE, Given, Prepared

NO_SHOWS_FOR = timedelta(days=14)
# From an appointment to what may have taken its time.
PRACTITIONER, ROOM, EQUIPMENT = "practitioner__absences", "room__closure", "equipment__closure"
OF_THE_SITE = "room__site__closures"
# Plans read, those first whose window closes soonest.
DUE_READ = 40


@dataclass(frozen=True, slots=True)
class Slot:
    """A booked time that was lost, or one that was missed; `starts` on the site's clock, `kind` in words."""

    pk: int
    kind: str
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


def lost_or_missed(site: Site, day: date, now: datetime, lost: Sequence[Lost]) -> Iterator[Slot]:
    """Booked time that was lost, and what was missed of late and is due again. One query.

    A visit outside a plan is due again until the patient has any later appointment.
    `lost` is what `read_lost` gives for the local `day` that is looked at.
    """
    today = timezone.localdate(now, site.zone)
    holidays = [day_span(holiday, site.zone) for holiday in holidays_of(site, today, today + LOOK_AHEAD)]
    asked = _slots_asked(_kinds_of(lost), len(holidays))
    told = {f"holiday{at}": max(now, since) for at, (since, _until) in enumerate(holidays)}
    told |= {f"after{at}": until for at, (_since, until) in enumerate(holidays)}
    rows = asked.rows(**near_values(site, day, now), missed=now - NO_SHOWS_FOR, **told)
    for starts, pk, kind, status, sitting, number, latest, given_name, surname, practitioner in sorted(rows):
        patient, here = shown_name(given_name, surname), timezone.localtime(starts, site.zone)
        what, is_missed = str(KindOfVisit(kind).label), status == Status.NO_SHOW
        yield Slot(pk, what, here, is_missed, sitting, number, latest, patient, practitioner)


def _kinds_of(lost: Sequence[Lost]) -> frozenset[str]:
    """Of what time was lost: each a way from an appointment to the absences or closures that are its own."""
    ways = {
        PRACTITIONER: any(span.practitioner for span in lost),
        ROOM: any(span.room for span in lost),
        EQUIPMENT: any(span.equipment for span in lost),
        OF_THE_SITE: any(span.of_the_site for span in lost),
    }
    return frozenset(way for way, is_lost in ways.items() if is_lost)


@lru_cache(maxsize=64)
def _slots_asked(ways: frozenset[str], holidays: int) -> Prepared:
    """What `lost_or_missed` reads when time is lost in these ways and on so many public holidays."""
    later = Appointment.objects.filter(patient=OuterRef("patient"), starts__gt=OuterRef("starts"))
    visits = Q(~Exists(later.exclude(status=Status.CANCELLED)), sitting=None)
    sittings = Q(sitting__state=SittingState.DUE, sitting__plan__state__in=TreatmentPlan.BOOKABLE)
    missed = Appointment.objects.filter(status=Status.NO_SHOW, starts__gte=Given("missed", DateTimeField()))
    either = missed.filter(visits | sittings, starts__lt=NOW).order_by().values("pk")
    if displaced := [rows.order_by().values("pk") for rows in _displaced(ways, holidays)]:
        either = either.union(*displaced, all=True)
    # Asked of each row: joined, SQLite would begin with the site's rooms and read all that ever was in them.
    here = Exists(Room.objects.filter(pk=OuterRef("room"), site=SITE))
    fields = ("starts", "pk", "kind", "status", "sitting_id", "sitting__number", "sitting__latest")
    rows = Appointment.objects.filter(here, pk__in=either).order_by()
    return Prepared(rows.values_list(*fields, "patient__given_name", "patient__surname", "practitioner__name"))


def _displaced(ways: frozenset[str], holidays: int) -> Iterator[QuerySet[Appointment]]:
    """Appointments to come that overlap lost time: one question for each kind of loss there is, and each holiday.

    However many absences and closures there are, they are joined and not listed. Each is found from what was lost,
    through the index on whose it is and the start: the longest appointment bounds how long before it can begin.
    """
    booked = Appointment.objects.filter(status=Status.BOOKED)
    absences, closures = lost_near()
    of_all = closures.filter(room=None, equipment=None)
    for way in sorted(ways):
        rows = {PRACTITIONER: absences, OF_THE_SITE: of_all}.get(way, closures)
        starts, ends = F(f"{way}__starts"), F(f"{way}__ends")
        soonest = Greatest(ExpressionWrapper(starts - LONGEST, DateTimeField()), NOW)
        yield booked.filter((f"{way}__in", rows), starts__gte=soonest, starts__lt=ends, ends__gt=starts)
    for at in range(holidays):
        since, until = Given(f"holiday{at}", DateTimeField()), Given(f"after{at}", DateTimeField())
        yield booked.filter(starts__gte=since, starts__lt=until)


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
