"""What a proposal's card shows."""

from collections import Counter
from collections.abc import Sequence

from scheduling.engine.ground import Ground, most_common, price
from scheduling.engine.rules import HALF_HOUR
from scheduling.engine.steps import Course
from scheduling.engine.terms import Figures, Proposal, ProposalName, Slot, Usual


def proposal_of(
    ground: Ground, name: ProposalName, slots: tuple[Slot, ...], cost: int | None = None, usual: Usual | None = None
) -> Proposal:
    """The slots as a proposal; its cost includes keeping to one weekday and half hour unless given."""
    course = ground.course
    figures = figures_of(slots, [step.ideal for step in course.steps], _outside_window(course, slots))
    return Proposal(name, slots, price(ground, slots) if cost is None else cost, figures, usual)


def figures_of(slots: Sequence[Slot], ideals: Sequence[int], outside_window: int) -> Figures:
    """The figures of slots in order; `ideals` are the day ordinals of their ideal dates."""
    weekday, on_weekday = most_common([slot.day.weekday() for slot in slots])
    band, on_band = most_common([slot.start // HALF_HOUR for slot in slots])
    minute, _ = most_common([slot.start for slot in slots if slot.start // HALF_HOUR == band])
    drifts = [abs(slot.day.toordinal() - ideal) for slot, ideal in zip(slots, ideals, strict=True)]
    who = Counter(slot.practitioner for slot in slots)
    return Figures(
        weekday=weekday if 2 * on_weekday >= len(slots) else None,
        minute=minute if 2 * on_band >= len(slots) else None,
        mean_drift=sum(drifts) / len(slots),
        off_usual=sum(slot.day.weekday() != weekday or slot.start // HALF_HOUR != band for slot in slots),
        outside_window=outside_window,
        last=slots[-1].day,
        practitioners=tuple(sorted(who.items(), key=lambda item: (-item[1], item[0]))),
    )


def _outside_window(course: Course, slots: Sequence[Slot]) -> int:
    """Sittings whose days after the one before break the gap rule; only slots that were fixed can."""
    before, outside = course.origin, 0
    for step, slot in zip(course.steps, slots, strict=True):
        day = slot.day.toordinal()
        outside += not step.rule[0] <= day - before <= step.rule[1]
        before = day
    return outside
