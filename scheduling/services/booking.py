"""The one way into the diary: views, admin, commands and the demo all book through here.

Each verb is one transaction: every line of it is booked, or none. The database's own rules (scheduling/guard.py)
decide; the checks here only find kinder words first.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from clinic.models import User
from patients.models import Patient
from scheduling import guard
from scheduling.engine.terms import Slot
from scheduling.models import (
    Appointment,
    BookingKey,
    CancelReason,
    Equipment,
    Kind,
    PlanState,
    Practitioner,
    Room,
    Sitting,
    SittingState,
    Status,
    TreatmentPlan,
)
from scheduling.selectors.local_time import instant
from scheduling.services.locking import lock_resources, retried
from scheduling.services.refusals import KeyReused, Refused, SlotTaken, Stale
from scheduling.services.sittings import refresh_windows

LONGEST = timedelta(hours=guard.LONGEST_HOURS)


@dataclass(frozen=True, slots=True)
class Line:
    """One appointment to be written: who, what for, where, and when (aware, UTC; minutes)."""

    patient: Patient
    kind: str
    practitioner: Practitioner
    room: Room
    starts: datetime
    minutes: int
    sitting: Sitting | None = None
    equipment: Equipment | None = None
    note: str = ""

    @property
    def ends(self) -> datetime:
        return self.starts + timedelta(minutes=self.minutes)

    @property
    def room_free_at(self) -> datetime:
        return self.ends + timedelta(minutes=self.room.cleaning_minutes)


def book_cycle(
    *,
    plan: TreatmentPlan,
    slots: Mapping[int, Slot],
    by: User,
    now: datetime,
    key: UUID | None = None,
    first: Callable[[], None] | None = None,
) -> list[Appointment]:
    """Books a slot for each sitting of `plan` named by its number, all or none.

    `first` is done at the start of the same transaction. Raises SlotTaken when a slot is no longer free, Refused when
    the plan or a sitting cannot be booked.
    """
    sittings = {s.number: s for s in plan.sittings.filter(number__in=slots)}
    lines = slot_lines(plan, [(sittings[number], slot) for number, slot in sorted(slots.items()) if number in sittings])
    if len(lines) != len(slots):
        raise Refused(_("The plan has changed since these slots were proposed: propose again."))
    return book(lines=lines, by=by, now=now, key=key, first=first)


def slot_lines(plan: TreatmentPlan, chosen: Sequence[tuple[Sitting, Slot]]) -> list[Line]:
    """Lines for sittings and the engine's slots, from local wall time at the plan's site. Two or three queries."""
    practitioners = Practitioner.objects.in_bulk({slot.practitioner for _sitting, slot in chosen})
    rooms = Room.objects.in_bulk({slot.room for _sitting, slot in chosen})
    things = {slot.equipment for _sitting, slot in chosen if slot.equipment}
    equipment = Equipment.objects.in_bulk(things) if things else {}
    return [
        Line(
            patient=plan.patient,
            kind=Kind.SITTING,
            sitting=sitting,
            practitioner=practitioners[slot.practitioner],
            room=rooms[slot.room],
            equipment=equipment[slot.equipment] if slot.equipment else None,
            starts=instant(slot.day, slot.start, plan.site.zone),
            minutes=slot.minutes,
        )
        for sitting, slot in chosen
    ]


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
    """Books one appointment of any kind. Raises SlotTaken or Refused, as `book` does."""
    line = Line(patient, kind, practitioner, room, starts, minutes, sitting, equipment, note)
    return book(lines=[line], by=by, now=now, key=key)[0]


def book(
    *,
    lines: Sequence[Line],
    by: User,
    now: datetime,
    key: UUID | None = None,
    first: Callable[[], None] | None = None,
) -> list[Appointment]:
    """Books all `lines` in one transaction, or none; `first` is done at its start, unless `key` has booked already.

    The same `key` with the same lines gives the first booking back (a double click); with others it raises
    KeyReused. A lost race raises SlotTaken with the rule's sentence.
    """
    for line in lines:
        _check_line(line)
    fingerprint = _fingerprint(lines)

    def write() -> list[Appointment]:
        with transaction.atomic():
            _lock(lines)
            if earlier := _earlier(key, fingerprint):
                return earlier
            if first:
                first()
            cancel_expired(now)
            _check_free(lines)
            _check_sittings(lines)
            return _written(lines, by, now, key, fingerprint)

    return _with_rules_in_words(write, key, fingerprint)


def _with_rules_in_words(
    write: Callable[[], list[Appointment]], key: UUID | None, fingerprint: str
) -> list[Appointment]:
    """Runs a write; a database rule it breaks becomes that rule's sentence, outside the broken transaction."""
    try:
        return retried(write)
    except IntegrityError as error:
        if earlier := _earlier(key, fingerprint):
            return earlier
        rule = guard.broken_rule(error)
        if rule is None:
            raise
        raise SlotTaken(guard.SENTENCES[rule]) from error


def _fingerprint(lines: Sequence[Line]) -> str:
    """The content of a booking as a digest: the same lines, the same booking."""
    parts = [
        (
            line.patient.pk,
            line.kind,
            line.sitting.pk if line.sitting else 0,
            line.practitioner.pk,
            line.room.pk,
            line.equipment.pk if line.equipment else 0,
            line.starts.timestamp(),
            line.minutes,
        )
        for line in lines
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _earlier(key: UUID | None, fingerprint: str) -> list[Appointment]:
    """The booking already made with this key, if any."""
    stored = BookingKey.objects.filter(key=key).first() if key else None
    if stored is None:
        return []
    if stored.fingerprint != fingerprint:
        raise KeyReused(_("This page has already booked something else: open it anew."))
    return list(stored.appointments.select_related("practitioner", "room", "sitting").order_by("starts"))


def _check_line(line: Line) -> None:
    if line.starts.tzinfo is None:
        raise ValueError("An appointment starts at an aware instant.")
    if not 0 < line.minutes <= LONGEST.total_seconds() / 60 or line.room_free_at - line.starts > LONGEST:
        raise Refused(guard.SENTENCES[guard.SHAPE], "minutes")
    if line.starts.timestamp() % 300 or line.minutes % 5:
        raise Refused(guard.SENTENCES[guard.SHAPE], "starts")
    if line.kind == Kind.SITTING and line.sitting is None:
        raise Refused(_("Choose which sitting this appointment is for."), "sitting")
    if line.sitting and line.sitting.plan.patient_id != line.patient.pk:
        raise Refused(_("This sitting belongs to another patient."), "sitting")
    if line.equipment and line.equipment.site_id != line.room.site_id:
        raise Refused(_("The equipment and the room are at different sites."), "equipment")


def _lock(lines: Sequence[Line]) -> None:
    lock_resources(resource for line in lines for resource in _resources(line))


def _resources(line: Line) -> list[tuple[int, int]]:
    found = [(1, line.practitioner.pk), (2, line.room.pk), (3, line.patient.pk)]
    return [*found, (4, line.equipment.pk)] if line.equipment else found


def cancel_expired(now: datetime) -> None:
    """Cancels the reservations that ran out. The database cannot see the clock, so it is told before each booking."""
    expired = list(Appointment.objects.filter(status=Status.RESERVED, reserved_until__lte=now).select_for_update())
    if not expired:
        return
    for appointment in expired:
        appointment.status = Status.CANCELLED
        appointment.cancel_reason = CancelReason.EXPIRED
        appointment.version += 1
    bulk_update_with_history(expired, Appointment, ["status", "cancel_reason", "version"])
    sittings = [appointment.sitting_id for appointment in expired if appointment.sitting_id]
    if sittings:
        free_sittings(sittings)


def free_sittings(pks: Sequence[int]) -> None:
    """Makes booked sittings due again and refreshes the windows that counted from them."""
    sittings = list(Sitting.objects.filter(pk__in=pks, state=SittingState.BOOKED))
    for sitting in sittings:
        sitting.state, sitting.booked = SittingState.DUE, None
    bulk_update_with_history(sittings, Sitting, ["state", "booked"])
    for plan in TreatmentPlan.objects.filter(sittings__in=sittings).distinct():
        refresh_windows(plan)


def _check_free(lines: Sequence[Line], without: int | None = None) -> None:
    """Refuses with who holds the time, when any line meets an active appointment. One query for all lines."""
    wanted = Q()
    for line in lines:
        same = Q(practitioner=line.practitioner) | Q(room=line.room) | Q(patient=line.patient)
        if line.equipment:
            same |= Q(equipment=line.equipment)
        near = Q(starts__lt=line.room_free_at, starts__gt=line.starts - LONGEST, room_free_at__gt=line.starts)
        wanted |= near & same
    found = (
        Appointment.objects.active()
        .filter(wanted)
        .exclude(pk=without)
        .select_related("patient", "practitioner", "room")
    )
    for held in found:
        for line in lines:
            if sentence := _clash(line, held):
                raise SlotTaken(sentence)


def _clash(line: Line, held: Appointment) -> str:
    """What `held` takes that `line` needs, in words, or nothing."""
    in_use = held.starts < line.ends and held.ends > line.starts
    if held.practitioner_id == line.practitioner.pk and in_use:
        what = str(line.practitioner)
    elif held.patient_id == line.patient.pk and in_use:
        what = str(line.patient)
    elif line.equipment and held.equipment_id == line.equipment.pk and in_use:
        what = str(line.equipment)
    elif held.room_id == line.room.pk and held.starts < line.room_free_at and held.room_free_at > line.starts:
        what = str(line.room)
    else:
        return ""
    zone = line.room.site.zone
    return _("%(what)s is not free on %(when)s: %(holder)s is %(status)s there.") % {
        "what": what,
        "when": formats.date_format(timezone.localtime(held.starts, zone), "SHORT_DATETIME_FORMAT"),
        "holder": held.patient,
        "status": held.get_status_display(),
    }


def _check_sittings(lines: Sequence[Line]) -> None:
    """Refuses sittings that are not due, of plans that may not be booked, or closer than their minimum gap."""
    own = [line for line in lines if line.sitting]
    if not own:
        return
    stored = Sitting.objects.select_related("plan").in_bulk([line.sitting.pk for line in own if line.sitting])
    for line in own:
        sitting = stored.get(line.sitting.pk) if line.sitting else None
        if sitting is None or sitting.state not in (SittingState.DUE, SittingState.BOOKED):
            raise Refused(_("This sitting is no longer to be booked."), "sitting")
        if sitting.state == SittingState.BOOKED:
            raise SlotTaken(guard.SENTENCES["sitting_booked_once"])
        if not sitting.plan.is_bookable:
            sentence = _("The plan is %(state)s: only an approved plan can be booked.")
            raise Refused(sentence % {"state": sitting.plan.get_state_display()})
    for plan in {sitting.plan for sitting in stored.values()}:
        check_gaps(plan, {line.sitting.pk: line for line in own if line.sitting and line.sitting.plan_id == plan.pk})


def check_gaps(plan: TreatmentPlan, moving: Mapping[int, Line]) -> None:
    """Refuses a day closer to a neighbouring sitting of the plan than the phase's minimum gap, in days."""
    before = None
    for sitting in plan.sittings.exclude(state=SittingState.SKIPPED).select_related("phase").order_by("number"):
        line = moving.get(sitting.pk)
        day = timezone.localdate(line.starts, line.room.site.zone) if line else sitting.given or sitting.booked
        if day is None:
            before = None
            continue
        if before and (day - before).days < sitting.phase.minimum_gap and (line or moving):
            raise Refused(
                _("Sitting %(number)s would be less than %(days)s days after the one before.")
                % {"number": sitting.number, "days": sitting.phase.minimum_gap},
                "starts",
            )
        before = day


def _written(
    lines: Sequence[Line], by: User | None, now: datetime, key: UUID | None, fingerprint: str
) -> list[Appointment]:
    booking = BookingKey.objects.create(key=key, fingerprint=fingerprint, made_by=by, made_at=now) if key else None
    rows = [_row(line, by, booking) for line in lines]
    made: list[Appointment] = bulk_create_with_history(rows, Appointment, default_user=by)
    _mark_booked(made)
    return made


def _row(line: Line, by: User | None, booking: BookingKey | None) -> Appointment:
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


def _mark_booked(appointments: Sequence[Appointment]) -> None:
    """Writes the booked day on each sitting, starts its plan, and refreshes the windows after it."""
    plans: dict[int, TreatmentPlan] = {}
    sittings = []
    for appointment in appointments:
        if sitting := appointment.sitting:
            sitting.state = SittingState.BOOKED
            sitting.booked = timezone.localdate(appointment.starts, appointment.room.site.zone)
            sittings.append(sitting)
            plans[sitting.plan_id] = sitting.plan
    bulk_update_with_history(sittings, Sitting, ["state", "booked"])
    for plan in plans.values():
        if plan.state == PlanState.APPROVED:
            plan.state = PlanState.RUNNING
            plan.version += 1
            plan.save()
        refresh_windows(plan)


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
    _check_line(line)

    def write() -> list[Appointment]:
        with transaction.atomic():
            _lock([line])
            stored = Appointment.objects.select_for_update().select_related("sitting__plan").get(pk=appointment.pk)
            if stored.version != version:
                raise Stale(_("Somebody else changed this appointment while you were editing it."))
            if stored.status not in (Status.BOOKED, Status.RESERVED):
                raise Refused(_("Only a booked appointment can be moved."))
            cancel_expired(now)
            _check_free([line], without=stored.pk)
            if stored.sitting:
                check_gaps(stored.sitting.plan, {stored.sitting.pk: line})
            return [_moved(stored, line)]

    return _with_rules_in_words(write, None, "")[0]


def _moved(stored: Appointment, line: Line) -> Appointment:
    stored.practitioner, stored.room, stored.equipment = line.practitioner, line.room, line.equipment
    stored.starts, stored.ends, stored.room_free_at = line.starts, line.ends, line.room_free_at
    stored.version += 1
    stored.save()
    _mark_booked([stored])
    return stored
