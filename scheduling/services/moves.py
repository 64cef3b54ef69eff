"""Carrying out a move as it was shown, as one act, and undoing it as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext as _

from clinic.models import User
from scheduling.engine.terms import Slot
from scheduling.models import (
    Appointment,
    BookingKey,
    Equipment,
    Follows,
    Move,
    MoveLine,
    Practitioner,
    Room,
    Status,
    TreatmentPlan,
)
from scheduling.selectors.cycles import slot_of
from scheduling.selectors.local_time import instant
from scheduling.services.booking import Change, move_appointments
from scheduling.services.lines import Line, line_of
from scheduling.services.open_time import check_open
from scheduling.services.proposing import VALID_FOR, check_still_open
from scheduling.services.refusals import Refused, Stale

SALT, SLOT_SALT = "cadenza.move", "cadenza.move.slot"
# How long an undo is offered; it is possible only until anything of it changes.
UNDO_FOR = timedelta(days=1)

Packed = tuple[int, int, int, int, int, int | None]


def seal_slot(appointment: Appointment, slot: Slot) -> str:
    """A slot offered to an appointment, as a signed text for an address."""
    return signing.dumps([appointment.pk, _packed(slot)], salt=SLOT_SALT)


def unseal_slot(appointment: Appointment, token: str) -> Slot:
    """The slot of a signed text. Stale when it is too old, Refused when it is not ours or for something else."""
    pk, packed = _loads(token, SLOT_SALT)
    if pk != appointment.pk:
        raise Refused(_("This page is damaged or too old: choose again."))
    return _unpacked(packed)


def _loads(token: str, salt: str) -> Any:
    try:
        content = signing.loads(token, salt=salt, max_age=VALID_FOR)
    except signing.SignatureExpired:
        raise Stale(_("This page is more than an hour old: here are fresh slots.")) from None
    except signing.BadSignature:
        raise Refused(_("This page is damaged or too old: choose again.")) from None
    return content


def _packed(slot: Slot) -> Packed:
    return slot.day.toordinal(), slot.start, slot.minutes, slot.practitioner, slot.room, slot.equipment


def _unpacked(packed: Packed) -> Slot:
    day, start, minutes, practitioner, room, equipment = packed
    return Slot(date.fromordinal(day), start, minutes, practitioner, room, equipment)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a signed move holds: the plan's version, what follows, and by appointment its version and its new slot."""

    plan_version: int | None
    follows: Follows
    lines: Mapping[int, tuple[int, Slot]]


def seal_move(plan: TreatmentPlan | None, follows: Follows, moving: Sequence[tuple[Appointment, Slot]]) -> str:
    """Appointments and their new slots, the first the one that was asked for, as a signed text for a form."""
    lines = [(row.pk, row.version, _packed(slot)) for row, slot in moving]
    content = (moving[0][0].pk, [plan.version if plan else None, follows.value, lines])
    return signing.dumps(content, salt=SALT, compress=True)


def _unsealed(appointment: Appointment, token: str) -> Sealed:
    pk, content = _loads(token, SALT)
    if pk != appointment.pk:
        raise Refused(_("This page is damaged or too old: choose again."))
    version, follows, lines = content
    return Sealed(version, Follows(follows), {row: (seen, _unpacked(packed)) for row, seen, packed in lines})


def lines_to(moving: Sequence[tuple[Appointment, Slot]]) -> list[Line]:
    """Each appointment as the line that would book it at its new slot, wall time of its room's site. Three queries.

    Raises Refused when a practitioner, room or piece of equipment is no longer there.
    """
    slots = [slot for _row, slot in moving]
    practitioners = Practitioner.objects.in_bulk({slot.practitioner for slot in slots})
    rooms = Room.objects.select_related("site").in_bulk({slot.room for slot in slots})
    things = {slot.equipment for slot in slots if slot.equipment}
    equipment = Equipment.objects.in_bulk(things) if things else {}
    try:
        return [
            replace(
                line_of(row),
                practitioner=practitioners[slot.practitioner],
                room=rooms[slot.room],
                equipment=equipment[slot.equipment] if slot.equipment else None,
                starts=instant(slot.day, slot.start, rooms[slot.room].site.zone),
                minutes=slot.minutes,
            )
            for row, slot in moving
        ]
    except KeyError:
        raise Refused(_("A practitioner, room or piece of equipment is gone: choose again.")) from None


def _rows(pks: Sequence[int]) -> dict[int, Appointment]:
    """Appointments with all that a line needs of them, by id. One query."""
    return Appointment.objects.select_related(
        "patient", "practitioner", "room__site", "equipment", "sitting__plan__site", "sitting__plan__patient"
    ).in_bulk(pks)


def apply_move(*, appointment: Appointment, token: str, by: User, now: datetime, key: UUID) -> Move:
    """Moves all that the signed text says, or nothing, and remembers where it was; a second press gives the same move.

    Raises Stale when the plan or an appointment has changed since, SlotTaken when a slot is no longer free, Refused.
    """
    sealed = _unsealed(appointment, token)
    rows = _rows([*sealed.lines])
    moving = [(rows[pk], slot) for pk, (_version, slot) in sealed.lines.items()]
    changes = [
        Change(row, sealed.lines[row.pk][0], line) for (row, _slot), line in zip(moving, lines_to(moving), strict=True)
    ]
    sitting = rows[appointment.pk].sitting
    plan = sitting.plan if sitting else None

    def check() -> None:
        if plan:
            stored = TreatmentPlan.objects.select_for_update().get(pk=plan.pk)
            if stored.version != sealed.plan_version:
                raise Stale(_("The plan has changed since these slots were shown: here are fresh ones."))
        _check_open(plan, changes, now)

    def then(booking: BookingKey | None) -> None:
        assert booking is not None
        move = Move.objects.create(booking=booking, follows=sealed.follows)
        MoveLine.objects.bulk_create([_line(move, change) for change in changes])

    move_appointments(changes=changes, by=by, now=now, key=key, last_check=check, then=then)
    return Move.objects.get(booking__key=key)


def _check_open(plan: TreatmentPlan | None, changes: Sequence[Change], now: datetime) -> None:
    """Refuses slots that are over or in lost time, those that move counted as gone from where they are."""
    own = [change.appointment.pk for change in changes]
    if plan is None:
        for change in changes:
            check_open(change.line, now, without=change.appointment.pk)
        return
    slots = {change.line.sitting.number: _slot_of_line(change.line) for change in changes if change.line.sitting}
    check_still_open(plan, slots, now, without=own)


def _slot_of_line(line: Line) -> Slot:
    return slot_of(
        Appointment(
            starts=line.starts, ends=line.ends, practitioner=line.practitioner, room=line.room, equipment=line.equipment
        ),
        line.room.site.zone,
    )


def _line(move: Move, change: Change) -> MoveLine:
    row, line = change.appointment, change.line
    return MoveLine(
        move=move,
        appointment=row,
        version=change.version + 1,
        from_starts=row.starts,
        from_ends=row.ends,
        from_practitioner=row.practitioner,
        from_room=row.room,
        from_equipment=row.equipment,
        to_starts=line.starts,
        to_practitioner=line.practitioner,
        to_room=line.room,
        to_equipment=line.equipment,
    )


def undo_move(*, move: Move, by: User, now: datetime) -> Move:
    """Puts back all that a move has moved, or nothing; undone already, it stays as it is.

    Raises Stale when any of it was changed since, SlotTaken when a slot is no longer free, Refused.
    """
    stored = Move.objects.get(pk=move.pk)
    if stored.undone_at:
        return stored
    lines = list(move.lines.select_related("from_practitioner", "from_room__site", "from_equipment"))
    rows = _rows([line.appointment_id for line in lines])
    for line in lines:
        if rows[line.appointment_id].version != line.version:
            sentence = _("%(appointment)s was changed since: the move can no longer be undone.")
            raise Stale(sentence % {"appointment": rows[line.appointment_id].sitting or rows[line.appointment_id]})
    changes = [
        Change(rows[line.appointment_id], line.version, _back(rows[line.appointment_id], line)) for line in lines
    ]
    sitting = changes[0].appointment.sitting

    def then(_booking: BookingKey | None) -> None:
        stored.undone_at, stored.undone_by = now, by
        stored.save(update_fields=["undone_at", "undone_by"])

    plan = sitting.plan if sitting else None
    move_appointments(changes=changes, by=by, now=now, last_check=lambda: _check_open(plan, changes, now), then=then)
    return stored


def undo_last_move(*, appointment: Appointment, by: User, now: datetime) -> Move:
    """Undoes the last move of an appointment, with all that moved with it; raises as `undo_move` does."""
    line = MoveLine.objects.filter(appointment=appointment).select_related("move").order_by("-pk").first()
    if line is None:
        raise Refused(_("This appointment was not moved: there is nothing to undo."))
    return undo_move(move=line.move, by=by, now=now)


def _back(row: Appointment, line: MoveLine) -> Line:
    """The line that puts an appointment back to where it was."""
    return replace(
        line_of(row),
        practitioner=line.from_practitioner,
        room=line.from_room,
        equipment=line.from_equipment,
        starts=line.from_starts,
        minutes=int((line.from_ends - line.from_starts).total_seconds()) // 60,
    )


def last_move(appointment: Appointment, now: datetime) -> Move | None:
    """The move that brought an appointment to where it stands, while its undo is offered. One query."""
    lines = MoveLine.objects.filter(appointment=appointment, version=appointment.version, move__undone_at=None)
    lines = lines.filter(move__booking__made_at__gte=now - UNDO_FOR, appointment__status=Status.BOOKED)
    line = lines.select_related("move__booking__made_by").order_by("-pk").first()
    return line.move if line else None
