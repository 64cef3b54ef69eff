"""An appointment put somewhere by hand: what it may be for, where it stands, and the move that can be taken back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from scheduling.engine.terms import Slot
from scheduling.models import Appointment, Sitting, SittingState, Status, TreatmentPlan
from scheduling.selectors.appointments import span_words
from scheduling.selectors.local_time import clock
from scheduling.selectors.proposals import names_of

UNDO_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Undo:
    """A move that has just been made: of what, where to, and the fields that put it back."""

    moved: Appointment
    when: str
    fields: dict[str, Any]


def slot_fields(appointment: Any, zone: Any) -> dict[str, Any]:
    """Where an appointment, or a version of it, stands: local day and time, minutes, who and where."""
    here = timezone.localtime(appointment.starts, zone)
    return {
        "day": f"{here:%Y-%m-%d}",
        "at": f"{here:%H:%M}",
        "minutes": int((appointment.ends - appointment.starts).total_seconds()) // 60,
        "practitioner": appointment.practitioner_id,
        "room": appointment.room_id,
    }


def undo_of(pk: int, user: object, now: datetime) -> Undo | None:
    """What `user` moved within the last seconds, if nobody has touched it since. Two queries."""
    moved = (
        Appointment.objects.select_related("patient", "room__site", "sitting")
        .filter(pk=pk, status=Status.BOOKED)
        .first()
    )
    if moved is None:
        return None
    records = moved.history.select_related("room__site", "history_user").order_by("-history_date", "-history_id")[:2]  # type: ignore[attr-defined]
    last, before = [*records, None, None][:2]
    if before is None or last.history_user != user or now - last.history_date > timedelta(seconds=UNDO_SECONDS):
        return None
    fields = slot_fields(before, before.room.site.zone)
    if before.status != Status.BOOKED or fields == slot_fields(moved, moved.room.site.zone):
        return None
    return Undo(moved, span_words(moved), {**fields, "version": moved.version})


def place_words(slot: Slot, today: date, minutes: int | None = None) -> str:
    """Where a free slot is: Today 10:40 · Dr Bianchi · Room 3; with its length when that was chosen. Two queries."""
    practitioners, rooms = names_of([slot])
    day = _("Today") if slot.day == today else date_format(slot.day, "D j b Y")
    parts = [f"{day}, {clock(slot.start):%H:%M}", practitioners[slot.practitioner], rooms[slot.room]]
    return " · ".join([*parts, _("%(minutes)s min") % {"minutes": minutes}] if minutes else parts)


def sittings_to_book(patient: int, asked: int = 0) -> list[Sitting]:
    """The due sittings of each plan of a patient that may be booked, plan by plan in their order. One query.

    Beside them the one `asked` for (its id), whatever has become of it: why it cannot be booked, or that this very
    press has booked it, is for the booking to say.
    """
    own = Sitting.objects.filter(plan__patient=patient)
    found = own.filter(Q(state=SittingState.DUE, plan__state__in=TreatmentPlan.BOOKABLE) | Q(pk=asked))
    return list(
        found.select_related("phase", "plan__protocol", "plan__patient", "plan__site").order_by("plan", "number")
    )


def next_of_each_plan(sittings: Iterable[Sitting]) -> list[Sitting]:
    """The first of those that are due, plan by plan."""
    first: dict[int, Sitting] = {}
    for sitting in sittings:
        if sitting.state == SittingState.DUE:
            first.setdefault(sitting.plan_id, sitting)
    return list(first.values())
