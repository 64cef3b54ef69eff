"""What becomes of a reservation: confirmed as a whole, given back, or proposed anew where its slots were lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from clinic.models import User
from scheduling.engine.cycle import proposals
from scheduling.engine.terms import Blocked, Slot
from scheduling.models import Appointment, CancelReason, Reservation, SittingState, Status, TreatmentPlan
from scheduling.selectors.cycles import Wishes, cycle_request, slot_of
from scheduling.selectors.reservations import Reserved, rows_of
from scheduling.services.busy_masks import store_touched, touched_by
from scheduling.services.clashes import check_sittings, locked_sittings
from scheduling.services.lines import Line
from scheduling.services.locking import lock_resources, retried
from scheduling.services.proposing import (
    check_bookable_here,
    check_still_open,
    check_unchanged,
    seal,
    start_later,
    still_free,
)
from scheduling.services.refusals import Refused, SlotTaken
from scheduling.services.reserved import cancel_expired, cancel_reserved, reserved_of
from scheduling.services.sittings import mark_booked


def confirm_reservation(*, plan: TreatmentPlan, key: UUID, by: User, now: datetime) -> list[Appointment]:
    """Books all that was reserved with `key`, or nothing; a second press gets the booking of the first.

    Raises SlotTaken when the reservation has run out, was given back or has lost a slot, Stale when the plan has
    changed since, Refused when it can no longer be booked.
    """
    reservation = (
        Reservation.objects.select_related("booking", "plan__site", "plan__patient")
        .filter(plan=plan, booking__key=key)
        .first()
    )
    if reservation is None:
        raise Refused(_("This page is damaged or too old: choose again."))

    def write() -> list[Appointment]:
        with transaction.atomic():
            lock_resources(r for line in _lines(rows_of(reservation)) for r in line.resources)
            cancel_expired(now)
            if booked := _booked_with(reservation):
                return booked
            rows = [row for row in reserved_of([plan.pk]) if row.booking_id == reservation.booking_id]
            _check_whole(reservation, rows)
            return _confirmed(reservation, rows, by, now)

    return retried(write)


def _booked_with(reservation: Reservation) -> list[Appointment]:
    """What the reservation has become, if it was confirmed."""
    return [row for row in rows_of(reservation) if row.status not in (Status.RESERVED, Status.CANCELLED)]


def _check_whole(reservation: Reservation, rows: Sequence[Appointment]) -> None:
    """Refuses a reservation of which anything is gone."""
    gone = reservation.booking.appointments.filter(status=Status.CANCELLED).order_by("pk")
    if not rows:
        ran_out = gone.filter(cancel_reason=CancelReason.EXPIRED).exists()
        raise SlotTaken(_("The reservation has run out.") if ran_out else _("The reservation was given back."))
    if lost := gone.select_related("sitting").first():
        raise SlotTaken(_("%(sitting)s is no longer reserved: it was cancelled.") % {"sitting": lost.sitting})


def _confirmed(reservation: Reservation, rows: Sequence[Appointment], by: User, now: datetime) -> list[Appointment]:
    """Writes the reserved rows as booked, once nothing stands against it."""
    plan = reservation.plan
    stored = check_unchanged(plan, reservation.plan_version)
    lines = _lines(rows)
    slots = {row.sitting.number: slot_of(row, plan.site.zone) for row in rows if row.sitting}
    check_still_open(plan, slots, now, without=[row.pk for row in rows])
    if later := reservation.booking.later:
        start_later(stored, later)
    sittings = locked_sittings([line.sitting.pk for line in lines if line.sitting])
    check_sittings(lines, sittings)
    for row in rows:
        row.status, row.reserved_until, row.booked_by = Status.BOOKED, None, by
        row.version += 1
    bulk_update_with_history(rows, Appointment, ["status", "reserved_until", "booked_by", "version"], default_user=by)
    mark_booked(lines, sittings)
    store_touched(touched_by(lines))
    return sorted(rows, key=lambda row: row.starts)


def _lines(rows: Sequence[Appointment]) -> list[Line]:
    """Reserved rows as the lines of a booking."""
    return [
        Line(
            row.patient,
            row.kind,
            row.practitioner,
            row.room,
            row.starts,
            int((row.ends - row.starts).total_seconds()) // 60,
            row.sitting,
            row.equipment,
        )
        for row in rows
    ]


def give_back(*, plan: TreatmentPlan, key: UUID, by: User) -> int:
    """Frees what was reserved with `key`; says how many slots that were, none when nothing is reserved any more."""
    with transaction.atomic():
        rows = [row for row in reserved_of([plan.pk]) if row.booking and row.booking.key == key]
        if rows:
            cancel_reserved(rows, CancelReason.GIVEN_BACK, by)
    return len(rows)


@dataclass(frozen=True, slots=True)
class Replacement:
    """A slot for every due sitting, as near to a lost reservation as can be, and the sealed text that reserves it."""

    slots: Mapping[int, Slot]
    token: str


def replace_lost(*, plan: TreatmentPlan, reserved: Reserved, now: datetime) -> Replacement | Blocked:
    """Slots for the plan's due sittings that keep whatever of a reservation is still free, or what stands in the way.

    What was left out of the reservation stays so. When the plan has changed since, or the rest does not fit around what
    is free, all of it is sought anew. Raises Refused when the plan cannot be booked at all.
    """
    check_bookable_here(plan)
    changed = plan.version != reserved.plan_version
    kept = {} if changed else still_free(plan, reserved.slots, now, without=reserved.rows)
    due = set(plan.sittings.filter(state=SittingState.DUE).values_list("number", flat=True))
    wishes = Wishes(later=reserved.later, leave=frozenset() if changed else frozenset(due - reserved.numbers))
    if due and due - wishes.leave == kept.keys():
        return Replacement(kept, seal(plan, kept, reserved.later))
    answer = _proposed(plan, wishes, kept, now)
    return _proposed(plan, wishes, {}, now) if kept and isinstance(answer, Blocked) else answer


def _proposed(plan: TreatmentPlan, wishes: Wishes, kept: Mapping[int, Slot], now: datetime) -> Replacement | Blocked:
    """The best slots for the due sittings around those in `kept`."""
    request = cycle_request(plan, now=now, wishes=wishes, kept=kept)
    if request is None:
        raise Refused(_("Every sitting of this plan has its slot."))
    answer = proposals(request)
    if isinstance(answer, Blocked):
        return answer
    standing = request.fixed.keys() - kept.keys()
    found = zip((sitting.number for sitting in request.sittings), answer[0].slots, strict=True)
    slots = {number: slot for number, slot in found if number not in standing}
    return Replacement(slots, seal(plan, slots, wishes.later))
