"""Free slots for a visit that belongs to no plan: a consultation, a test, a review, a complementary therapy."""

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


def visit_slots(request: CycleRequest, only: Only = EVERYTHING) -> tuple[Offer, ...]:
    """The free slots of a `visit_due` that answer to `only`, best first.

    When its days hold none, the best of the days after them, as `slots_for` finds them.
    """
    return slots_for(request, VISIT, MOST_RANKED, only)
