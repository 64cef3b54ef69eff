"""A day as it happens: arrived, in treatment, completed, no-show, cancelled. One table says what may follow what."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from clinic.models import User
from scheduling.engine.protocol import Follow, respace
from scheduling.models import Appointment, CancelReason, Kind, PlanState, Sitting, SittingState, Status, TreatmentPlan
from scheduling.services.booking import free_sittings
from scheduling.services.refusals import Refused, Stale
from scheduling.services.sittings import refresh_windows, story

TRANSITIONS: Mapping[str, frozenset[str]] = {
    Status.RESERVED: frozenset({Status.BOOKED, Status.CANCELLED}),
    Status.BOOKED: frozenset({Status.ARRIVED, Status.NO_SHOW, Status.CANCELLED}),
    Status.ARRIVED: frozenset({Status.IN_TREATMENT, Status.BOOKED, Status.CANCELLED}),
    Status.IN_TREATMENT: frozenset({Status.COMPLETED, Status.ARRIVED}),
    Status.COMPLETED: frozenset(),
    Status.NO_SHOW: frozenset({Status.BOOKED}),
    Status.CANCELLED: frozenset(),
}


def mark_arrived(*, appointment: Appointment, now: datetime, version: int | None = None) -> Appointment:
    """The patient is here. Refused before the day of the appointment."""
    return _step(appointment, Status.ARRIVED, now, version)


def start_treatment(*, appointment: Appointment, now: datetime, version: int | None = None) -> Appointment:
    """The patient is in the room."""
    return _step(appointment, Status.IN_TREATMENT, now, version)


def complete(*, appointment: Appointment, now: datetime, version: int | None = None) -> Appointment:
    """The appointment is done; a sitting gets its given date, and the windows after it are counted from it."""
    with transaction.atomic():
        done = _step(appointment, Status.COMPLETED, now, version)
        if done.kind == Kind.SITTING and done.sitting:
            _give(done.sitting, timezone.localdate(done.starts, done.room.site.zone))
    return done


def mark_no_show(*, appointment: Appointment, now: datetime, version: int | None = None) -> Appointment:
    """The patient did not come; the sitting is due again. Refused before the appointment has begun."""
    if appointment.starts > now:
        raise Refused(_("The appointment has not begun yet: nobody can have missed it."))
    with transaction.atomic():
        missed = _step(appointment, Status.NO_SHOW, now, version)
        if missed.sitting_id:
            free_sittings([missed.sitting_id])
    return missed


def step_back(*, appointment: Appointment, now: datetime, version: int | None = None) -> Appointment:
    """Takes the last press back: arrived to booked, in treatment to arrived, no-show to booked."""
    back = {Status.ARRIVED: Status.BOOKED, Status.IN_TREATMENT: Status.ARRIVED, Status.NO_SHOW: Status.BOOKED}
    if appointment.status not in back:
        raise Refused(_("What is %(status)s cannot be taken back.") % {"status": appointment.get_status_display()})
    with transaction.atomic():
        was_missed = appointment.status == Status.NO_SHOW
        again = _step(appointment, back[Status(appointment.status)], now, version)
        if was_missed and again.sitting:
            _book_again(again)
    return again


def cancel_appointment(
    *, appointment: Appointment, reason: str, by: User, now: datetime, note: str = "", version: int | None = None
) -> Appointment:
    """Cancels with a reason from the list; the sitting is due again."""
    if reason not in CancelReason.values:
        raise Refused(_("Choose why it is cancelled."), "reason")
    with transaction.atomic():
        cancelled = _step(appointment, Status.CANCELLED, now, version, cancel_reason=reason, cancel_note=note.strip())
        if cancelled.sitting_id:
            free_sittings([cancelled.sitting_id])
    return cancelled


STAMPS = {Status.ARRIVED: "arrived_at", Status.IN_TREATMENT: "started_at", Status.COMPLETED: "finished_at"}


def _step(appointment: Appointment, to: Status, now: datetime, version: int | None, **changes: object) -> Appointment:
    """One transition on the row as it is now; refused with a sentence when the table does not allow it."""
    with transaction.atomic():
        rows = Appointment.objects.select_for_update(of=("self",)).select_related(
            "sitting__plan", "room__site", "patient"
        )
        stored = rows.get(pk=appointment.pk)
        if version is not None and stored.version != version:
            raise Stale(_("Somebody else changed this appointment: here it is as it stands now."))
        _check_step(stored, to, now)
        stored.status = to
        if to in STAMPS:
            setattr(stored, STAMPS[to], now)
        for name, value in changes.items():
            setattr(stored, name, value)
        stored.version += 1
        stored.save()
    return stored


def _check_step(stored: Appointment, to: Status, now: datetime) -> None:
    if to not in TRANSITIONS[stored.status]:
        sentence = _("%(patient)s is %(now)s: that cannot become %(then)s.")
        raise Refused(
            sentence % {"patient": stored.patient, "now": stored.get_status_display(), "then": Status(to).label}
        )
    zone = stored.room.site.zone
    if to == Status.ARRIVED and timezone.localdate(stored.starts, zone) > timezone.localdate(now, zone):
        raise Refused(_("This appointment is on another day: move it first if the patient is here today."))


def _book_again(appointment: Appointment) -> None:
    sitting = appointment.sitting
    assert sitting is not None
    if sitting.state != SittingState.DUE:
        raise Refused(_("This sitting has been booked again since."))
    sitting.state = SittingState.BOOKED
    sitting.booked = timezone.localdate(appointment.starts, appointment.room.site.zone)
    sitting.save()
    refresh_windows(sitting.plan)


def _give(sitting: Sitting, day: date) -> None:
    """Writes the given date and lets the rest of the plan follow by the plan's rule."""
    sitting.state, sitting.given = SittingState.COMPLETED, day
    sitting.save()
    plan = TreatmentPlan.objects.select_for_update().get(pk=sitting.plan_id)
    follow(plan, sitting.number)
    states = {row.state for row in refresh_windows(plan)}
    if states <= {SittingState.COMPLETED, SittingState.SKIPPED}:
        plan.state = PlanState.COMPLETED
    elif plan.state == PlanState.APPROVED:
        plan.state = PlanState.RUNNING
    plan.version += 1
    plan.save()


def follow(plan: TreatmentPlan, number: int) -> None:
    """Moves the ideal dates after sitting `number` when the plan's rule says they shift with it."""
    if plan.follow != Follow.RE_ANCHOR:
        return
    sittings, told = story(plan)
    rows = {sitting.number: sitting for sitting in sittings}
    changed = []
    for dates in respace(told, number, Follow.RE_ANCHOR):
        row = rows[dates.number]
        if (row.ideal, row.gap) != (dates.ideal, dates.gap):
            row.ideal, row.gap = dates.ideal, dates.gap
            changed.append(row)
    bulk_update_with_history(changed, Sitting, ["ideal", "gap"])
