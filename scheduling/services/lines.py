"""The lines of a booking: one appointment each, before it is written."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.models import Patient
from scheduling import guard
from scheduling.engine.terms import Slot
from scheduling.models import Appointment, Equipment, Kind, Practitioner, ResourceKind, Room, Sitting, TreatmentPlan
from scheduling.selectors.local_time import instant, slot_between
from scheduling.services.refusals import Refused


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when an appointment could stand: who, where, with what, and when (aware, UTC; minutes)."""

    practitioner: Practitioner
    room: Room
    starts: datetime
    minutes: int
    equipment: Equipment | None = None


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
    def slot(self) -> Slot:
        """The time it takes, as a slot on the wall of the room's site."""
        equipment = self.equipment.pk if self.equipment else None
        return slot_between(self.starts, self.ends, self.room.site.zone, self.practitioner.pk, self.room.pk, equipment)

    def at(self, place: Place) -> "Line":
        """The same for a place."""
        return replace(
            self,
            practitioner=place.practitioner,
            room=place.room,
            equipment=place.equipment,
            starts=place.starts,
            minutes=place.minutes,
        )

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
    """Lines for sittings and the engine's slots. Two or three queries; raises Refused as `places_of` does."""
    places = places_of([slot for _sitting, slot in chosen])
    return [
        Line(
            patient=plan.patient,
            kind=Kind.SITTING,
            sitting=sitting,
            practitioner=place.practitioner,
            room=place.room,
            equipment=place.equipment,
            starts=place.starts,
            minutes=place.minutes,
        )
        for (sitting, _slot), place in zip(chosen, places, strict=True)
    ]


def places_of(slots: Sequence[Slot]) -> list[Place]:
    """The places of slots, from wall time at their room's site. Two or three queries.

    Raises Refused when a practitioner, room or piece of equipment is no longer there.
    """
    practitioners = Practitioner.objects.in_bulk({slot.practitioner for slot in slots})
    rooms = Room.objects.select_related("site").in_bulk({slot.room for slot in slots})
    things = {slot.equipment for slot in slots if slot.equipment}
    equipment = Equipment.objects.in_bulk(things) if things else {}
    try:
        return [
            Place(
                practitioners[slot.practitioner],
                rooms[slot.room],
                instant(slot.day, slot.start, rooms[slot.room].site.zone),
                slot.minutes,
                equipment[slot.equipment] if slot.equipment else None,
            )
            for slot in slots
        ]
    except KeyError:
        raise Refused(_("A practitioner, room or piece of equipment is gone: choose again.")) from None


def check_line(line: Line, *, for_one_who_waits: bool = False) -> None:
    """Refuses a line that no diary could hold, or whose parts do not belong together.

    A slot kept for one who waits names no sitting: that may still be booked elsewhere.
    """
    if line.starts.tzinfo is None:
        raise ValueError("An appointment starts at an aware instant.")
    if not 0 < line.minutes <= guard.LONGEST_HOURS * 60 or line.room_free_at - line.starts > guard.LONGEST:
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
            line.note,
        )
        for line in lines
    ]
    content = repr((act, parts) if act else parts)
    return hashlib.sha256(content.encode()).hexdigest()
