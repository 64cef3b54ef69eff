"""The lines of a booking: one appointment each, before it is written."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.models import Patient
from scheduling import guard
from scheduling.engine.terms import Slot
from scheduling.models import Appointment, Equipment, Kind, Practitioner, ResourceKind, Room, Sitting, TreatmentPlan
from scheduling.selectors.local_time import instant
from scheduling.services.refusals import Refused

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

    @property
    def day(self) -> date:
        """The local date at the room's site."""
        return timezone.localdate(self.starts, self.room.site.zone)

    @property
    def resources(self) -> list[tuple[int, int]]:
        """What the line needs for itself, as (kind, id)."""
        return _resources(
            self.practitioner.pk, self.room.pk, self.patient.pk, self.equipment.pk if self.equipment else None
        )


def resources_of(appointment: Appointment) -> list[tuple[int, int]]:
    """What an appointment takes for itself, as (kind, id)."""
    return _resources(
        appointment.practitioner_id, appointment.room_id, appointment.patient_id, appointment.equipment_id
    )


def _resources(practitioner: int, room: int, patient: int, equipment: int | None) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = [
        (ResourceKind.PRACTITIONER, practitioner),
        (ResourceKind.ROOM, room),
        (ResourceKind.PATIENT, patient),
    ]
    return [*found, (ResourceKind.EQUIPMENT, equipment)] if equipment else found


def line_of(appointment: Appointment) -> Line:
    """An appointment as it stands, as the line that would book it."""
    return Line(
        patient=appointment.patient,
        kind=appointment.kind,
        practitioner=appointment.practitioner,
        room=appointment.room,
        starts=appointment.starts,
        minutes=int((appointment.ends - appointment.starts).total_seconds()) // 60,
        sitting=appointment.sitting,
        equipment=appointment.equipment,
        note=appointment.note,
    )


def slot_lines(plan: TreatmentPlan, chosen: Sequence[tuple[Sitting, Slot]]) -> list[Line]:
    """Lines for sittings and the engine's slots, from local wall time at the plan's site. Two or three queries.

    Raises Refused when a practitioner, room or piece of equipment is no longer there.
    """
    practitioners = Practitioner.objects.in_bulk({slot.practitioner for _sitting, slot in chosen})
    rooms = Room.objects.select_related("site").in_bulk({slot.room for _sitting, slot in chosen})
    things = {slot.equipment for _sitting, slot in chosen if slot.equipment}
    equipment = Equipment.objects.in_bulk(things) if things else {}
    try:
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
    except KeyError:
        raise Refused(_("A practitioner, room or piece of equipment is gone: propose again.")) from None


def check_line(line: Line, *, for_one_who_waits: bool = False) -> None:
    """Refuses a line that no diary could hold, or whose parts do not belong together.

    A slot kept for one who waits names no sitting: that may still be booked elsewhere.
    """
    if line.starts.tzinfo is None:
        raise ValueError("An appointment starts at an aware instant.")
    if not 0 < line.minutes <= LONGEST.total_seconds() / 60 or line.room_free_at - line.starts > LONGEST:
        raise Refused(guard.SENTENCES[guard.SHAPE], "minutes")
    if line.starts.timestamp() % 300 or line.minutes % 5:
        raise Refused(guard.SENTENCES[guard.SHAPE], "starts")
    if line.kind == Kind.SITTING and line.sitting is None and not for_one_who_waits:
        raise Refused(_("Choose which sitting this appointment is for."), "sitting")
    if line.sitting and line.sitting.plan.patient_id != line.patient.pk:
        raise Refused(_("This sitting belongs to another patient."), "sitting")
    if line.equipment and line.equipment.site_id != line.room.site_id:
        raise Refused(_("The equipment and the room are at different sites."), "equipment")


def fingerprint(lines: Sequence[Line], *, act: str = "") -> str:
    """The content of a booking as a digest: the same lines, the same booking; another `act` on them is another one."""
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
    content = repr((act, parts) if act else parts)
    return hashlib.sha256(content.encode()).hexdigest()
