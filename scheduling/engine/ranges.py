"""A phase with a range of sittings, settled near its end: stop, go on to a number, or begin the recalls."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import count as counted
from itertools import islice

from scheduling.engine.cadence import Cadence
from scheduling.engine.protocol import Follow, rewindow, stands_on
from scheduling.engine.terms import PhaseSpec, SittingDates

NEAR_END = 2
"""A phase nears its end when no more than this many of its sittings are still to be given."""


class RangeChoice(StrEnum):
    """What a doctor decides about a phase with a range: nothing comes after it, so many in all, or the next phase."""

    STOP = "stop"
    GO_ON = "go-on"
    RECALLS = "recalls"


@dataclass(frozen=True, slots=True)
class Decision:
    """What was chosen for the phase at a position, and how many of its sittings are given or to be given in all."""

    choice: RangeChoice
    phase: int
    count: int


@dataclass(frozen=True, slots=True)
class Step:
    """One sitting before and after a decision: new when it was not there, left out when it is not to be given."""

    was: SittingDates | None
    becomes: SittingDates | None

    @property
    def left_out(self) -> bool:
        return self.was is not None and not self.was.skipped and (self.becomes is None or self.becomes.skipped)


def to_leave_out(story: Sequence[SittingDates], decision: Decision) -> tuple[SittingDates, ...]:
    """The sittings a decision leaves out; those of them that are booked or given stand in its way."""
    own = [sitting for sitting in story if sitting.phase == decision.phase and not sitting.skipped]
    if decision.choice is RangeChoice.RECALLS:
        return tuple(sitting for sitting in own if not stands(sitting))
    beyond = own[decision.count :]
    if decision.choice is RangeChoice.STOP:
        beyond += [sitting for sitting in story if sitting.phase > decision.phase and not sitting.skipped]
    return tuple(beyond)


def decided(
    story: Sequence[SittingDates],
    phases: Mapping[int, PhaseSpec],
    decision: Decision,
    *,
    rule: Follow,
    remembered: Collection[int] = (),
) -> tuple[Step, ...]:
    """Every sitting before and after a decision, in the order of the plan; `phases` are its phases by position.

    New sittings keep the phase's rhythm. Later phases begin one gap after the last sitting that stays: after its ideal
    date, or, when the recalls begin now, after the day it was given or is booked for. Sittings left out disappear, but
    those whose numbers are `remembered` stay as skipped ones that take no days. One missed before a sitting that has
    its day stays as skipped, with its days, so that nothing behind it moves.
    """
    leaving = {sitting.number for sitting in to_leave_out(story, decision)}
    last_day = max((sitting.number for sitting in story if stands(sitting)), default=0)
    steps = [Step(was, _left_out(was, last_day, remembered) if was.number in leaving else was) for was in story]
    at = 1 + max(index for index, was in enumerate(story) if was.phase == decision.phase)
    added = _added(story, phases[decision.phase], decision, rule)
    steps[at:at] = [Step(None, sitting) for sitting in added]
    follows = decision.choice is RangeChoice.RECALLS or (decision.choice is RangeChoice.GO_ON and (leaving or added))
    return _renumbered(_redated(steps, phases, decision, rule) if follows else steps)


def stands(sitting: SittingDates) -> bool:
    """Whether a sitting has its day: given or booked."""
    return bool(sitting.given or sitting.booked)


def _left_out(was: SittingDates, last_day: int, remembered: Collection[int]) -> SittingDates | None:
    """What remains of a sitting that is left out; `last_day` is the number of the last one that has its day."""
    if was.number < last_day:
        return replace(was, skipped=True)
    return replace(was, skipped=True, gap=0) if was.number in remembered else None


def _added(
    story: Sequence[SittingDates], spec: PhaseSpec, decision: Decision, rule: Follow
) -> tuple[SittingDates, ...]:
    own = [sitting for sitting in story if sitting.phase == decision.phase]
    lacking = decision.count - sum(not sitting.skipped for sitting in own)
    if decision.choice is not RangeChoice.GO_ON or lacking <= 0:
        return ()
    pattern = replace(own[-1], booked=None, given=None, skipped=False, cadence=spec.cadence)
    before = _last_day([sitting for sitting in own if not sitting.left_out], rule)
    added = []
    for ideal in islice(_rhythm(own, spec.cadence, rule), lacking):
        added.append(replace(pattern, ideal=ideal, gap=(ideal - before).days))
        before = ideal
    return tuple(added)


def _last_day(own: Sequence[SittingDates], rule: Follow) -> date:
    """The local date from which what follows is counted: where dates shift, from the day the last one was given."""
    return stands_on(own[-1]) if rule is Follow.RE_ANCHOR and own[-1].given else own[-1].ideal


def _rhythm(own: Sequence[SittingDates], cadence: Cadence, rule: Follow) -> Iterator[date]:
    """The ideal dates that go on after a phase's sittings, from its first, or from the last given where dates shift."""
    counting = [sitting for sitting in own if not sitting.left_out]
    last = _last_day(counting, rule)
    given = [sitting for sitting in counting if sitting.given]
    anchor = stands_on(given[-1]) if rule is Follow.RE_ANCHOR and given else counting[0].ideal
    times = _times(anchor, cadence, last)
    if times is None:  # the dates were set otherwise
        anchor, times = last, 0
    for further in counted(times + 1):
        yield cadence.after(anchor, further)


def _times(anchor: date, cadence: Cadence, day: date) -> int | None:
    """How many cadences after the anchor a day is; nothing when the rhythm passes it by."""
    for times in counted():
        reached = cadence.after(anchor, times)
        if reached >= day:
            return times if reached == day else None
    return None


def _redated(steps: Sequence[Step], phases: Mapping[int, PhaseSpec], decision: Decision, rule: Follow) -> list[Step]:
    """The steps with every later phase dated from the last sitting that stays of the phase decided on."""
    own = [step.becomes for step in steps if step.becomes and step.becomes.phase == decision.phase]
    stays = [sitting for sitting in own if not sitting.left_out]
    if decision.choice is RangeChoice.RECALLS:
        before = stands_on([sitting for sitting in stays if not sitting.skipped][-1])
    else:
        before = _last_day(stays, rule)
    redated = []
    phase, times, anchor = decision.phase, 0, before
    for step in steps:
        sitting = step.becomes
        if sitting and sitting.phase > decision.phase and not sitting.left_out:
            spec = phases[sitting.phase]
            if sitting.phase != phase:
                anchor, phase, times = (spec.gap_before or spec.cadence).after(before, 1), sitting.phase, 0
            ideal = spec.cadence.after(anchor, times)
            step = Step(step.was, replace(sitting, ideal=ideal, gap=(ideal - before).days))
            before, times = ideal, times + 1
        redated.append(step)
    return redated


def _renumbered(steps: Sequence[Step]) -> tuple[Step, ...]:
    numbers = counted(1)
    return tuple(
        Step(step.was, replace(step.becomes, number=next(numbers)) if step.becomes else None) for step in steps
    )


def to_move(steps: Sequence[Step]) -> tuple[SittingDates, ...]:
    """The booked sittings, as they were, that a decision has re-dated out of their windows.

    One that must move no longer holds the window of the next, so that one is measured from the new ideal date.
    """
    told = {step.becomes.number: step.becomes for step in steps if step.becomes}
    was = {step.becomes.number: step.was for step in steps if step.becomes and step.was}
    redated = {number for number, before in was.items() if before.ideal != told[number].ideal}
    moving: list[int] = []
    while True:
        out = [
            sitting.number
            for sitting, (earliest, latest) in zip(told.values(), rewindow(list(told.values())), strict=True)
            if sitting.number in redated and sitting.booked and not earliest <= sitting.booked <= latest
        ]
        if not out:
            return tuple(was[number] for number in sorted(moving))
        # One by one: without the first of them, the window of the next may hold it.
        moving.append(out[0])
        told[out[0]] = replace(told[out[0]], booked=None)
