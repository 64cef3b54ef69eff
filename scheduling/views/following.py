"""What follows at once: after a sitting given the next one, after one missed itself, after one moved the rest."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.urls import reverse
from django.utils import timezone

from scheduling.engine.terms import Slot
from scheduling.models import Appointment, Status
from scheduling.selectors.appointment_story import rule_words
from scheduling.selectors.appointments import due_again, next_sitting
from scheduling.selectors.cycles import slot_of
from scheduling.selectors.looking import MOST_RANKED, at_leisure, spread
from scheduling.selectors.moving import followers
from scheduling.selectors.offers import offer_days
from scheduling.services.moves import seal_slot
from scheduling.services.proposing import offers, seal

OFFERS = 3
AGAIN = (Status.CANCELLED, Status.NO_SHOW)


def following(done: Appointment, now: datetime, *, back: str) -> dict[str, Any] | None:
    """For the fragment `_next_sitting.html`: the sitting to come with its slot or offers; nothing without a sitting.

    Of an appointment that was cancelled or missed it is its own sitting, while that is to be booked anew. `back` is the
    address to go to once an offer is booked.
    """
    if done.sitting is None:
        return None
    again = done.status in AGAIN
    after = due_again(done.sitting) if again else next_sitting(done.sitting)
    if again and after is None:
        return None
    rule = rule_words(done.sitting.plan) if again else ""
    answer: dict[str, Any] = {"done": done, "next": after, "back": back, "key": uuid4(), "rule": rule}
    if after and not after.appointment:
        sitting = after.sitting
        ranked = offers(sitting=sitting, now=now, most=MOST_RANKED)
        ranked = at_leisure(ranked, timezone.localtime(now, sitting.plan.site.zone)) if again else ranked
        found = spread(ranked, most=OFFERS)
        tokens = [seal(sitting.plan, {sitting.number: offer.slot}) for offer in found]
        answer["days"] = offer_days(found, tokens, sitting.plan.practitioner_id)
    return answer


def follow_address(moved: Appointment, now: datetime) -> str:
    """Where the sittings after one can follow to where it stands now; empty when there are none."""
    return review_address(moved, slot_of(moved, moved.room.site.zone)) if followers(moved, now) else ""


def review_address(row: Appointment, slot: Slot) -> str:
    """The page that shows what may follow when an appointment stands at a slot."""
    return f"{reverse('appointment_move_review', args=[row.pk])}?{urlencode({'to': seal_slot(row, slot)})}"
