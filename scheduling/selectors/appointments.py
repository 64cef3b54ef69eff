"""One appointment as its page tells it: its time, its sitting's dates, and the sitting that follows."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from scheduling.models import Appointment, Sitting, SittingState, Status


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


def booked_visit_words(booked: Appointment) -> str:
    """What has been booked for whom and when, as its message."""
    words = {"kind": booked.get_kind_display(), **_place_words(booked)}
    return _("%(patient)s: %(kind)s booked, %(when)s with %(practitioner)s, %(room)s.") % words


def moved_words(moved: Appointment) -> str:
    """Where an appointment of whom stands after it moved, as its message."""
    return _("%(patient)s: now %(when)s with %(practitioner)s, %(room)s.") % _place_words(moved)


def _place_words(booked: Appointment) -> dict[str, object]:
    return {
        "patient": booked.patient,
        "when": span_words(booked),
        "practitioner": booked.practitioner,
        "room": booked.room,
    }


def window_words(sitting: Sitting) -> str:
    """The window of a sitting, both days included."""
    return f"{date_format(sitting.earliest, 'D j b')} – {date_format(sitting.latest, 'D j b')}"


def which_of(sitting: Sitting) -> str:
    """Number of a sitting and its phase."""
    return _("%(number)s · %(phase)s") % {"number": sitting.number, "phase": sitting.phase.get_purpose_display()}


def due_again(sitting: Sitting) -> NextSitting | None:
    """A sitting that was missed or cancelled, as long as it can be booked anew."""
    if sitting.state != SittingState.DUE or not sitting.plan.is_bookable:
        return None
    return NextSitting(sitting, window_words(sitting), None, "")


def next_sitting(sitting: Sitting) -> NextSitting | None:
    """The first sitting after one that is still to be given, with its slot. Two queries."""
    to_come = sitting.plan.sittings.filter(number__gt=sitting.number, state__in=[SittingState.DUE, SittingState.BOOKED])
    following = to_come.select_related("phase", "plan__patient", "plan__site").order_by("number").first()
    if following is None:
        return None
    agreed = following.appointments.exclude(status__in=[Status.RESERVED, Status.CANCELLED, Status.NO_SHOW])
    slot = agreed.select_related("practitioner", "room__site").first()
    return NextSitting(following, window_words(following), slot, span_words(slot) if slot else "")
