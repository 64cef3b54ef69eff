"""Time that is only reserved: found, cancelled when it ran out or was given back, and what stands aside for whom."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from clinic.models import User
from scheduling.models import Appointment, CancelReason, Status
from scheduling.services.clashes import reserved_words
from scheduling.services.refusals import SlotTaken
from scheduling.services.sittings import free_sittings


def cancel_expired(now: datetime) -> None:
    """Cancels the reservations that ran out. The database cannot see the clock, so it is told before each booking."""
    rows = Appointment.objects.filter(status=Status.RESERVED, reserved_until__lte=now)
    # In the order of the index on what is reserved: by number alone, SQLite would look through every appointment.
    expired = list(rows.select_for_update().order_by("reserved_until", "pk"))
    if not expired:
        return
    cancel_reserved(expired, CancelReason.EXPIRED)
    free_sittings([appointment.sitting_id for appointment in expired if appointment.sitting_id])


def cancel_reserved(rows: Sequence[Appointment], reason: CancelReason, by: User | None = None) -> None:
    """Cancels locked reservations; their sittings were due all along."""
    for appointment in rows:
        appointment.status, appointment.cancel_reason = Status.CANCELLED, reason
        appointment.version += 1
    bulk_update_with_history(rows, Appointment, ["status", "cancel_reason", "version"], default_user=by)


def let_give_way(plans: Collection[int], by: User) -> None:
    """Gives back what `by` has reserved for the plans; refuses what somebody else has reserved for them."""
    if not plans:
        return
    held = reserved_of(plans)
    for appointment in held:
        if appointment.booked_by_id != by.pk:
            sentence = _("%(who)s has reserved sittings of this plan until %(until)s: confirm them or give them back.")
            raise SlotTaken(sentence % reserved_words(appointment, appointment.room.site.zone))
    if held:
        cancel_reserved(held, CancelReason.GIVEN_BACK, by)


def reserved_of(plans: Collection[int]) -> list[Appointment]:
    """The reserved appointments of some plans, locked until the transaction ends."""
    rows = Appointment.objects.filter(status=Status.RESERVED, sitting__plan__in=plans)
    rows = rows.select_related("booked_by", "booking", "patient", "practitioner", "room__site", "equipment", "sitting")
    return list(rows.select_for_update(of=("self",)).order_by("pk"))
