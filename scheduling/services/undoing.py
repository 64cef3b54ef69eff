"""The booking of a whole cycle undone as one act: for a day, all of it that nobody has touched since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from clinic.models import User
from scheduling.models import Appointment, BatchLine, BookingKey, CancelReason, LineState, Status, TreatmentPlan
from scheduling.services.locking import retried
from scheduling.services.proposing import start_later
from scheduling.services.refusals import Refused, Stale
from scheduling.services.sittings import is_begun
from scheduling.services.tracking import cancel_booking

# As long as a move can be undone and a cancellation taken back.
UNDO_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Undoable:
    """A booking of several sittings that can still be undone: `count` of the `of` it made are as they were booked."""

    booking: BookingKey
    count: int
    of: int


def last_booking(plan: TreatmentPlan, now: datetime) -> Undoable | None:
    """The last booking of several sittings of `plan` of which anything can still be undone at `now`. One query.

    What was booked alone is undone, or cancelled, on its own page.
    """
    rows = Appointment.objects.filter(sitting__plan=plan, booking__made_at__gt=now - UNDO_FOR, reserved_until=None)
    rows = rows.select_related("booking__made_by", "booking__reservation").order_by("-booking", "starts")
    for booking, own in groupby(rows, key=lambda row: row.booking):
        made = list(own)
        untouched = _untouched(booking, made) if booking else []
        if booking and untouched and len(made) > 1:
            return Undoable(booking, len(untouched), len(made))
    return None


def _untouched(booking: BookingKey, rows: Sequence[Appointment]) -> list[Appointment]:
    """Those that are still as the press has booked them; what was reserved first has been confirmed since."""
    version = 2 if hasattr(booking, "reservation") else 1
    return [row for row in rows if (row.status, row.version) == (Status.BOOKED, version)]


def undo_booking(*, plan: TreatmentPlan, key: UUID, seen: int, by: User, now: datetime) -> int:
    """Cancels, as booked by mistake and in one transaction, what was booked with `key` and not touched since.

    Says how many that were; none when the booking is undone already. The plan is as it was before, if all of it was.
    Raises Stale when they are no longer as many as `seen`, Refused after a day or when nothing is left to undo.
    """
    rows = BookingKey.objects.select_related("reservation").filter(key=key, appointments__sitting__plan=plan)
    booking = rows.first()
    if booking is None:
        raise Refused(_("This page is damaged or too old: choose again."))
    if booking.made_at <= now - UNDO_FOR:
        raise Refused(_("This was booked more than a day ago: what is no longer wanted is cancelled one by one."))

    def undo() -> int:
        with transaction.atomic():
            freed = _undone(booking, seen, by)
            if freed and booking.later and not is_begun(plan):
                start_later(plan, -booking.later)
        return freed

    return retried(undo)


def _undone(booking: BookingKey, seen: int, by: User) -> int:
    def as_seen(found: list[Appointment]) -> list[Appointment]:
        left = _untouched(booking, found)
        if left and len(left) != seen:
            sentence = _("Sittings of this booking have been moved, received or cancelled since: nothing was undone.")
            raise Stale(sentence)
        return left

    # The line of a batch comes before the resources, as where it is taken back.
    line = BatchLine.objects.select_for_update().filter(booking=booking).first()
    freed = cancel_booking(booking=booking, reason=CancelReason.MISTAKE, by=by, those=as_seen)
    if not freed:
        if booking.appointments.exclude(cancel_reason=CancelReason.MISTAKE).exists():
            raise Refused(_("All sittings of this booking have been moved, received or cancelled since."))
        return 0
    if line:
        line.state = LineState.TAKEN_BACK
        line.save()
    return freed
