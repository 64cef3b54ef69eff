"""What comes after a sitting that was given: the next one's slot, or three offers, before the patient leaves."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from scheduling.models import Appointment
from scheduling.selectors.appointments import next_sitting
from scheduling.selectors.offers import offer_days
from scheduling.services.proposing import offers, seal

OFFERS = 3


def following(done: Appointment, now: datetime, *, back: str) -> dict[str, Any] | None:
    """For the fragment `_next_sitting.html`: the next sitting with its slot or offers; nothing without a sitting.

    `back` is the address to go to once an offer is booked.
    """
    if done.sitting is None:
        return None
    after = next_sitting(done.sitting)
    answer: dict[str, Any] = {"done": done, "next": after, "back": back, "key": uuid4()}
    if after and not after.appointment:
        sitting = after.sitting
        found = offers(sitting=sitting, now=now, most=OFFERS)
        tokens = [seal(sitting.plan, {sitting.number: offer.slot}) for offer in found]
        answer["days"] = offer_days(found, tokens, sitting.plan.practitioner_id)
    return answer
