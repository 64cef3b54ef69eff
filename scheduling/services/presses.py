"""One press of a button does its act once: the keys of presses, and the database's rules as sentences."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext as _

from clinic.models import User
from scheduling import guard
from scheduling.models import Appointment, BookingKey, Status
from scheduling.services.locking import retried
from scheduling.services.refusals import KeyReused, Refused, SlotTaken, Stale


def with_rules_in_words(write: Callable[[], list[Appointment]], key: UUID | None, content: str) -> list[Appointment]:
    """Runs a write; a database rule it breaks becomes that rule's sentence, outside the broken transaction."""
    try:
        return retried(write)
    except IntegrityError as error:
        if earlier := earlier_booking(key, content):
            return earlier
        rule = guard.broken_rule(error)
        if rule is None:
            raise
        refusal = Refused if rule == guard.SHAPE else SlotTaken
        raise refusal(guard.SENTENCES[rule]) from error


def earlier_booking(key: UUID | None, content: str) -> list[Appointment]:
    """The booking already made with this key, if any; KeyReused when it was made with other content.

    Stale when all of it was cancelled since: who goes back to a page and presses again is not told that it is booked.
    """
    stored = _pressed(key, content)
    if stored is None:
        return []
    made = list(stored.appointments.select_related("practitioner", "room__site", "sitting").order_by("starts"))
    if made and all(row.status == Status.CANCELLED and row.reserved_until is None for row in made):
        raise Stale(_("What was booked here has been cancelled since: choose again."))
    return made


def moved_already(key: UUID | None, content: str) -> bool:
    """Whether a press with this key has moved already; KeyReused when it was for something else."""
    return _pressed(key, content) is not None


def _pressed(key: UUID | None, content: str) -> BookingKey | None:
    stored = BookingKey.objects.filter(key=key).first() if key else None
    if stored and stored.fingerprint != content:
        raise KeyReused(_("This page has already booked something else: open it anew."))
    return stored


def kept_key(key: UUID | None, content: str, by: User, now: datetime, later: int = 0) -> BookingKey | None:
    """The key stored with what it was pressed for, and the days by which its plan starts later; nothing without one."""
    if key is None:
        return None
    return BookingKey.objects.create(key=key, fingerprint=content, made_by=by, made_at=now, later=later)
