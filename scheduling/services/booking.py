"""The one way into the diary: views, admin, commands and the demo all book through here.

Each verb is one transaction: every line of it is booked, or none. The database's own rules (scheduling/guard.py)
decide; the checks before them (scheduling/services/clashes.py) only find kinder words.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from clinic.models import User
from patients.models import Patient
from scheduling.engine.terms import Slot
from scheduling.models import (
    Appointment,
    BookingKey,
    Equipment,
    Practitioner,
    Reservation,
    Room,
    Sitting,
    Status,
    TreatmentPlan,
)
from scheduling.services.busy_masks import Touched, store_touched, touched_by
from scheduling.services.clashes import (
    check_free,
    check_gaps_of_plans,
    check_sittings,
    locked_sittings,
)
from scheduling.services.freed import keep_freed
from scheduling.services.lines import Line, check_line, fingerprint, line_of, resources_of, slot_lines
from scheduling.services.locking import lock_resources
from scheduling.services.open_time import check_open
from scheduling.services.presses import earlier_booking, kept_key, moved_already, with_rules_in_words
from scheduling.services.refusals import Refused, Stale
from scheduling.services.reserved import cancel_expired, let_give_way
from scheduling.services.sittings import mark_booked


@dataclass(frozen=True, slots=True)
class Reserving:
    """That slots are only kept for a plan as it is now, until an instant.

    Without a plan one slot is kept for somebody who waits: which sitting it would be for, only its offer says.
    """

    plan: TreatmentPlan | None
    until: datetime


def book_cycle(
    *,
    plan: TreatmentPlan,
    slots: Mapping[int, Slot],
    by: User,
    now: datetime,
    key: UUID | None = None,
    last_check: Callable[[], None] | None = None,
    reserving: Reserving | None = None,
    later: int = 0,
) -> list[Appointment]:
    """Books, or reserves, a slot for each sitting of `plan` named by its number, all or none.

    `later` is by how many days the plan starts later with it. `last_check` runs in the same transaction. Raises
    SlotTaken when a slot is no longer free, Refused when the plan or a sitting cannot be booked.
    """
    sittings = {sitting.number: sitting for sitting in plan.sittings.filter(number__in=slots)}
    if len(sittings) != len(slots):
        raise Refused(_("The plan has changed since these slots were proposed: propose again."))
    lines = slot_lines(plan, [(sittings[number], slot) for number, slot in sorted(slots.items())])
    return book(lines=lines, by=by, now=now, key=key, last_check=last_check, reserving=reserving, later=later)


def book_appointment(
    *,
    patient: Patient,
    kind: str,
    practitioner: Practitioner,
    room: Room,
    starts: datetime,
    minutes: int,
    by: User,
    now: datetime,
    sitting: Sitting | None = None,
    equipment: Equipment | None = None,
    key: UUID | None = None,
    note: str = "",
) -> Appointment:
    """Books one appointment of any kind in open time. Raises SlotTaken or Refused, as `book` does."""
    line = Line(patient, kind, practitioner, room, starts, minutes, sitting, equipment, note)
    return book(lines=[line], by=by, now=now, key=key, last_check=lambda: check_open(line, now))[0]


def book(
    *,
    lines: Sequence[Line],
    by: User,
    now: datetime,
    key: UUID | None = None,
    last_check: Callable[[], None] | None = None,
    reserving: Reserving | None = None,
    later: int = 0,
) -> list[Appointment]:
    """Books all `lines` in one transaction, or none; `last_check` runs in it once the time is known to be free.

    With `reserving` the time is only kept: the sittings stay due. What the same person has reserved for the plans of
    these sittings gives way; what somebody else has reserved raises SlotTaken.

    The same `key` with the same lines gives the first booking back (a double click); with others it raises
    KeyReused. A lost race raises SlotTaken with the rule's sentence.
    """
    for line in lines:
        check_line(line, for_one_who_waits=reserving is not None and reserving.plan is None)
    content = fingerprint(lines, act="reserved" if reserving else "")

    def write() -> list[Appointment]:
        with transaction.atomic():
            lock_resources(resource for line in lines for resource in line.resources)
            if earlier := earlier_booking(key, content):
                return earlier
            cancel_expired(now)
            let_give_way({line.sitting.plan_id for line in lines if line.sitting}, by)
            check_free(lines)
            if last_check:
                last_check()
            stored = locked_sittings([line.sitting.pk for line in lines if line.sitting])
            check_sittings(lines, stored)
            booking = kept_key(key, content, by, now, later)
            if reserving:
                return _reserved(lines, by, booking, reserving)
            return _written(lines, stored, by, booking)

    return with_rules_in_words(write, key, content)


def _written(
    lines: Sequence[Line], stored: Mapping[int, Sitting], by: User, booking: BookingKey | None
) -> list[Appointment]:
    rows = [_row(line, by, booking) for line in lines]
    made: list[Appointment] = bulk_create_with_history(rows, Appointment, default_user=by)
    mark_booked(lines, stored)
    store_touched(touched_by(lines))
    return made


def _reserved(lines: Sequence[Line], by: User, booking: BookingKey | None, reserving: Reserving) -> list[Appointment]:
    if booking is None:
        raise ValueError("A reservation is made with a key, by which it is confirmed.")
    rows = [_row(line, by, booking) for line in lines]
    for row in rows:
        row.status, row.reserved_until = Status.RESERVED, reserving.until
    if plan := reserving.plan:
        Reservation.objects.create(plan=plan, booking=booking, plan_version=plan.version)
    made: list[Appointment] = bulk_create_with_history(rows, Appointment, default_user=by)
    return made


def _row(line: Line, by: User, booking: BookingKey | None) -> Appointment:
    return Appointment(
        patient=line.patient,
        kind=line.kind,
        sitting=line.sitting,
        practitioner=line.practitioner,
        room=line.room,
        equipment=line.equipment,
        starts=line.starts,
        ends=line.ends,
        room_free_at=line.room_free_at,
        note=line.note,
        booked_by=by,
        booking=booking,
    )


@dataclass(frozen=True, slots=True)
class Change:
    """An appointment in the version somebody saw, and the line it is to become."""

    appointment: Appointment
    version: int
    line: Line


def move_appointment(
    *,
    appointment: Appointment,
    practitioner: Practitioner,
    room: Room,
    equipment: Equipment | None,
    starts: datetime,
    minutes: int,
    by: User,
    now: datetime,
    version: int,
) -> Appointment:
    """Moves one booked appointment. Raises Stale when somebody changed it since `version`, SlotTaken, or Refused."""
    line = Line(
        appointment.patient, appointment.kind, practitioner, room, starts, minutes, appointment.sitting, equipment
    )
    moved = move_appointments(
        changes=[Change(appointment, version, line)],
        by=by,
        now=now,
        last_check=lambda: check_open(line, now, without=[appointment.pk]),
    )
    return moved[0]


def move_appointments(
    *,
    changes: Sequence[Change],
    by: User,
    now: datetime,
    key: UUID | None = None,
    last_check: Callable[[], None] | None = None,
    then: Callable[[BookingKey | None], None] | None = None,
) -> list[Appointment]:
    """Moves booked appointments in one transaction, all or none, also into one another's places.

    `last_check` runs once the time is known to be free, `then` when all is written. The same `key` with the same
    changes finds them done already (a double click). Raises Stale when one was changed since its version, SlotTaken
    when somebody else has the time, Refused.
    """
    lines = {change.appointment.pk: change.line for change in changes}
    for line in lines.values():
        check_line(line)
    content = fingerprint([*lines.values()], act="moved")

    def write() -> list[Appointment]:
        with transaction.atomic():
            was = [line_of(change.appointment) for change in changes]
            lock_resources(resource for line in [*lines.values(), *was] for resource in line.resources)
            stored = _locked_in_order(lines)
            if moved_already(key, content):
                return stored
            cancel_expired(now)
            for change, row in zip(sorted(changes, key=lambda each: each.appointment.pk), stored, strict=True):
                check_as_seen(row, change.version)
                if resources_of(row) != resources_of(change.appointment):
                    raise _edited()  # the locks were taken for what it took then
            check_free([*lines.values()], without=lines)
            if last_check:
                last_check()
            sittings = locked_sittings([line.sitting.pk for line in lines.values() if line.sitting])
            check_gaps_of_plans([*lines.values()], sittings)
            mark_booked([*lines.values()], sittings)
            touched = [Touched(row.room.site, resources_of(row), row.starts) for row in stored]
            keep_freed(stored, lines)
            _write_moved(stored, lines, by)
            store_touched([*touched, *touched_by(lines.values())])
            if then:
                then(kept_key(key, content, by, now))
            return stored

    return with_rules_in_words(write, key, content)


def _locked_in_order(pks: Collection[int]) -> list[Appointment]:
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("room__site")
    return list(rows.filter(pk__in=pks).order_by("pk"))


def check_as_seen(stored: Appointment, version: int) -> None:
    """Refuses to move an appointment that is not as somebody saw it, or no longer booked."""
    if stored.version != version:
        raise _edited()
    if stored.status != Status.BOOKED:
        raise Refused(_("Only a booked appointment can be moved."))


def _edited() -> Stale:
    return Stale(_("Somebody else changed this appointment while you were editing it."))


def _write_moved(stored: Sequence[Appointment], lines: Mapping[int, Line], by: User) -> None:
    if len(stored) > 1:
        # One may go where another still is, and the database looks at each row by itself: for this moment none of
        # them takes any time. Nobody else sees it, and it is no part of their history.
        Appointment.objects.filter(pk__in=lines).update(status=Status.CANCELLED)
    for row in stored:
        line = lines[row.pk]
        row.practitioner, row.room, row.equipment = line.practitioner, line.room, line.equipment
        row.starts, row.ends, row.room_free_at = line.starts, line.ends, line.room_free_at
        row.version += 1
    slot = ["practitioner", "room", "equipment", "starts", "ends", "room_free_at", "status", "version"]
    bulk_update_with_history(stored, Appointment, slot, default_user=by)
