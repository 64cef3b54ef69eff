"""Which free slots somebody looks for: from which day, with whom, on which weekday, in which part of the day."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import TypeVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from scheduling.engine.offers import HALVES, Only, slots_for, slots_from
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import Offer, Slot
from scheduling.selectors.local_time import MINUTES_IN_DAY

MOST_RANKED = 400
"""More offers than any reach of days has: two a day with each practitioner."""
MOST_TIMES = 12
MOST_A_DAY = 3
HOUR = 60
LEAD_MINUTES = 60
"""How soon on the same day somebody who was missed can come: the product's own."""
Option = TypeVar("Option")


class Part(TextChoices):
    MORNING = "morning", _("morning")
    AFTERNOON = "afternoon", _("afternoon")
    EVENING = "evening", _("evening")


# The local minutes of each part of the day: the product's own.
MINUTES = {Part.MORNING: (0, 13 * HOUR), Part.AFTERNOON: (13 * HOUR, 17 * HOUR), Part.EVENING: (17 * HOUR, 24 * HOUR)}


@dataclass(frozen=True, slots=True)
class Look:
    """From which local day, or on which only; with whom (id); the weekday (Monday 0); the part of the day.

    `finely` looks at each hour and not only at the halves of a day.
    """

    first: date | None = None
    day: date | None = None
    practitioner: int | None = None
    weekday: int | None = None
    part: str = ""
    finely: bool = False

    def only(self) -> Only:
        """The same for the engine: a part that was asked for, and a whole day, offer each hour."""
        begin, end = MINUTES[Part(self.part)] if self.part else (0, MINUTES_IN_DAY)
        hours = tuple(range(start, start + HOUR) for start in range(begin, end, HOUR))
        weekdays = frozenset() if self.weekday is None else frozenset({self.weekday})
        return Only(weekdays, self.day, hours if self.part or self.day or self.finely else HALVES)

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


def at_leisure(ranked: Iterable[Offer], here: datetime) -> tuple[Offer, ...]:
    """The ranked offers for somebody who did not come just now: other days first, then one of today, if it is not soon.

    `here` is now on the site's wall; not soon is LEAD_MINUTES later.
    """
    today, soonest = here.date(), here.hour * HOUR + here.minute + LEAD_MINUTES
    offers = tuple(ranked)
    later = (offer for offer in offers if offer.slot.day != today)
    not_soon = (offer for offer in offers if offer.slot.day == today and offer.slot.start >= soonest)
    return (*later, *islice(not_soon, 1))


def different_first(options: Iterable[Option], slot_of: Callable[[Option], Slot]) -> tuple[Option, ...]:
    """The ranked options, those at a day and hour that stood before them already put last."""
    seen: set[tuple[date, int]] = set()
    first: list[Option] = []
    last: list[Option] = []
    for option in options:
        slot = slot_of(option)
        when = slot.day, slot.start // HOUR
        (last if when in seen else first).append(option)
        seen.add(when)
    return (*first, *last)
