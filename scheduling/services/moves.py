"""Carrying out a move as it was shown, or one appointment by hand, as one act, and undoing it as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core import signing
from django.utils.translation import gettext as _

from clinic.models import User
from scheduling.engine.terms import Slot
from scheduling.models import (
    Appointment,
    BookingKey,
    Follows,
    Move,
    MoveLine,
    Status,
    TreatmentPlan,
)
from scheduling.services.booking import Change, move_appointments
from scheduling.services.lines import Line, Place, line_of, places_of
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


def seal_move(
    asked: Appointment, plan: TreatmentPlan | None, follows: Follows, moving: Sequence[tuple[Appointment, Slot]]
) -> str:
    """Appointments and their new slots as a signed text for a form; `asked` is the one they move for, or around."""
    lines = [(row.pk, row.version, _packed(slot)) for row, slot in moving]
    content = (asked.pk, [plan.version if plan else None, follows.value, lines])
    return signing.dumps(content, salt=SALT, compress=True)


def _unsealed(appointment: Appointment, token: str) -> Sealed:
    pk, content = _loads(token, SALT)
    if pk != appointment.pk:
        raise Refused(_("This page is damaged or too old: choose again."))
    version, follows, lines = content
    return Sealed(version, Follows(follows), {row: (seen, _unpacked(packed)) for row, seen, packed in lines})


def moving_in(appointment: Appointment, token: str) -> int:
    """How many appointments a signed move moves; raises as `unseal_slot` does."""
    return len(_unsealed(appointment, token).lines)


def lines_to(moving: Sequence[tuple[Appointment, Slot]]) -> list[Line]:
    """Each appointment as the line that would book it at its new slot; raises Refused as `places_of` does."""
    places = places_of([slot for _row, slot in moving])
    return [line_of(row).at(place) for (row, _slot), place in zip(moving, places, strict=True)]


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
    rows = _rows([appointment.pk, *sealed.lines])
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
        around = [] if appointment.pk in sealed.lines else [_staying(rows[appointment.pk], now)]
        _remember(booking, sealed.follows, [*map(_moved, changes), *around])

    move_appointments(changes=changes, by=by, now=now, key=key, last_check=check, then=then)
    return Move.objects.get(booking__key=key)


def _check_open(plan: TreatmentPlan | None, changes: Sequence[Change], now: datetime) -> None:
    """Refuses slots that are over or in lost time, those that move counted as gone from where they are."""
    own = [change.appointment.pk for change in changes]
    if plan is None:
        for change in changes:
            check_open(change.line, now, without=[change.appointment.pk])
        return
    slots = {change.line.sitting.number: change.line.slot for change in changes if change.line.sitting}
    check_still_open(plan, slots, now, without=own)


def move_by_hand(*, appointment: Appointment, version: int, line: Line, by: User, now: datetime) -> Appointment:
    """Moves one booked appointment to a line, and remembers where it was.

    Back where a move of it alone took it from, that move is undone. Raises Stale, SlotTaken or Refused as
    `move_appointments` does.
    """
    change = Change(appointment, version, line)
    alone = _moved_alone(appointment, now)
    back = alone.move if alone and line == _back(appointment, alone) else None

    def then(booking: BookingKey | None) -> None:
        if back:
            _note_undone(back, by, now)
        elif line != line_of(appointment):
            _remember(booking, Follows.ALONE, [_moved(change)])

    moved = move_appointments(
        changes=[change],
        by=by,
        now=now,
        key=uuid4(),
        last_check=lambda: check_open(line, now, without=[appointment.pk]),
        then=then,
    )
    return moved[0]


def _remember(booking: BookingKey | None, follows: Follows, lines: Sequence[MoveLine]) -> None:
    """Writes one press as a move."""
    assert booking is not None
    move = Move.objects.create(booking=booking, follows=follows)
    for line in lines:
        line.move = move
    MoveLine.objects.bulk_create(lines)


def _moved(change: Change) -> MoveLine:
    return _line(change.appointment, change.version + 1, change.line)


def _staying(row: Appointment, now: datetime) -> MoveLine:
    """The line of a sitting that stays while those after it are re-spaced.

    When a move of it alone brought it here, the line says from where, so that one undo puts back all of it.
    """
    line = _line(row, row.version, line_of(row))
    if alone := _moved_alone(row, now):
        for name in ("from_starts", "from_ends", "from_practitioner_id", "from_room_id", "from_equipment_id"):
            setattr(line, name, getattr(alone, name))
    return line


def _line(row: Appointment, version: int, line: Line) -> MoveLine:
    """Where an appointment is and where the line has it, with its version there."""
    return MoveLine(
        appointment=row,
        version=version,
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
    back = [(rows[line.appointment_id], line.version, _back(rows[line.appointment_id], line)) for line in lines]
    changes = [Change(row, version, was) for row, version, was in back if was != line_of(row)]
    sitting = changes[0].appointment.sitting
    plan = sitting.plan if sitting else None
    move_appointments(
        changes=changes,
        by=by,
        now=now,
        last_check=lambda: _check_open(plan, changes, now),
        then=lambda _booking: _note_undone(stored, by, now),
    )
    return stored


def _note_undone(move: Move, by: User, now: datetime) -> None:
    move.undone_at, move.undone_by = now, by
    move.save(update_fields=["undone_at", "undone_by"])


def undo_last_move(*, appointment: Appointment, by: User, now: datetime) -> Move:
    """Undoes the last move of an appointment, with all that moved with it; raises as `undo_move` does."""
    line = MoveLine.objects.filter(appointment=appointment).select_related("move").order_by("-pk").first()
    if line is None:
        raise Refused(_("This appointment was not moved: there is nothing to undo."))
    return undo_move(move=line.move, by=by, now=now)


def _back(row: Appointment, line: MoveLine) -> Line:
    """The line that puts an appointment back to where it was."""
    minutes = int((line.from_ends - line.from_starts).total_seconds()) // 60
    place = Place(line.from_practitioner, line.from_room, line.from_starts, minutes, line.from_equipment)
    return line_of(row).at(place)


def last_move(appointment: Appointment, now: datetime) -> Move | None:
    """The last move of an appointment, while it stands there and the undo is offered. One query."""
    line = _last_line(appointment, now)
    return line.move if line else None


def _moved_alone(appointment: Appointment, now: datetime) -> MoveLine | None:
    """Its line in its last move, if nothing moved with it."""
    line = _last_line(appointment, now)
    return line if line and line.move.follows == Follows.ALONE else None


def _last_line(appointment: Appointment, now: datetime) -> MoveLine | None:
    read = MoveLine.objects.select_related(
        "move__booking__made_by", "from_practitioner", "from_room__site", "from_equipment"
    )
    line = read.filter(appointment=appointment).order_by("-pk").first()
    if line is None or line.move.undone_at or line.move.booking.made_at < now - UNDO_FOR:
        return None
    return line if (line.version, appointment.status) == (appointment.version, Status.BOOKED) else None
