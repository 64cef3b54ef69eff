"""A patient at a glance: the next appointment, what suits, what was kept, the plans, what happened lately."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import groupby, islice
from typing import Any

from django.db.models import Case, OuterRef, Q, Subquery, When
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format, time_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from patients.models import Patient
from scheduling.models import (
    Appointment,
    PlanState,
    Practitioner,
    Status,
    TreatmentPlan,
)
from scheduling.models.appointments import OF_THE_PATIENT
from scheduling.selectors.plan_history import Event
from scheduling.selectors.plans import Progress, progress_of
from scheduling.selectors.preferences import Wishes, wishes_of
from scheduling.selectors.ribbon import Ribbon, draw_ribbon
from scheduling.selectors.ribbon_terms import bands_of, dots_of

# Notice too short to give the time to somebody else, as the desk counts it (the product's own).
SHORT_NOTICE = timedelta(hours=24)
MOST_EVENTS = 12
RECORDS_READ = 100
# What goes on comes first, then what is to come, then what has ended.
ORDER = (
    PlanState.RUNNING,
    PlanState.APPROVED,
    PlanState.PAUSED,
    PlanState.PROPOSED,
    PlanState.DRAFT,
    PlanState.COMPLETED,
    PlanState.STOPPED,
)
ENDED = (PlanState.COMPLETED, PlanState.STOPPED)


@dataclass(frozen=True, slots=True)
class NextAppointment:
    """An appointment to come: local time of its site, what it is, and whether it can be moved or cancelled."""

    pk: int
    starts: datetime
    what: str
    where: str
    may_move: bool
    may_cancel: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """How many appointments a patient kept, missed, and cancelled themselves less than SHORT_NOTICE before."""

    completed: int
    missed: int
    cancelled_late: int


@dataclass(frozen=True, slots=True)
class PlanCard:
    """One plan with its figures; the ribbon is drawn only while there is something to come."""

    plan: TreatmentPlan
    progress: Progress
    ribbon: Ribbon | None
    since: date | None


@dataclass(frozen=True, slots=True)
class PatientPage:
    """Everything the overview shows besides the patient."""

    age: int
    coming: tuple[NextAppointment, ...]
    prefers: str
    not_on: tuple[str, ...]
    kept: Kept
    cards: tuple[PlanCard, ...]
    events: tuple[Event, ...]

    @property
    def next(self) -> NextAppointment | None:
        """The first appointment to come."""
        return next(iter(self.coming), None)


def patient_page(patient: Patient, now: datetime) -> PatientPage:
    """The overview of `patient` at `now`, in a fixed number of queries for any number of plans and appointments."""
    plans = _plans(patient)
    zone = plans[0].site.zone if plans else timezone.get_current_timezone()
    today = timezone.localdate(now, zone)
    cards = tuple(_card(plan, today) for plan in plans)
    wishes = wishes_of(patient, today)
    return PatientPage(
        age=age(patient.birth_date, today),
        coming=_coming(patient, now),
        prefers=_prefers(wishes),
        not_on=tuple(_span(first, last) for first, last in wishes.unavailable),
        kept=_kept(patient),
        cards=cards,
        events=tuple(islice(_events(patient, _numbers(plans), zone), MOST_EVENTS)),
    )


def age(born: date, today: date) -> int:
    """Full years of somebody born on a date."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _plans(patient: Patient) -> list[TreatmentPlan]:
    """The patient's plans, what goes on first. Four queries."""
    plans = TreatmentPlan.objects.filter(patient=patient).select_related("protocol", "site")
    found = plans.prefetch_related("phases", "sittings__phase")
    return sorted(found, key=lambda plan: ORDER.index(PlanState(plan.state)))


def _numbers(plans: Sequence[TreatmentPlan]) -> dict[int, int]:
    """The number of each sitting by its key."""
    return {sitting.pk: sitting.number for plan in plans for sitting in plan.sittings.all()}


def _card(plan: TreatmentPlan, today: date) -> PlanCard:
    sittings = list(plan.sittings.all())
    phases = list(plan.phases.all())
    given = [sitting.given for sitting in sittings if sitting.given]
    return PlanCard(
        plan=plan,
        progress=progress_of(sittings, today, open_ended=any(phase.goes_on for phase in phases)),
        ribbon=None if plan.state in ENDED else draw_ribbon(dots_of(sittings), bands_of(phases), today),
        since=min(given, default=None),
    )


def _coming(patient: Patient, now: datetime) -> tuple[NextAppointment, ...]:
    """All that the patient is expected at, the next first. One query."""
    agreed = Appointment.objects.agreed(now).filter(patient=patient)
    rows = agreed.select_related("sitting", "practitioner", "room__site").order_by("starts")
    return tuple(_next(row, now) for row in rows)


def _next(row: Appointment, now: datetime) -> NextAppointment:
    return NextAppointment(
        pk=row.pk,
        starts=timezone.localtime(row.starts, row.room.site.zone),
        what=capfirst(str(row.sitting) if row.sitting else row.get_kind_display()),
        where=f"{row.practitioner} · {row.room}",
        may_move=row.status == Status.BOOKED and row.starts > now,
        may_cancel=row.status in (Status.BOOKED, Status.ARRIVED),
    )


def _prefers(wishes: Wishes) -> str:
    """The days, hours and practitioner a patient would rather have, in words; empty when anything suits."""
    parts = [", ".join(str(WEEKDAYS_ABBR[day]) for day in wishes.weekdays)]
    if wishes.from_time and wishes.until_time:
        parts.append(f"{time_format(wishes.from_time)}–{time_format(wishes.until_time)}")
    elif wishes.from_time:
        parts.append(_("from %(time)s") % {"time": time_format(wishes.from_time)})
    elif wishes.until_time:
        parts.append(_("until %(time)s") % {"time": time_format(wishes.until_time)})
    who = str(Practitioner.objects.get(pk=wishes.practitioner)) if wishes.practitioner else ""
    return " · ".join(part for part in (" ".join(part for part in parts if part), who) if part)


def _span(first: date, last: date) -> str:
    if first == last:
        return date_format(first, "j b Y")
    return f"{date_format(first, 'j b')} – {date_format(last, 'j b Y')}"


def _kept(patient: Patient) -> Kept:
    """One query. When an appointment was cancelled only its history knows."""
    ended = Q(status__in=[Status.COMPLETED, Status.NO_SHOW])
    ended |= Q(status=Status.CANCELLED, cancel_reason__in=OF_THE_PATIENT)
    past = Appointment.history.filter(id=OuterRef("pk"), status=Status.CANCELLED)  # type: ignore[attr-defined]
    first = Subquery(past.order_by("history_date").values("history_date")[:1])
    rows = Appointment.objects.filter(ended, patient=patient).order_by()
    told = rows.annotate(cancelled_at=Case(When(status=Status.CANCELLED, then=first)))
    counts: Counter[str] = Counter()
    for status, starts, cancelled_at in told.values_list("status", "starts", "cancelled_at"):
        counts[status] += 1 if cancelled_at is None else starts - cancelled_at < SHORT_NOTICE
    return Kept(counts[Status.COMPLETED], counts[Status.NO_SHOW], counts[Status.CANCELLED])


def _events(patient: Patient, numbers: dict[int, int], zone: tzinfo) -> Iterator[Event]:
    """What happened to the patient's appointments, newest first; a cycle booked at once is one event. One query."""
    read = Appointment.history.filter(patient=patient).select_related("history_user")  # type: ignore[attr-defined]
    records = list(read.order_by("-history_date", "-history_id")[:RECORDS_READ])
    before = _before_each(records)
    for _key, together in groupby(records, key=lambda record: _press(record, before[record.history_id])):
        group = list(together)
        record = group[0]
        if len(group) > 1:
            what = _together(record, len(group))
        else:
            what = _what(record, before[record.history_id], numbers, zone)
        if what:
            who = str(record.history_user) if record.history_user else ""
            one = record.id if len(group) == 1 else None
            yield Event(timezone.localtime(record.history_date, zone), who, what, one)


def _before_each(records: Sequence[Any]) -> dict[int, Any]:
    """The record before each one, of the same appointment; nothing where it was not read."""
    before: dict[int, Any] = {}
    later: dict[int, Any] = {}
    for record in records:
        before[record.history_id] = None
        if record.id in later:
            before[later[record.id].history_id] = record
        later[record.id] = record
    return before


def _press(record: Any, before: Any) -> tuple[object, ...]:
    """What records of one press share: what one person booked, reserved or confirmed in one minute is one event."""
    if record.history_type == "+" or (before and before.status == Status.RESERVED):
        return record.history_user_id, record.status, record.history_date.replace(second=0, microsecond=0)
    return (record.history_id,)


def _together(record: Any, count: int) -> str:
    """Several appointments in words; nothing when a reservation has ended without a booking."""
    if record.status == Status.CANCELLED:
        return ""
    if record.status == Status.RESERVED:
        words = ngettext("%(count)s appointment reserved", "%(count)s appointments reserved", count)
    else:
        words = ngettext("%(count)s appointment booked", "%(count)s appointments booked", count)
    return words % {"count": count}


def _what(record: Any, before: Any, numbers: dict[int, int], zone: tzinfo) -> str:
    """One step of an appointment in words; nothing for steps that say little once the day is over."""
    number = numbers.get(record.sitting_id)
    subject = _("Sitting %(number)s") % {"number": number} if number else str(record.get_kind_display()).capitalize()
    said = {"what": subject, "when": date_format(timezone.localtime(record.starts, zone), "D j b, H:i")}
    if before is None and record.history_type != "+":
        return ""
    if before is None and record.status == Status.RESERVED:
        return _("%(what)s reserved for %(when)s") % said
    if before is None or (before.status, record.status) == (Status.RESERVED, Status.BOOKED):
        return _("%(what)s booked for %(when)s") % said
    if record.status != before.status:
        sentences = {
            Status.COMPLETED: _("%(what)s completed"),
            Status.NO_SHOW: _("%(what)s: did not come on %(when)s"),
            Status.CANCELLED: _("%(what)s of %(when)s cancelled"),
        }
        return sentences.get(record.status, "") % said
    if record.starts != before.starts:
        return _("%(what)s moved to %(when)s") % said
    return ""
