"""Free slots for a visit that belongs to no plan: a consultation, a test, a review, a complementary therapy."""

from collections import Counter
from datetime import date, timedelta

from scheduling.engine.offers import EVERYTHING, Only, slots_for
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import DueSitting, Offer

VISIT = 1
"""The number under which a visit is asked for: it is the only one of its request."""
MOST_RANKED = 400
"""More offers than any reach of days has: two a day with each practitioner."""


def visit_due(first: date, days: int) -> DueSitting:
    """A visit as the search takes it: on any of so many days from `first` on, the sooner the better."""
    return DueSitting(
        number=VISIT,
        phase=0,
        ideal=first,
        gap=0,
        early=0,
        late=days - 1,
        minimum_gap=1,
        earliest=first,
        latest=first + timedelta(days=days - 1),
    )


def visit_slots(
    request: CycleRequest, most: int = 12, most_a_day: int = 3, only: Only = EVERYTHING
) -> tuple[Offer, ...]:
    """The best free slots of a `visit_due`, best first; not so many of one day that there is no choice of days.

    When its days hold none, the best of the days after them, as `slots_for` finds them.
    """
    chosen = []
    taken: Counter[date] = Counter()
    for offer in slots_for(request, VISIT, MOST_RANKED, only):
        if taken[offer.slot.day] < most_a_day:
            taken[offer.slot.day] += 1
            chosen.append(offer)
    return tuple(chosen[:most])
