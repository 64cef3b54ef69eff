"""What waits for somebody at the desk, beside the day: each line with the page of the act that settles it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scheduling.models import (
    Absence,
    Appointment,
    Closure,
    PlanState,
    Site,
    Sitting,
    SittingState,
    Status,
    TreatmentPlan,
)
from scheduling.models.protocols import in_language
from scheduling.selectors.board import short_name
from scheduling.selectors.diary import holidays_of
from scheduling.selectors.local_time import day_span

NO_SHOWS_FOR = timedelta(days=14)
LOOK_AHEAD = timedelta(days=30)
MOST_OF_EACH = 5


@dataclass(frozen=True, slots=True)
class Need:
    """One line: what and why, and the act as its word, the name of its page and what it is about."""

    what: str
    why: str
    act: str
    page: str
    pk: int


def needs_of(site: Site, now: datetime, *, approves: bool) -> tuple[Need, ...]:
    """What waits at `site`, most pressing first, in two queries; plans to approve only for those who may."""
    return (*_appointments(site, now), *_plans(site, approves=approves))


def _struck(lost: QuerySet[Any], path: str, now: datetime) -> Q:
    """Booked appointments, reached from `lost` time by `path`, that overlap it. Driven by the few lost spans."""
    until = now + LOOK_AHEAD
    booked = {"status": Status.BOOKED, "starts__gte": now, "starts__lt": F("ends"), "ends__gt": F("starts")}
    hit = lost.filter(ends__gt=now, starts__lt=until, **{f"{path}__{name}": value for name, value in booked.items()})
    return Q(pk__in=hit.order_by().values(f"{path}__pk"))


def _displaced(site: Site, now: datetime) -> Q:
    """Appointments whose time was lost after they were booked: absence, closure or public holiday."""
    closures = Closure.objects.filter(site=site)
    found = _struck(Absence.objects.all(), "practitioner__appointments", now)
    found |= _struck(closures.filter(room=None, equipment=None), "site__rooms__appointments", now)
    found |= _struck(closures, "room__appointments", now)
    found |= _struck(closures, "equipment__appointments", now)
    today = timezone.localdate(now, site.zone)
    for day in holidays_of(site, today, today + LOOK_AHEAD):
        since, until = day_span(day, site.zone)
        found |= Q(status=Status.BOOKED, starts__gte=max(now, since), starts__lt=until)
    return found


def _appointments(site: Site, now: datetime) -> Iterator[Need]:
    missed = Q(
        status=Status.NO_SHOW,
        starts__gte=now - NO_SHOWS_FOR,
        sitting__state=SittingState.DUE,
        sitting__plan__state__in=TreatmentPlan.BOOKABLE,
    )
    rows = Appointment.objects.filter(missed | _displaced(site, now), room__site=site).order_by("-starts")
    fields = ("pk", "status", "starts", "sitting_id", "sitting__number", "sitting__latest")
    names = ("patient__given_name", "patient__surname", "practitioner__name")
    told: set[int] = set()
    lines: dict[str, list[Need]] = {Status.BOOKED: [], Status.NO_SHOW: []}
    for pk, status, starts, sitting, number, latest, given_name, surname, practitioner in rows.values_list(
        *fields, *names
    ):
        name = short_name(given_name, surname)
        if status == Status.BOOKED:
            lines[status].insert(0, _to_move(pk, name, practitioner, timezone.localtime(starts, site.zone)))
        elif sitting not in told:
            told.add(sitting)
            lines[status].append(_missed(sitting, number, latest, name))
    yield from lines[Status.BOOKED][:MOST_OF_EACH]
    yield from lines[Status.NO_SHOW][:MOST_OF_EACH]


def _to_move(pk: int, name: str, practitioner: str, starts: datetime) -> Need:
    when = f"{date_format(starts, 'D j M')}, {starts:%H:%M}"
    why = _("%(practitioner)s away or closed: booked %(when)s") % {"practitioner": practitioner, "when": when}
    return Need(_("%(patient)s has to move") % {"patient": name}, why, _("Open"), "appointment", pk)


def _missed(sitting: int, number: int, latest: date, name: str) -> Need:
    window = _("sitting %(number)s · window closes %(day)s")
    why = window % {"number": number, "day": date_format(latest, "D j M")}
    return Need(_("%(patient)s did not come") % {"patient": name}, why, _("Rebook"), "book_sitting", sitting)


def _plans(site: Site, *, approves: bool) -> Iterator[Need]:
    """Plans by their first due sitting: proposed ones oldest first, then those whose window closes soonest."""
    earlier = Sitting.objects.filter(plan=OuterRef("plan"), state=SittingState.DUE, number__lt=OuterRef("number"))
    due = Sitting.objects.filter(state=SittingState.DUE, plan__site=site)
    unbooked = due.filter(~Exists(earlier), plan__state__in=TreatmentPlan.BOOKABLE).order_by("latest", "pk")
    wanted = Q(pk__in=unbooked.values("pk")[:MOST_OF_EACH])
    if approves:
        proposed = due.filter(number=1, plan__state=PlanState.PROPOSED).order_by("plan__proposed_at", "pk")
        wanted |= Q(pk__in=proposed.values("pk")[:MOST_OF_EACH])
    siblings = Sitting.objects.filter(plan=OuterRef("plan")).order_by().values("plan")
    to_place = siblings.filter(state=SittingState.DUE).annotate(n=Count("pk")).values("n")
    fields = ("plan", "number", "to_place", "plan__patient__given_name", "plan__patient__surname")
    rows = (
        Sitting.objects.filter(wanted)
        .annotate(to_place=Subquery(to_place, output_field=IntegerField()))
        .order_by(Case(When(plan__state=PlanState.PROPOSED, then=0), default=1), "latest", "pk")
        .values_list(*fields, "plan__state", "plan__protocol__name_en", "plan__protocol__name_it")
    )
    for pk, number, count, given_name, surname, state, english, italian in rows:
        name = short_name(given_name, surname)
        if state == PlanState.PROPOSED:
            yield _to_approve(pk, name, in_language(english, italian))
        else:
            yield _to_book(pk, name, count, number - 1)


def _to_approve(pk: int, name: str, protocol: str) -> Need:
    return Need(_("%(patient)s: plan to approve") % {"patient": name}, protocol, _("Open"), "plan", pk)


def _to_book(pk: int, name: str, to_place: int, placed: int) -> Need:
    if placed:
        what = _("%(patient)s: cycle not booked past %(number)s") % {"patient": name, "number": placed}
    else:
        what = _("%(patient)s: cycle not booked yet") % {"patient": name}
    why = ngettext("%(n)s sitting to place", "%(n)s sittings to place", to_place) % {"n": to_place}
    return Need(what, why, _("Book cycle"), "book_cycle", pk)
