"""Presses that were a mistake, taken back: the step before, and for a day what was cancelled."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from scheduling.models import Appointment, PlanState, SittingState, Status
from scheduling.services.busy_masks import Touched, store_touched
from scheduling.services.clashes import check_bookable, check_free, check_gaps
from scheduling.services.lines import line_of, resources_of
from scheduling.services.locking import lock_resources, retried
from scheduling.services.open_time import check_open
from scheduling.services.refusals import Refused
from scheduling.services.reserved import cancel_expired, reserved_of
from scheduling.services.sittings import count_change, refresh_windows
from scheduling.services.tracking import STAMPS, check_version, local_day, locked, pressed_already

# Where taking a press back leads. Completing is final; what was cancelled goes back to what it was.
BACK: Mapping[str, Status] = {
    Status.ARRIVED: Status.BOOKED,
    Status.IN_TREATMENT: Status.ARRIVED,
    Status.NO_SHOW: Status.BOOKED,
}
CANCELLED_FOR = timedelta(days=1)


def may_step_back(appointment: Appointment, now: datetime) -> bool:
    """Whether the last press can be taken back; of a cancellation for a day. One query for what is cancelled."""
    if appointment.status != Status.CANCELLED:
        return appointment.status in BACK
    # What was only reserved was never anybody's, so there is nothing to go back to.
    return appointment.reserved_until is None and now - _cancelled_at(appointment) < CANCELLED_FOR


def step_back(*, appointment: Appointment, now: datetime, version: int | None = None) -> Appointment:
    """Takes the last press back: arrived to booked, in treatment to arrived, no-show or cancelled to booked.

    Raises SlotTaken when somebody has the time of what was cancelled, Stale, and Refused for what cannot be.
    """

    def back() -> Appointment:
        with transaction.atomic():
            # What was cancelled takes time again: the locks come before the row's, as in a booking.
            lock_resources(resources_of(appointment))
            return _step_back(appointment, now, version)

    return retried(back)


def _step_back(appointment: Appointment, now: datetime, version: int | None) -> Appointment:
    stored = locked(appointment)
    if pressed_already(stored, BACK.values(), version):
        return stored
    check_version(stored, version)
    undone = stored.status
    if not may_step_back(stored, now):
        raise Refused(
            _("This appointment is %(status)s: that cannot be undone.") % {"status": stored.get_status_display()}
        )
    if undone == Status.CANCELLED:
        _take_again(stored, now)
    if undone in (Status.CANCELLED, Status.NO_SHOW):
        _book_again(stored, now)
    stored.status = _before(stored)
    stored.cancel_reason = stored.cancel_note = ""
    if undone in STAMPS:
        setattr(stored, STAMPS[undone], None)
    stored.version += 1
    stored.save()
    if undone == Status.CANCELLED:
        store_touched([Touched(stored.room.site, resources_of(stored), stored.starts)])
    return stored


def _before(appointment: Appointment) -> Status:
    if appointment.status != Status.CANCELLED:
        return BACK[appointment.status]
    return Status.ARRIVED if appointment.arrived_at else Status.BOOKED


def _cancelled_at(appointment: Appointment) -> datetime:
    at: datetime = appointment.history.latest().history_date  # type: ignore[attr-defined]
    return at


def _take_again(appointment: Appointment, now: datetime) -> None:
    """Refuses when the time of what was cancelled is somebody else's by now, or lost."""
    line = line_of(appointment)
    cancel_expired(now)
    check_free([line])
    if line.starts > now:
        check_open(line, now, without=[appointment.pk])


def _book_again(appointment: Appointment, now: datetime) -> None:
    sitting = appointment.sitting
    if sitting is None:
        return
    if sitting.state != SittingState.DUE:
        raise Refused(_("This sitting has been booked again since."))
    cancel_expired(now)
    if any(row.sitting_id == sitting.pk for row in reserved_of([sitting.plan_id])):
        raise Refused(_("This sitting is reserved at another time: confirm that or give it back first."))
    check_bookable(sitting.plan)
    # While it was due, the sittings around it may have moved closer to that day.
    check_gaps(sitting.plan, {sitting.pk: line_of(appointment)})
    sitting.state, sitting.booked = SittingState.BOOKED, local_day(appointment)
    sitting.save()
    if sitting.plan.state == PlanState.APPROVED:
        sitting.plan.state = PlanState.RUNNING
    count_change(sitting.plan)
    refresh_windows(sitting.plan)
