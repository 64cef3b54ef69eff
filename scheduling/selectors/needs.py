"""What waits for somebody at the desk, beside the day: each line with the page of the act that settles it.

Each kind of line is one function in KINDS, which says whether anything of its kind waits. A new kind is a new function
there; the page shows whatever they give.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from patients.naming import shown_name
from scheduling.guard import LONGEST_HOURS
from scheduling.models import Appointment, PlanState, Site, Sitting, SittingState, Status, TreatmentPlan
from scheduling.models import Kind as KindOfVisit
from scheduling.models.protocols import in_language
from scheduling.selectors.board_rows import LOOK_AHEAD, Lost
from scheduling.selectors.diary import holidays_of
from scheduling.selectors.fitting import Free
from scheduling.selectors.freed import free_for_who_waits
from scheduling.selectors.local_time import day_span
from scheduling.selectors.worklists import closes_words

NO_SHOWS_FOR = timedelta(days=14)
LONGEST = timedelta(hours=LONGEST_HOURS)
# Days before a window closes from which its sitting is pressing.
CLOSING = 3
# Plans read, those first whose window closes soonest.
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


@dataclass(frozen=True, slots=True)
class Kind:
    """Everything of one kind that waits: at most MOST_OF_EACH `lines` of `count`, and the page that lists them all."""

    key: str
    label: str
    count: int
    lines: tuple[Need, ...]
    page: str = ""


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


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the kinds choose from, read once: appointments in order of time, plans by how soon a window closes."""

    site: Site
    now: datetime
    slots: Sequence[Slot]
    plans: Sequence[Due]

    @property
    def missed(self) -> dict[int, Slot]:
        """What was missed, by sitting: of each the first time."""
        return {slot.sitting: slot for slot in reversed(self.slots) if slot.missed and slot.sitting}

    @property
    def missed_visits(self) -> list[Slot]:
        """What was missed outside a plan."""
        return [slot for slot in self.slots if slot.missed and not slot.sitting]

    @property
    def to_book(self) -> list[Due]:
        """The plans to book, without those of which only the missed sitting has no slot."""
        missed = self.missed
        return [
            due
            for due in self.plans
            if due.state != PlanState.PROPOSED and not (due.to_place == 1 and due.sitting in missed)
        ]


def needs_of(site: Site, now: datetime, lost: Iterable[Lost], *, approves: bool) -> tuple[Kind, ...]:
    """What waits at `site`, most pressing first, in three queries; plans to approve only for those who may.

    What became free for those who wait takes one more, and another while somebody waits.

    `lost` is the time that was lost, maybe after something was booked in it.
    """
    waiting = Waiting(site, now, list(_slots(site, now, lost)), list(_plans(site, now, approves=approves)))
    found = (kind(waiting) for kind in KINDS)
    return tuple(kind for kind in found if kind.lines)


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


def _slots(site: Site, now: datetime, lost: Iterable[Lost]) -> Iterator[Slot]:
    """Booked time that was lost, and what was missed of late and is due again. One query.

    A visit outside a plan is due again until the patient has any later appointment.
    """
    wanted = Q(status=Status.NO_SHOW, starts__gte=now - NO_SHOWS_FOR, starts__lt=now)
    later = Appointment.objects.filter(patient=OuterRef("patient"), starts__gt=OuterRef("starts"))
    visits = Q(~Exists(later.exclude(status=Status.CANCELLED)), sitting=None)
    wanted &= visits | Q(sitting__state=SittingState.DUE, sitting__plan__state__in=TreatmentPlan.BOOKABLE)
    for displaced in _displaced(site, now, lost):
        wanted |= displaced
    rows = Appointment.objects.filter(wanted, room__site=site).order_by()
    fields = ("starts", "pk", "kind", "status", "sitting_id", "sitting__number", "sitting__latest")
    names = ("patient__given_name", "patient__surname", "practitioner__name")
    for starts, pk, kind, status, sitting, number, latest, given_name, surname, practitioner in sorted(
        rows.values_list(*fields, *names)
    ):
        here = timezone.localtime(starts, site.zone)
        patient = shown_name(given_name, surname)
        visit, missed = str(KindOfVisit(kind).label), status == Status.NO_SHOW
        yield Slot(pk, visit, here, missed, sitting, number, latest, patient, practitioner)


def _plans(site: Site, now: datetime, *, approves: bool) -> Iterator[Due]:
    """Plans by their first due sitting: those of which a window closes soonest, and proposed ones. One query."""
    today = timezone.localdate(now, site.zone)
    rows = _due(site.pk, approves).all()
    for plan, pk, number, latest, given_name, surname, state, english, italian, count, within in rows:
        patient, protocol = shown_name(given_name, surname), in_language(english, italian)
        yield Due(plan, pk, number, (latest - today).days, patient, state, protocol, count, within)


# Building it takes longer than asking it: once for each site and kind of user, and every page asks a copy.
@lru_cache(maxsize=16)
def _due(site: int, approves: bool) -> QuerySet[Sitting, tuple[Any, ...]]:
    """The first due sitting of each plan with its plan, in the order their windows close."""
    of_the_plan = Sitting.objects.filter(plan=OuterRef("plan"))
    before = of_the_plan.filter(state=SittingState.DUE, number__lt=OuterRef("number"))
    due = Sitting.objects.filter(~Exists(before), state=SittingState.DUE, plan__site=site)
    rows = due.filter(plan__state__in=TreatmentPlan.BOOKABLE).order_by("latest", "pk")[:DUE_READ]
    if approves:
        proposed = due.filter(number=1, plan__state=PlanState.PROPOSED).order_by("plan__proposed_at", "pk")
        either = Q(pk__in=proposed.values("pk")[:DUE_READ]) | Q(pk__in=rows.values("pk"))
        rows = Sitting.objects.filter(either).order_by("latest", "pk")
    siblings = of_the_plan.filter(state=SittingState.DUE).order_by().values("plan")
    to_place = Subquery(siblings.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    later = Exists(of_the_plan.filter(state=SittingState.BOOKED, number__gt=OuterRef("number")))
    fields = ("plan", "pk", "number", "latest", "plan__patient__given_name", "plan__patient__surname", "plan__state")
    return rows.values_list(*fields, "plan__protocol__name_en", "plan__protocol__name_it", to_place, later)


def _overtaken(waiting: Waiting) -> Kind:
    """Booked time that an absence, a closure or a holiday has overtaken."""
    slots = [slot for slot in waiting.slots if not slot.missed]
    return Kind("overtaken", _("Has to move"), len(slots), tuple(_to_move(slot) for slot in slots[:MOST_OF_EACH]))


def _to_move(slot: Slot) -> Need:
    when = f"{date_format(slot.starts, 'D j b')}, {slot.starts:%H:%M}"
    why = _("%(practitioner)s away or closed: booked %(when)s") % {"practitioner": slot.practitioner, "when": when}
    return Need(_("%(patient)s has to move") % {"patient": slot.patient}, why, _("Move"), "appointment_move", slot.pk)


def _freed(waiting: Waiting) -> Kind:
    """Slots that became free and fit somebody who waits, soonest first; not those being offered."""
    found = free_for_who_waits(waiting.site, waiting.now)
    lines = tuple(_to_offer(free, count) for free, count in found[:MOST_OF_EACH])
    return Kind("freed", _("Free for who waits"), len(found), lines, "waiting_list")


def _to_offer(free: Free, count: int) -> Need:
    when = f"{date_format(free.starts, 'D j b')}, {free.starts:%H:%M}"
    what = _("Free: %(when)s, %(practitioner)s") % {"when": when, "practitioner": free.practitioner_name}
    why = ngettext("%(minutes)s min · fits %(n)s who waits", "%(minutes)s min · fits %(n)s who wait", count)
    return Need(what, why % {"minutes": free.minutes, "n": count}, _("Offer"), "waiting_slot", free.pk)


def _missed(waiting: Waiting) -> Kind:
    """What somebody did not come to, the latest first."""
    slots = [*waiting.missed.values(), *waiting.missed_visits]
    slots.sort(key=attrgetter("starts"), reverse=True)
    return Kind("missed", _("Did not come"), len(slots), tuple(_to_rebook(slot) for slot in slots[:MOST_OF_EACH]))


def _to_rebook(slot: Slot) -> Need:
    what = _("%(patient)s did not come") % {"patient": slot.patient}
    if slot.sitting is None:
        why = f"{slot.kind} · {date_format(slot.starts, 'D j b')}, {slot.starts:%H:%M}"
        return Need(what, why, _("Rebook"), "appointment", slot.pk)
    window = _("sitting %(number)s · window closes %(day)s")
    why = window % {"number": slot.number, "day": date_format(slot.latest, "D j b") if slot.latest else ""}
    return Need(what, why, _("Rebook"), "book_sitting", slot.sitting)


def _closing(waiting: Waiting) -> Kind:
    """Sittings without a slot of which the window closes within CLOSING days, or has closed."""
    missed = waiting.missed
    due = [due for due in waiting.to_book if due.left <= CLOSING and due.sitting not in missed]
    lines = tuple(_to_hurry(each) for each in due[:MOST_OF_EACH])
    return Kind("closing", _("Window closing"), len(due), lines, "to_book")


def _to_hurry(due: Due) -> Need:
    return _to_find(due, f"{closes_words(due.left)} · {_to_place(due.to_place)}")


def _to_find(due: Due, why: str) -> Need:
    what = _("%(patient)s: sitting %(number)s has no slot") % {"patient": due.patient, "number": due.number}
    if due.to_place == 1:
        return Need(what, why, _("Find a slot"), "book_sitting", due.sitting)
    return Need(what, why, _("Book cycle"), "book_cycle", due.plan)


def _to_approve(waiting: Waiting) -> Kind:
    """Plans a doctor has to look at; read only for those who may approve them."""
    due = [due for due in waiting.plans if due.state == PlanState.PROPOSED]
    lines = tuple(
        Need(_("%(patient)s: plan to approve") % {"patient": each.patient}, each.protocol, _("Open"), "plan", each.plan)
        for each in due[:MOST_OF_EACH]
    )
    return Kind("approval", _("Waits for approval"), len(due), lines, "review")


def _unbooked(waiting: Waiting) -> Kind:
    """Cycles not booked on, and not pressing yet."""
    due = [due for due in waiting.to_book if due.left > CLOSING]
    lines = tuple(_to_book(each) for each in due[:MOST_OF_EACH])
    return Kind("unbooked", _("Cycle not booked on"), len(due), lines, "to_book")


def _to_book(due: Due) -> Need:
    if due.within:
        return _to_find(due, _to_place(due.to_place))
    if due.number > 1:
        what = _("%(patient)s: cycle not booked past %(number)s") % {"patient": due.patient, "number": due.number - 1}
    else:
        what = _("%(patient)s: cycle not booked yet") % {"patient": due.patient}
    return Need(what, _to_place(due.to_place), _("Book cycle"), "book_cycle", due.plan)


def _to_place(count: int) -> str:
    return ngettext("%(n)s sitting to place", "%(n)s sittings to place", count) % {"n": count}


KINDS: tuple[Callable[[Waiting], Kind], ...] = (_overtaken, _freed, _missed, _closing, _to_approve, _unbooked)
"""Every kind of line, most pressing first."""
