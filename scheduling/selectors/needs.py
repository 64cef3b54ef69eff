"""What waits for somebody at the desk, beside the day: each line with the page of the act that settles it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scheduling.guard import LONGEST_HOURS
from scheduling.models import Appointment, PlanState, Site, Sitting, SittingState, Status, TreatmentPlan
from scheduling.models.protocols import in_language
from scheduling.selectors.board import short_name
from scheduling.selectors.board_rows import LOOK_AHEAD, Lost
from scheduling.selectors.diary import holidays_of
from scheduling.selectors.local_time import day_span
from scheduling.selectors.waiting import freed_to_offer

NO_SHOWS_FOR = timedelta(days=14)
LONGEST = timedelta(hours=LONGEST_HOURS)
# A plan may have several due sittings among those whose window closes soonest.
DUE_READ = 40
MOST_OF_EACH = 5


@dataclass(frozen=True, slots=True)
class Need:
    """One line: what and why, and the act as its word, the name of its page and what it is about."""

    what: str
    why: str
    act: str
    page: str
    pk: int


def needs_of(site: Site, now: datetime, lost: Iterable[Lost], *, approves: bool) -> tuple[Need, ...]:
    """What waits at `site`, most pressing first, in three queries; plans to approve only for those who may.

    When a slot became free while somebody waits for an earlier one, it takes five more.

    `lost` is the time that was lost, maybe after something was booked in it.
    """
    return (*_appointments(site, now, lost), *_freed(site, now), *_plans(site, approves=approves))


def _freed(site: Site, now: datetime) -> Iterator[Need]:
    """Slots that became free and fit somebody who waits, soonest first; not those being offered."""
    for row in freed_to_offer(site, now)[:MOST_OF_EACH]:
        when = f"{date_format(row.starts, 'D j b')}, {row.starts:%H:%M}"
        what = _("Free: %(when)s, %(practitioner)s") % {"when": when, "practitioner": row.freed.practitioner}
        why = ngettext("%(minutes)s min · fits %(n)s who waits", "%(minutes)s min · fits %(n)s who wait", len(row.fits))
        words = why % {"minutes": row.freed.minutes, "n": len(row.fits)}
        yield Need(what, words, _("Offer"), "waiting_slot", row.freed.pk)


def _displaced(site: Site, now: datetime, lost: Iterable[Lost]) -> Iterator[Q]:
    """Appointments to come that overlap lost time; each condition has an index of its own."""
    for span in lost:
        starts, ends = (datetime.fromtimestamp(posix, UTC) for posix in (span.starts, span.ends))
        whose = {"practitioner": span.practitioner, "room": span.room, "equipment": span.equipment}
        own = {name: pk for name, pk in whose.items() if pk}
        if ends > now:
            yield Q(
                status=Status.BOOKED, starts__gte=max(now, starts - LONGEST), starts__lt=ends, ends__gt=starts, **own
            )
    today = timezone.localdate(now, site.zone)
    for day in holidays_of(site, today, today + LOOK_AHEAD):
        since, until = day_span(day, site.zone)
        yield Q(status=Status.BOOKED, starts__gte=max(now, since), starts__lt=until)


def _appointments(site: Site, now: datetime, lost: Iterable[Lost]) -> Iterator[Need]:
    wanted = Q(status=Status.NO_SHOW, starts__gte=now - NO_SHOWS_FOR, starts__lt=now)
    wanted &= Q(sitting__state=SittingState.DUE, sitting__plan__state__in=TreatmentPlan.BOOKABLE)
    for displaced in _displaced(site, now, lost):
        wanted |= displaced
    rows = Appointment.objects.filter(wanted, room__site=site).order_by()
    fields = ("starts", "pk", "status", "sitting_id", "sitting__number", "sitting__latest")
    names = ("patient__given_name", "patient__surname", "practitioner__name")
    told: set[int] = set()
    moving, missing = [], []
    for starts, pk, status, sitting, number, latest, given_name, surname, practitioner in sorted(
        rows.values_list(*fields, *names)
    ):
        name = short_name(given_name, surname)
        if status == Status.BOOKED:
            moving.append(_to_move(pk, name, practitioner, timezone.localtime(starts, site.zone)))
        elif sitting not in told:
            told.add(sitting)
            missing.append(_missed(sitting, number, latest, name))
    yield from moving[:MOST_OF_EACH]
    yield from missing[: -MOST_OF_EACH - 1 : -1]


def _to_move(pk: int, name: str, practitioner: str, starts: datetime) -> Need:
    when = f"{date_format(starts, 'D j b')}, {starts:%H:%M}"
    why = _("%(practitioner)s away or closed: booked %(when)s") % {"practitioner": practitioner, "when": when}
    return Need(_("%(patient)s has to move") % {"patient": name}, why, _("Move"), "appointment_move", pk)


def _missed(sitting: int, number: int, latest: date, name: str) -> Need:
    window = _("sitting %(number)s · window closes %(day)s")
    why = window % {"number": number, "day": date_format(latest, "D j b")}
    return Need(_("%(patient)s did not come") % {"patient": name}, why, _("Rebook"), "book_sitting", sitting)


def _plans(site: Site, *, approves: bool) -> Iterator[Need]:
    """Plans by their due sittings: proposed ones, then those of which a window closes soonest."""
    due = Sitting.objects.filter(state=SittingState.DUE, plan__site=site)
    rows = due.filter(plan__state__in=TreatmentPlan.BOOKABLE).order_by("latest", "pk")[:DUE_READ]
    if approves:
        proposed = due.filter(number=1, plan__state=PlanState.PROPOSED).order_by("plan__proposed_at", "pk")
        either = Q(pk__in=proposed.values("pk")[:MOST_OF_EACH]) | Q(pk__in=rows.values("pk"))
        rows = Sitting.objects.filter(either).order_by("latest", "pk")
    siblings = Sitting.objects.filter(plan=OuterRef("plan"), state=SittingState.DUE).order_by().values("plan")
    to_place = Subquery(siblings.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    fields = ("plan", "number", "plan__patient__given_name", "plan__patient__surname", "plan__state")
    read = rows.values_list(*fields, "plan__protocol__name_en", "plan__protocol__name_it", to_place)
    waiting: dict[int, Need] = {}
    unbooked: dict[int, Need] = {}
    for pk, number, given_name, surname, state, english, italian, count in read:
        name = short_name(given_name, surname)
        if state == PlanState.PROPOSED:
            waiting[pk] = _to_approve(pk, name, in_language(english, italian))
        elif pk not in unbooked and len(unbooked) < MOST_OF_EACH:
            unbooked[pk] = _to_book(pk, name, count, number - 1)
    yield from waiting.values()
    yield from unbooked.values()


def _to_approve(pk: int, name: str, protocol: str) -> Need:
    return Need(_("%(patient)s: plan to approve") % {"patient": name}, protocol, _("Open"), "plan", pk)


def _to_book(pk: int, name: str, to_place: int, placed: int) -> Need:
    if placed:
        what = _("%(patient)s: cycle not booked past %(number)s") % {"patient": name, "number": placed}
    else:
        what = _("%(patient)s: cycle not booked yet") % {"patient": name}
    why = ngettext("%(n)s sitting to place", "%(n)s sittings to place", to_place) % {"n": to_place}
    return Need(what, why, _("Book cycle"), "book_cycle", pk)
