"""Which free slots somebody looks for: from which day, with whom, on which weekday, in which part of the day."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from scheduling.engine.offers import HALVES, Only, slots_for, slots_from
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import Offer
from scheduling.selectors.local_time import MINUTES_IN_DAY

MOST_RANKED = 400
"""More offers than any reach of days has: two a day with each practitioner."""
MOST_TIMES = 12
MOST_A_DAY = 3
HOUR = 60


class Part(TextChoices):
    MORNING = "morning", _("morning")
    AFTERNOON = "afternoon", _("afternoon")
    EVENING = "evening", _("evening")


# The local minutes of each part of the day: the product's own.
MINUTES = {Part.MORNING: (0, 13 * HOUR), Part.AFTERNOON: (13 * HOUR, 17 * HOUR), Part.EVENING: (17 * HOUR, 24 * HOUR)}


@dataclass(frozen=True, slots=True)
class Look:
    """From which local day, or on which only; with whom (id); the weekday (Monday 0); the part of the day."""

    first: date | None = None
    day: date | None = None
    practitioner: int | None = None
    weekday: int | None = None
    part: str = ""

    def only(self) -> Only:
        """The same for the engine: a part that was asked for, and a whole day, offer each hour."""
        begin, end = MINUTES[Part(self.part)] if self.part else (0, MINUTES_IN_DAY)
        hours = tuple(range(start, start + HOUR) for start in range(begin, end, HOUR))
        weekdays = frozenset() if self.weekday is None else frozenset({self.weekday})
        return Only(weekdays, self.day, hours if self.part or self.day else HALVES)

    def slots(self, request: CycleRequest, number: int, most: int) -> tuple[Offer, ...]:
        """The ranked free slots of one sitting of a request that answer to it."""
        if self.practitioner:
            request = replace(request, practitioners=frozenset({self.practitioner}))
        if self.first:
            return slots_from(request, number, self.first, most, self.only())
        return slots_for(request, number, most, self.only())


EVERYWHERE = Look()


def spread(offers: Iterable[Offer], look: Look = EVERYWHERE, most: int = MOST_TIMES) -> tuple[Offer, ...]:
    """The ranked offers at so many different times, in their order, with everybody who is free at each of them.

    No more than MOST_A_DAY of one day, and one of an hour, unless a single day is looked at: then all of it.
    """
    times: set[tuple[date, int]] = set()
    hours: set[tuple[date, int]] = set()
    days: Counter[date] = Counter()
    kept = []
    for offer in offers:
        day, start = offer.slot.day, offer.slot.start
        if (day, start) not in times:
            full = len(times) >= most or days[day] >= MOST_A_DAY or (day, start // HOUR) in hours
            if full and not look.day:
                continue
            times.add((day, start))
            hours.add((day, start // HOUR))
            days[day] += 1
        kept.append(offer)
    return tuple(kept)
