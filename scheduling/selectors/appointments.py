"""One appointment as its page tells it: its story from history, its sitting's dates, and the sitting that follows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from scheduling.models import Appointment, CancelReason, Sitting, SittingState, Status


@dataclass(frozen=True, slots=True)
class StoryLine:
    """Something that happened: when (the site's clock), who did it, what."""

    when: str
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class NextSitting:
    """The sitting after one: its window, and its slot if it has one."""

    sitting: Sitting
    window: str
    appointment: Appointment | None
    when: str


def appointments_for_page() -> QuerySet[Appointment]:
    """Appointments with all that their page names, in one query."""
    return Appointment.objects.select_related(
        "patient",
        "practitioner",
        "room__site",
        "equipment",
        "sitting__phase",
        "sitting__plan__protocol",
        "sitting__plan__patient",
        "sitting__plan__site",
    )


def local_words(instant: datetime, appointment: Appointment) -> str:
    """An instant on the clock of the appointment's site: "Thu 3 Dec 2026, 10:00"."""
    here = timezone.localtime(instant, appointment.room.site.zone)
    return f"{date_format(here, 'D j b Y')}, {here:%H:%M}"


def span_words(appointment: Appointment) -> str:
    """Day and times of an appointment on its site's clock."""
    ends = timezone.localtime(appointment.ends, appointment.room.site.zone)
    return f"{local_words(appointment.starts, appointment)}–{ends:%H:%M}"


def window_words(sitting: Sitting) -> str:
    """The window of a sitting, both days included."""
    return f"{date_format(sitting.earliest, 'D j b')} – {date_format(sitting.latest, 'D j b')}"


def which_of(sitting: Sitting) -> str:
    """Number of a sitting and its phase."""
    return _("%(number)s · %(phase)s") % {"number": sitting.number, "phase": sitting.phase.get_purpose_display()}


def story_of(appointment: Appointment) -> tuple[StoryLine, ...]:
    """What happened to an appointment, newest first. One query."""
    read = appointment.history.select_related("history_user", "practitioner", "room")  # type: ignore[attr-defined]
    records = list(read.order_by("history_date", "history_id"))
    lines = [
        StoryLine(
            when=local_words(record.history_date, appointment),
            who=str(record.history_user) if record.history_user else _("the system"),
            what=_what_happened(record, before, appointment),
        )
        for before, record in zip([None, *records], records, strict=False)
    ]
    return tuple(reversed(lines))


def _what_happened(record: Any, before: Any, appointment: Appointment) -> str:
    slot = {
        "when": local_words(record.starts, appointment),
        "practitioner": record.practitioner,
        "room": record.room,
    }
    if before is None and record.status == Status.RESERVED:
        return _("Reserved for %(when)s with %(practitioner)s, %(room)s") % slot
    if before is None:
        return _("Booked for %(when)s with %(practitioner)s, %(room)s") % slot
    if record.status != before.status:
        return _step_words(record, before.status)
    where = ("starts", "ends", "practitioner_id", "room_id", "equipment_id")
    if any(getattr(record, name) != getattr(before, name) for name in where):
        return _("Moved to %(when)s with %(practitioner)s, %(room)s") % slot
    return _("Edited")


def _step_words(record: Any, before: str) -> str:
    if before == Status.RESERVED and record.status == Status.BOOKED:
        return _("Confirmed")
    if record.status == Status.BOOKED or (record.status, before) == (Status.ARRIVED, Status.IN_TREATMENT):
        return _("Taken back: %(status)s again") % {"status": Status(record.status).label}
    if record.status == Status.CANCELLED and record.cancel_reason:
        reason = CancelReason(record.cancel_reason).label
        why = f"{reason} ({record.cancel_note})" if record.cancel_note else reason
        return _("Cancelled: %(why)s") % {"why": why}
    words = {
        Status.ARRIVED: _("Arrived"),
        Status.IN_TREATMENT: _("Treatment started"),
        Status.COMPLETED: _("Completed"),
        Status.NO_SHOW: _("Did not come"),
        Status.CANCELLED: _("Cancelled"),
    }
    return words.get(record.status, _("Edited"))


def next_sitting(sitting: Sitting) -> NextSitting | None:
    """The first sitting after one that is still to be given, with its slot. Two queries."""
    to_come = sitting.plan.sittings.filter(number__gt=sitting.number, state__in=[SittingState.DUE, SittingState.BOOKED])
    following = to_come.select_related("phase", "plan__patient", "plan__site").order_by("number").first()
    if following is None:
        return None
    agreed = following.appointments.exclude(status__in=[Status.RESERVED, Status.CANCELLED, Status.NO_SHOW])
    slot = agreed.select_related("practitioner", "room__site").first()
    return NextSitting(following, window_words(following), slot, span_words(slot) if slot else "")
