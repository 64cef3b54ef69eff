"""A day as it happens: arrived, in treatment, completed, no-show, cancelled. One table says what may follow what."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from clinic.models import User
from scheduling.engine.protocol import Follow, respace
from scheduling.models import (
    Appointment,
    BookingKey,
    CancelReason,
    Kind,
    PlanState,
    Sitting,
    SittingState,
    SlotOffer,
    Status,
    TreatmentPlan,
)
from scheduling.services.busy_masks import Touched, store_touched
from scheduling.services.clashes import locked_sittings
from scheduling.services.freed import keep_freed
from scheduling.services.lines import resources_of
from scheduling.services.locking import lock_resources, retried
from scheduling.services.recalls import extend_recalls
from scheduling.services.refusals import Refused, Stale
from scheduling.services.sittings import count_change, free_sittings, refresh_windows, story

TRANSITIONS: Mapping[str, frozenset[str]] = {
    Status.RESERVED: frozenset({Status.BOOKED, Status.CANCELLED}),
    Status.BOOKED: frozenset({Status.ARRIVED, Status.NO_SHOW, Status.CANCELLED}),
    Status.ARRIVED: frozenset({Status.IN_TREATMENT, Status.CANCELLED}),
    Status.IN_TREATMENT: frozenset({Status.COMPLETED}),
    Status.COMPLETED: frozenset(),
    Status.NO_SHOW: frozenset(),
    Status.CANCELLED: frozenset(),
}
STAMPS: Mapping[str, str] = {
    Status.ARRIVED: "arrived_at",
    Status.IN_TREATMENT: "started_at",
    Status.COMPLETED: "finished_at",
}


def mark_arrived(*, appointment: Appointment, now: datetime, version: int | None = None) -> Appointment:
    """The patient is here. Refused before the day of the appointment."""
    return _step(appointment, Status.ARRIVED, now, version)


def start_treatment(*, appointment: Appointment, now: datetime, version: int | None = None) -> Appointment:
    """The patient is in the room."""
    return _step(appointment, Status.IN_TREATMENT, now, version)


def complete(*, appointment: Appointment, now: datetime, version: int | None = None) -> Appointment:
    """The appointment is done; a sitting gets its given date, and the windows after it are counted from it."""
    return _step(appointment, Status.COMPLETED, now, version, then=_give)


def mark_no_show(*, appointment: Appointment, now: datetime, version: int | None = None) -> Appointment:
    """The patient did not come; the sitting is due again. Refused before the appointment has begun."""
    return _step(appointment, Status.NO_SHOW, now, version, then=_free)


def cancel_appointment(
    *, appointment: Appointment, reason: str, by: User, now: datetime, note: str = "", version: int | None = None
) -> Appointment:
    """Cancels with a reason from the list; the sitting is due again."""
    if reason not in CancelReason.values:
        raise Refused(_("Choose why it is cancelled."), "reason")
    changes = {"cancel_reason": reason, "cancel_note": note.strip(), "_history_user": by}

    def cancel() -> Appointment:
        with transaction.atomic():
            # The one step that frees time. The locks come before the row's, as in a booking.
            lock_resources(resources_of(appointment))
            return _step(appointment, Status.CANCELLED, now, version, then=_free_time, changes=changes)

    return retried(cancel)


def cancel_booking(
    *,
    booking: BookingKey,
    reason: CancelReason,
    by: User,
    those: Callable[[list[Appointment]], list[Appointment]] = list,
) -> int:
    """Cancels all that one press has booked and that is still booked, in one transaction; says how many that were.

    `those` picks among them once nobody else can change them, or refuses.
    """
    with transaction.atomic():
        rows = Appointment.objects.filter(booking=booking, status=Status.BOOKED)
        # A booking never gains appointments, so what is locked covers whatever is still booked by then.
        lock_resources(resource for row in rows for resource in resources_of(row))
        locked = rows.select_related("room__site").select_for_update(of=("self",))
        found = those(list(locked.order_by("pk")))
        sittings = locked_sittings([row.sitting_id for row in found if row.sitting_id])
        for row in found:
            row.status, row.cancel_reason = Status.CANCELLED, reason
            row.version += 1
        bulk_update_with_history(found, Appointment, ["status", "cancel_reason", "version"], default_user=by)
        free_sittings(list(sittings), by_mistake=reason == CancelReason.MISTAKE)
        keep_freed(found)
        store_touched(Touched(row.room.site, resources_of(row), row.starts) for row in found)
    return len(found)


def _step(
    appointment: Appointment,
    to: Status,
    now: datetime,
    version: int | None,
    *,
    then: Callable[[Appointment], None] | None = None,
    changes: Mapping[str, object] | None = None,
) -> Appointment:
    """One transition on the row as it is now, and what follows from it; a second press of the same button is none."""
    with transaction.atomic():
        stored = locked(appointment)
        if pressed_already(stored, [to], version):
            return stored
        check_version(stored, version)
        _check_step(stored, to, now)
        if to == Status.CANCELLED and resources_of(stored) != resources_of(appointment):
            raise _changed()  # it has moved, and its locks are others now
        stored.status = to
        if to in STAMPS:
            setattr(stored, STAMPS[to], now)
        for name, value in (changes or {}).items():
            setattr(stored, name, value)
        stored.version += 1
        stored.save()
        if then:
            then(stored)
    return stored


def locked(appointment: Appointment) -> Appointment:
    """The row as it is now, with its sitting and plan; nobody else changes any of them until the transaction ends."""
    rows = Appointment.objects.select_for_update(of=("self",))
    stored = rows.select_related("room__site", "patient").get(pk=appointment.pk)
    if stored.sitting_id:
        stored.sitting = locked_sittings([stored.sitting_id])[stored.sitting_id]
    return stored


def pressed_already(stored: Appointment, to: Collection[str], version: int | None) -> bool:
    """Whether the row is exactly one step past what the person saw, and that step is the one asked for."""
    return version is not None and stored.version == version + 1 and stored.status in to


def check_version(stored: Appointment, version: int | None) -> None:
    if version is not None and stored.version != version:
        raise _changed()


def _changed() -> Stale:
    return Stale(_("Somebody else changed this appointment: here it is as it stands now."))


def may_become(appointment: Appointment, to: Status, now: datetime) -> bool:
    """Whether the step to a status could be taken at `now`. One query for what is only reserved."""
    try:
        _check_step(appointment, to, now)
    except Refused:
        return False
    return True


def _check_step(stored: Appointment, to: Status, now: datetime) -> None:
    if to not in TRANSITIONS[stored.status]:
        sentence = _("%(patient)s is %(now)s: that cannot become %(then)s.")
        raise Refused(
            sentence % {"patient": stored.patient, "now": stored.get_status_display(), "then": Status(to).label}
        )
    if stored.status == Status.RESERVED and SlotOffer.objects.filter(appointment=stored, answer="").exists():
        raise Refused(_("This time is kept as an offer: note the answer on the waiting list, which frees it."))
    zone = stored.room.site.zone
    if to == Status.ARRIVED and timezone.localdate(stored.starts, zone) > timezone.localdate(now, zone):
        raise Refused(_("This appointment is on another day: move it first if the patient is here today."))
    if to == Status.NO_SHOW and stored.starts > now:
        raise Refused(_("The appointment has not begun yet: nobody can have missed it."))


def local_day(appointment: Appointment) -> date:
    return timezone.localdate(appointment.starts, appointment.room.site.zone)


def _free(appointment: Appointment) -> None:
    if appointment.sitting_id:
        free_sittings([appointment.sitting_id], by_mistake=appointment.cancel_reason == CancelReason.MISTAKE)


def _free_time(appointment: Appointment) -> None:
    _free(appointment)
    keep_freed([appointment])
    store_touched([Touched(appointment.room.site, resources_of(appointment), appointment.starts)])


def _give(appointment: Appointment) -> None:
    """Writes the given date of a sitting and lets the rest of the plan follow by the plan's rule."""
    sitting = appointment.sitting
    if sitting is None or appointment.kind != Kind.SITTING:
        return
    day = local_day(appointment)
    sitting.state, sitting.given = SittingState.COMPLETED, day
    sitting.save()
    plan = sitting.plan
    follow(plan, sitting.number)
    extend_recalls(plan, day)
    states = {row.state for row in refresh_windows(plan)}
    if states <= {SittingState.COMPLETED, SittingState.SKIPPED}:
        plan.state = PlanState.COMPLETED
    elif plan.state == PlanState.APPROVED:
        plan.state = PlanState.RUNNING
    count_change(plan)


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
