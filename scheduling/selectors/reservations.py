"""What is reserved for a plan: who keeps it until when, and how other slots would differ from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from scheduling.engine.terms import Slot
from scheduling.models import Appointment, CancelReason, Reservation, SittingState, Status, TreatmentPlan
from scheduling.selectors.cycles import slot_of
from scheduling.selectors.proposals import Row, Setting, rows_with

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Reserved:
    """The last reservation of a plan: running, or run out without being confirmed.

    `until` is local, `minutes` are those left, begun ones counted; `rows` are the keys of its appointments. `numbers`
    are all the sittings it was made for, also those whose slot was cancelled since.
    """

    key: UUID
    who: str
    until: datetime
    minutes: int
    slots: Mapping[int, Slot]
    rows: tuple[int, ...]
    numbers: frozenset[int]
    later: int
    plan_version: int

    @property
    def running(self) -> bool:
        return self.minutes > 0


def reserved_for(plan: TreatmentPlan, now: datetime) -> Reserved | None:
    """The plan's last reservation, unless it was confirmed or given back. At most two queries."""
    reservations = plan.reservations.select_related("booking__made_by")
    last = reservations.order_by("-pk").first()
    every = rows_of(last) if last else []
    kept = [row for row in every if _is_kept(row)]
    if not last or not kept or not kept[0].reserved_until:
        return None
    until = kept[0].reserved_until
    return Reserved(
        key=last.booking.key,
        who=str(last.booking.made_by or "–"),
        until=timezone.localtime(until, plan.site.zone),
        minutes=max(-((now - until) // MINUTE), 0),
        slots={row.sitting.number: slot_of(row, plan.site.zone) for row in kept if row.sitting},
        rows=tuple(row.pk for row in kept),
        numbers=frozenset(row.sitting.number for row in every if row.sitting),
        later=last.booking.later,
        plan_version=last.plan_version,
    )


def _is_kept(row: Appointment) -> bool:
    """Whether a row is reserved, or was until its time ran out."""
    return row.status == Status.RESERVED or row.cancel_reason == CancelReason.EXPIRED


def rows_of(reservation: Reservation) -> list[Appointment]:
    """The appointments made by a reservation, in order, with all that a booking needs of them. One query."""
    rows = Appointment.objects.filter(booking=reservation.booking_id)
    rows = rows.select_related("patient", "practitioner", "room__site", "equipment", "sitting")
    return list(rows.order_by("starts"))


@dataclass(frozen=True, slots=True)
class Difference:
    """A sitting whose slot would change: what was reserved for it, what it would get."""

    number: int
    was: Row | None
    becomes: Row | None


def differences(
    setting: Setting, reserved: Reserved, slots: Mapping[int, Slot]
) -> tuple[tuple[Row, ...], tuple[Difference, ...]]:
    """The rows of `slots`, and what differs from the reservation, in order of the sittings."""
    due = {sitting.number for sitting in setting.sittings if sitting.state == SittingState.DUE}
    was = {row.number: row for row in rows_with(setting, reserved.slots, reserved.later) if row.number in due}
    rows = rows_with(setting, slots, reserved.later)
    becomes = {row.number: row for row in rows}
    numbers = sorted(was.keys() | becomes.keys())
    changed = [number for number in numbers if reserved.slots.get(number) != slots.get(number)]
    return rows, tuple(Difference(number, was.get(number), becomes.get(number)) for number in changed)
