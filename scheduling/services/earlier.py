"""Slots that are free already for somebody who would come earlier, so that nobody waits for what is there."""

from dataclasses import dataclass
from datetime import datetime

from scheduling.engine.terms import Offer, Slot
from scheduling.models import Appointment, EarlierWish, Status
from scheduling.selectors.appointments import appointments_for_page
from scheduling.selectors.cycles import slot_of
from scheduling.selectors.local_time import clock
from scheduling.selectors.looking import MOST_RANKED, Look, spread
from scheduling.services.moving import other_slots

MOST = 3


@dataclass(frozen=True, slots=True)
class FreeAlready:
    """A booked appointment, and the best free slots before it that its patient's wish would take."""

    appointment: Appointment
    offers: tuple[Offer, ...]


def free_already(*, wish: EarlierWish, now: datetime) -> FreeAlready | None:
    """What is free before the wish's appointment; None when there is nothing, or nothing is booked to be moved."""
    booked = appointments_for_page().filter(sitting=wish.sitting_id, status=Status.BOOKED, starts__gt=now).first()
    if booked is None:
        return None
    look = Look(practitioner=wish.practitioner_id, finely=True)
    present = slot_of(booked, booked.room.site.zone)
    ranked = other_slots(appointment=booked, now=now, look=look, most=MOST_RANKED)
    taken = [offer for offer in ranked if _sooner(offer.slot, present) and _wanted(wish, offer.slot)]
    found = spread(taken, most=MOST)
    return FreeAlready(booked, found) if found else None


def _sooner(slot: Slot, present: Slot) -> bool:
    return (slot.day, slot.start) < (present.day, present.start)


def _wanted(wish: EarlierWish, slot: Slot) -> bool:
    """Whether the wish takes the slot's day and hours."""
    if slot.day < wish.earliest or (wish.weekdays and slot.day.weekday() not in wish.weekdays):
        return False
    begins, ends = clock(slot.start), clock(slot.start + slot.minutes)
    return not (wish.from_time and begins < wish.from_time) and not (wish.until_time and ends > wish.until_time)
