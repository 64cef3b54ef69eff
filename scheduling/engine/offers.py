"""Free slots for one sitting, ranked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from scheduling.engine import rules
from scheduling.engine.cadence import gap_bounds
from scheduling.engine.free_time import MINUTES_IN_DAY
from scheduling.engine.ground import Ground, ground_of, own_cost
from scheduling.engine.openings import Openings, cheapest_start, has_start
from scheduling.engine.request import CycleRequest
from scheduling.engine.terms import DueSitting, Offer, Slot

MIDDAY = 13 * 60
"""Local minute that parts the two halves of a day; each half gives at most one offer a practitioner."""

HALVES = (range(MIDDAY), range(MIDDAY, MINUTES_IN_DAY))

OUTSIDE_DAYS = 28
"""How far past the window to look when nothing in it is free."""

LOOK_DAYS = 14
"""How many days are looked at from a day that was asked for."""


@dataclass(frozen=True, slots=True)
class Only:
    """What offers are narrowed to: weekdays (Monday 0) if any, one day if any, and starts in some local minutes.

    Each of the `parts` gives at most one offer a day and practitioner.
    """

    weekdays: frozenset[int] = frozenset()
    day: date | None = None
    parts: tuple[range, ...] = HALVES

    def admits(self, day: int) -> bool:
        """Whether a day, as its ordinal, may be offered."""
        if self.day and day != self.day.toordinal():
            return False
        return not self.weekdays or rules.weekday_of(day) in self.weekdays


EVERYTHING = Only()


@dataclass(frozen=True, slots=True)
class _Place:
    """A sitting between the slots that stand: its window and the days never allowed outside, as day ordinals."""

    sitting: DueSitting
    window: range
    at_most: range
    before: int | None
    neighbours: tuple[Slot, ...]
    after: tuple[DueSitting, Slot] | None


def slots_for(request: CycleRequest, number: int, most: int = 10, only: Only = EVERYTHING) -> tuple[Offer, ...]:
    """The best free slots of one sitting inside its window; if it holds none, the best around it."""
    place = _place(request, number)
    inside = _offers(request, place, place.window, only)
    offers = inside or _offers(request, place, place.at_most, only)
    return tuple(sorted(offers, key=_rank)[:most])


def slots_from(
    request: CycleRequest, number: int, first: date, most: int = 10, only: Only = EVERYTHING
) -> tuple[Offer, ...]:
    """The best free slots of one sitting over LOOK_DAYS from a local day on, in its window or not; none too close."""
    place = _place(request, number)
    start, end = first.toordinal(), first.toordinal() + LOOK_DAYS
    closest = place.at_most.start if place.before is not None else start
    stop = min(end, place.at_most.stop) if place.after else end
    return tuple(sorted(_offers(request, place, range(max(start, closest), stop), only), key=_rank)[:most])


def _place(request: CycleRequest, number: int) -> _Place:
    index = next(index for index, sitting in enumerate(request.sittings) if sitting.number == number)
    sitting = request.sittings[index]
    slot_before = request.fixed.get(request.sittings[index - 1].number) if index else None
    previous = slot_before.day if slot_before else None if index else request.previous
    following = request.sittings[index + 1] if index + 1 < len(request.sittings) else None
    slot_after = request.fixed.get(following.number) if following else None
    first, last = sitting.earliest.toordinal(), sitting.latest.toordinal()
    at_least = first
    if previous:
        least, longest = gap_bounds(sitting.gap, sitting.early, sitting.late, sitting.minimum_gap)
        first, last = previous.toordinal() + least, previous.toordinal() + longest
        at_least = previous.toordinal() + max(sitting.minimum_gap, 1)
    at_last = max(last, request.not_before[0].toordinal() if request.not_before else 0) + OUTSIDE_DAYS
    if following and slot_after:
        least, longest = gap_bounds(following.gap, following.early, following.late, following.minimum_gap)
        stands = slot_after.day.toordinal()
        first, last = max(first, stands - longest), min(last, stands - least)
        at_last = min(at_last, stands - max(following.minimum_gap, 1))
    return _Place(
        sitting=sitting,
        window=range(first, last + 1),
        at_most=range(at_least, at_last + 1),
        before=previous.toordinal() if previous else None,
        neighbours=tuple(slot for slot in (slot_before, slot_after) if slot),
        after=(following, slot_after) if following and slot_after else None,
    )


def _offers(request: CycleRequest, place: _Place, days: range, only: Only) -> list[Offer]:
    """One offer for each day, practitioner and part of the day that has a free start."""
    span = range(max(days.start, request.diary.first_day), min(days.stop, request.diary.last_day + 1))
    if not span:
        return []
    ground = ground_of(replace(request, sittings=(place.sitting,), fixed={}, present={}), span)
    admitted = [index for index, day in enumerate(span) if only.admits(day)]
    return [_offer(ground, place, slot) for slot in best_slots(ground.openings, admitted, only.parts)]


def best_slots(openings: Openings, days: Iterable[int], parts: Iterable[range] = HALVES) -> Iterator[Slot]:
    """The best free slot of each practitioner in each part of some days (indices in the span)."""
    days, grid = tuple(days), openings.request.diary.grid
    masks = [(1 << part.stop // grid) - (1 << part.start // grid) for part in parts]
    for practitioner in openings.levels:
        for day in days:
            for mask in masks:
                if has_start(openings, practitioner, day, mask):
                    yield cheapest_start(openings, practitioner, day, mask)[1]


def _offer(ground: Ground, place: _Place, slot: Slot) -> Offer:
    weights, day = ground.request.weights, slot.day.toordinal()
    drift = day - place.sitting.ideal.toordinal()
    cost = own_cost(ground, slot) + rules.drift(drift, weights)
    if place.before is not None:
        cost += rules.rhythm(day - place.before, place.sitting.gap, weights)
    if place.after:
        following, stands = place.after
        cost += rules.rhythm(stands.day.toordinal() - day, following.gap, weights)
    for neighbour in place.neighbours:
        cost += rules.change_of_practitioner(neighbour.practitioner, slot.practitioner, weights)
    return Offer(slot, drift, cost, day in place.window)


def _rank(offer: Offer) -> tuple[int, int, int, int]:
    return offer.cost, offer.slot.day.toordinal(), offer.slot.start, offer.slot.practitioner
