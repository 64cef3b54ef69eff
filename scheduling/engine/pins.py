"""Slots chosen by hand for sittings of a cycle: which of them still stand, and the request with them in place."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from scheduling.engine.ground import Ground, ground_of
from scheduling.engine.offers import slots_for
from scheduling.engine.openings import slot_at
from scheduling.engine.request import CycleRequest
from scheduling.engine.steps import course_of, reachable, usable
from scheduling.engine.terms import Slot


@dataclass(frozen=True, slots=True)
class Pin:
    """The choice of a start for one sitting: its number, the local day and wall minute, and who treats."""

    number: int
    day: date
    start: int
    practitioner: int


class LostPin(StrEnum):
    """Why a choice no longer stands."""

    PLACED = "placed"
    """the sitting is not to be placed any more"""
    TAKEN = "taken"
    """nothing can start there any more"""
    NO_FIT = "no-fit"
    """the day keeps no gap rule with the sittings around it"""


def with_pins(request: CycleRequest, pins: Iterable[Pin]) -> tuple[CycleRequest, dict[int, LostPin]]:
    """The request with the slots of the pins fixed, and why others were dropped, by sitting number.

    A pin stands when its start is free and some whole cycle goes through its day, given the pins of the sittings before
    it. Where no cycle is whole, it must be a day on which the sitting would be offered a slot by itself.
    """
    lost: dict[int, LostPin] = {}
    pins = sorted(pins, key=lambda pin: pin.number)
    if not pins:
        return request, lost
    ground = ground_of(request)
    to_place = {sitting.number for sitting in request.sittings} - request.fixed.keys()
    for pin in pins:
        slot = slot_at(ground.openings, pin.practitioner, pin.day.toordinal(), pin.start)
        if pin.number not in to_place:
            lost[pin.number] = LostPin.PLACED
        elif slot is None and pin.day.toordinal() in ground.course.days:
            lost[pin.number] = LostPin.TAKEN
        elif slot is None or not _fits(ground, request, pin):
            lost[pin.number] = LostPin.NO_FIT
        else:
            request = pinned(request, pin.number, slot)
    return request, lost


def pinned(request: CycleRequest, number: int, slot: Slot) -> CycleRequest:
    """The request with one sitting fixed by hand in a slot."""
    return replace(request, fixed={**request.fixed, number: slot}, pinned=request.pinned | {number})


def unpinned(request: CycleRequest, number: int) -> CycleRequest:
    """The request with one sitting free again, if it was fixed by hand."""
    if number not in request.pinned:
        return request
    fixed = {other: slot for other, slot in request.fixed.items() if other != number}
    return replace(request, fixed=fixed, pinned=request.pinned - {number})


def without_pins(request: CycleRequest) -> CycleRequest:
    """The request with every sitting that was fixed by hand free again."""
    fixed = {number: slot for number, slot in request.fixed.items() if number not in request.pinned}
    return replace(request, fixed=fixed, pinned=frozenset())


def _fits(ground: Ground, request: CycleRequest, pin: Pin) -> bool:
    course = course_of(request, ground.course.days)
    reached = reachable(course, ground.open_by_step)
    if all(reached):
        index = next(index for index, step in enumerate(course.steps) if step.number == pin.number)
        return bool(usable(course, reached)[index] >> pin.day.toordinal() - course.days.start & 1)
    offered = slots_for(request, pin.number, most=len(ground.course.days) * 2 * len(request.bookable))
    return pin.day in {offer.slot.day for offer in offered}
