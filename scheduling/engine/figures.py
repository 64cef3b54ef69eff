"""What a proposal's card shows."""

from collections import Counter
from collections.abc import Sequence

from scheduling.engine.ground import Ground, price
from scheduling.engine.rules import HALF_HOUR
from scheduling.engine.steps import Course
from scheduling.engine.terms import Figures, Proposal, ProposalName, Slot


def proposal_of(ground: Ground, name: ProposalName, slots: tuple[Slot, ...], cost: int | None = None) -> Proposal:
    """The slots as a proposal; its cost includes keeping to one weekday and half hour unless given."""
    return Proposal(name, slots, price(ground, slots) if cost is None else cost, _figures(ground.course, slots))


def _figures(course: Course, slots: Sequence[Slot]) -> Figures:
    weekday, on_weekday = _most_common([slot.day.weekday() for slot in slots])
    band, on_band = _most_common([slot.start // HALF_HOUR for slot in slots])
    minute, _ = _most_common([slot.start for slot in slots if slot.start // HALF_HOUR == band])
    drifts = [abs(slot.day.toordinal() - step.ideal) for slot, step in zip(slots, course.steps, strict=True)]
    who = Counter(slot.practitioner for slot in slots)
    return Figures(
        weekday=weekday if 2 * on_weekday >= len(slots) else None,
        minute=minute if 2 * on_band >= len(slots) else None,
        mean_drift=sum(drifts) / len(slots),
        off_usual=sum(slot.day.weekday() != weekday or slot.start // HALF_HOUR != band for slot in slots),
        outside_window=_outside_window(course, slots),
        last=slots[-1].day,
        practitioners=tuple(sorted(who.items(), key=lambda item: (-item[1], item[0]))),
    )


def _most_common(values: Sequence[int]) -> tuple[int, int]:
    """The commonest value, the least of equals, and how often it occurs."""
    counts = Counter(values)
    value = min(counts, key=lambda each: (-counts[each], each))
    return value, counts[value]


def _outside_window(course: Course, slots: Sequence[Slot]) -> int:
    """Sittings whose days after the one before break the gap rule; only slots that were fixed can."""
    before, outside = course.origin, 0
    for step, slot in zip(course.steps, slots, strict=True):
        day = slot.day.toordinal()
        outside += not step.rule[0] <= day - before <= step.rule[1]
        before = day
    return outside
