"""What happened to an appointment, in words: who, when, what and why, from its history."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scheduling.models import Appointment, CancelReason, Kind, Status, TreatmentPlan
from scheduling.models.appointments import OF_THE_CLINIC, OF_THE_PATIENT
from scheduling.models.protocols import Follow
from scheduling.selectors.appointments import local_words

PLACE = ("starts", "ends", "practitioner_id", "room_id", "equipment_id")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# From here on a cancellation is told in days.
LONG_BEFORE = 2 * DAY


@dataclass(frozen=True, slots=True)
class StoryLine:
    """Something that happened: when (the site's clock), who did it, what."""

    when: str
    who: str
    what: str


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


def notice_words(starts: datetime, at: datetime) -> str:
    """How long before its start something happened: 3 days before, 20 hours before, 10 minutes before, or after it."""
    left = starts - at
    if left < MINUTE:
        return _("after it was to begin")
    if left < HOUR:
        return ngettext("%(n)s minute before", "%(n)s minutes before", left // MINUTE) % {"n": left // MINUTE}
    if left < LONG_BEFORE:
        return ngettext("%(n)s hour before", "%(n)s hours before", left // HOUR) % {"n": left // HOUR}
    return ngettext("%(n)s day before", "%(n)s days before", left // DAY) % {"n": left // DAY}


def late_words(starts: datetime, arrived_at: datetime | None) -> str:
    """How late somebody arrived, in whole minutes; empty when they did not."""
    late = (arrived_at - starts) // MINUTE if arrived_at else 0
    return ngettext("%(n)s minute late", "%(n)s minutes late", late) % {"n": late} if late > 0 else ""


def rule_words(plan: TreatmentPlan) -> str:
    """What the plan's rule says once a sitting did not take place."""
    if plan.follow == Follow.RE_ANCHOR:
        return _("The sitting is due again; those after it are counted from the day it is given.")
    return _("The sitting is due again; those after it keep their dates.")


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
    changed = {name for name in PLACE if getattr(record, name) != getattr(before, name)}
    if changed == {"ends"}:
        lengths = {"after": _minutes(record), "before": _minutes(before)}
        return _("Now %(after)s instead of %(before)s minutes") % lengths
    if changed:
        moved = {**slot, "before": local_words(before.starts, appointment), "whom": before.practitioner}
        if record.starts == before.starts:
            return _("Stays at %(when)s, now with %(practitioner)s, %(room)s") % moved
        return _("Moved from %(before)s with %(whom)s to %(when)s with %(practitioner)s, %(room)s") % moved
    if record.note != before.note:
        return _("Note: %(note)s") % {"note": record.note} if record.note else _("Note removed")
    return _("Edited")


def _minutes(record: Any) -> int:
    return (record.ends - record.starts) // MINUTE


def _step_words(record: Any, before: str) -> str:
    if before == Status.RESERVED and record.status == Status.BOOKED:
        return _("Confirmed")
    if record.status == Status.BOOKED or (record.status, before) == (Status.ARRIVED, Status.IN_TREATMENT):
        return _("Undone: %(status)s again") % {"status": Status(record.status).label}
    if record.status == Status.CANCELLED and record.cancel_reason:
        return _cancelled_words(record, before)
    if record.status == Status.ARRIVED and (late := late_words(record.starts, record.arrived_at)):
        return _("Arrived, %(late)s") % {"late": late}
    started = _("Treatment started") if record.kind == Kind.SITTING else _("Started")
    words = {
        Status.ARRIVED: _("Arrived"),
        Status.IN_TREATMENT: started,
        Status.COMPLETED: _("Completed"),
        Status.NO_SHOW: _("Did not come"),
        Status.CANCELLED: _("Cancelled"),
    }
    return words.get(record.status, _("Edited"))


def _cancelled_words(record: Any, before: str) -> str:
    """Who cancelled, how long before, and why; of a reservation only why it ended."""
    reason = CancelReason(record.cancel_reason)
    why = f"{reason.label} ({record.cancel_note})" if record.cancel_note else str(reason.label)
    told = {"why": why, "notice": notice_words(record.starts, record.history_date)}
    if before == Status.RESERVED:
        return _("Cancelled: %(why)s") % told
    if reason in OF_THE_PATIENT:
        return _("Cancelled by the patient, %(notice)s: %(why)s") % told
    if reason in OF_THE_CLINIC:
        return _("Cancelled by the clinic, %(notice)s: %(why)s") % told
    return _("Cancelled, %(notice)s: %(why)s") % told
