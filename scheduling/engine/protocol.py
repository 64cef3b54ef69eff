"""From phases and a start to dated sittings, and what follows when one is given off its date."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum

from scheduling.engine.cadence import Cadence, Tolerance, Unit, days_after, window
from scheduling.engine.terms import DueSitting, PhaseSpec, SittingDates

HORIZON = 12
"""Sittings an open-ended phase keeps ahead."""


def due_sittings(phases: Sequence[PhaseSpec], start: date) -> tuple[DueSitting, ...]:
    """The plan's sittings, each with its ideal local date and its window from the ideal of the one before."""
    _check_phases(phases)
    sittings: list[DueSitting] = []
    before: date | None = None
    for phase, spec, ideal in _ideal_dates(phases, start):
        gap = (ideal - before).days if before else 0
        if before:
            earliest, latest = window(before, gap, spec.tolerance, spec.minimum_gap)
        else:
            earliest, latest = ideal, days_after(ideal, spec.tolerance.late)
        number = len(sittings) + 1
        rule = (gap, spec.tolerance.early, spec.tolerance.late, spec.minimum_gap)
        sittings.append(DueSitting(number, phase, ideal, *rule, earliest, latest))
        before = ideal
    return tuple(sittings)


def _check_phases(phases: Sequence[PhaseSpec]) -> None:
    if any(spec.count < 0 for spec in phases):
        raise ValueError("A phase cannot have fewer than 0 sittings.")
    if any(spec.open_ended for spec in phases[:-1]):
        raise ValueError("Only the last phase of a plan can be open-ended.")


def _ideal_dates(phases: Sequence[PhaseSpec], start: date) -> Iterator[tuple[int, PhaseSpec, date]]:
    before: date | None = None
    for index, spec in enumerate(phases):
        anchor = (spec.gap_before or spec.cadence).after(before, 1) if before else start
        for times in range(HORIZON if spec.open_ended else spec.count):
            # Each from the phase's anchor, so that nothing drifts.
            before = spec.cadence.after(anchor, times)
            yield index, spec, before


def stands_on(sitting: SittingDates) -> date:
    """The local date the next window counts from: given, else booked, else ideal."""
    return sitting.given or sitting.booked or sitting.ideal


def rewindow(story: Sequence[SittingDates]) -> tuple[tuple[date, date], ...]:
    """The window of each sitting from the one before it that was not skipped, whose days still count.

    A placed sitting after one that has no day yet may also count over it, from the last one that has: its window is
    both together.
    """
    windows = []
    before: date | None = None
    placed: date | None = None
    skipped_days = days_since_placed = 0
    for sitting in story:
        gap = sitting.gap + skipped_days
        days_since_placed += sitting.gap
        found = _window_after(sitting, before, gap)
        if is_placed(sitting) and placed and placed != before:
            earliest, latest = _window_after(sitting, placed, days_since_placed)
            found = min(found[0], earliest), max(found[1], latest)
        windows.append(found)
        if sitting.skipped:
            skipped_days = gap
            continue
        before, skipped_days = stands_on(sitting), 0
        if is_placed(sitting):
            placed, days_since_placed = before, 0
    return tuple(windows)


def is_placed(sitting: SittingDates) -> bool:
    """Whether the sitting has its day: booked or given."""
    return bool(sitting.given or sitting.booked)


def _window_after(sitting: SittingDates, before: date | None, gap: int) -> tuple[date, date]:
    if before is None:
        return sitting.ideal, days_after(sitting.ideal, sitting.late)
    return window(before, gap, Tolerance(sitting.early, sitting.late), sitting.minimum_gap)


class Follow(StrEnum):
    """What the rest of a plan does when a sitting is given off its ideal date."""

    KEEP_TARGETS = "keep-targets"
    RE_ANCHOR = "re-anchor"
    RESTART_PHASE = "restart-phase"
    ASK = "ask"


def respace(story: Sequence[SittingDates], after_number: int, rule: Follow) -> tuple[SittingDates, ...]:
    """What the sittings after one become; nothing changes while the targets are kept or the doctor is asked.

    Re-anchoring counts the rest from the date that sitting was given. Restarting makes it the first of its phase
    again, so the phase gains sittings and later ones are renumbered. Booked dates stay: moving them is another act.
    """
    pivot = next(sitting for sitting in story if sitting.number == after_number)
    rest = [sitting for sitting in story if sitting.number > after_number]
    if rule is Follow.RE_ANCHOR:
        return _counted_from(pivot, rest)
    if rule is Follow.RESTART_PHASE:
        return _counted_from(pivot, _with_phase_restarted(story, pivot, rest))
    return tuple(rest)


def _counted_from(pivot: SittingDates, rest: Sequence[SittingDates]) -> tuple[SittingDates, ...]:
    anchor = before = stands_on(pivot)
    phase, times = pivot.phase, 0
    respaced = []
    for sitting in rest:
        if sitting.left_out:
            respaced.append(sitting)
            continue
        times += 1
        if sitting.given:
            ideal = sitting.ideal
        elif sitting.phase != phase:
            ideal = (sitting.gap_before or sitting.cadence or _days(sitting.gap)).after(before, 1)
            anchor, phase, times = ideal, sitting.phase, 0
        elif sitting.cadence:
            ideal = sitting.cadence.after(anchor, times)
        else:
            ideal = days_after(before, sitting.gap)
        respaced.append(replace(sitting, ideal=ideal, gap=(ideal - before).days))
        before = ideal
    return tuple(respaced)


def _days(days: int) -> Cadence:
    return Cadence(days, Unit.DAY)


def _with_phase_restarted(
    story: Sequence[SittingDates], pivot: SittingDates, rest: Sequence[SittingDates]
) -> list[SittingDates]:
    same_phase = [sitting for sitting in story if sitting.phase == pivot.phase]
    to_come = [sitting for sitting in rest if sitting.phase == pivot.phase]
    later = [sitting for sitting in rest if sitting.phase != pivot.phase]
    # The gap in days of the phase's first sitting may be the pause before the phase; the last one's is its rhythm.
    pattern = replace(same_phase[-1], booked=None, given=None, skipped=False)
    added = [pattern] * (len(same_phase) - 1 - len(to_come))
    return [replace(sitting, number=pivot.number + i) for i, sitting in enumerate([*to_come, *added, *later], 1)]


def further_recalls(phase: PhaseSpec, anchor: date, already: int, today: date) -> tuple[tuple[int, date], ...]:
    """The recalls an open-ended phase lacks: (ordinal in the phase from 1, ideal local date), in order.

    With them HORIZON ideals lie on or after today. `already` sittings exist, counted from the phase's anchor.
    """
    ahead = sum(phase.cadence.after(anchor, times) >= today for times in range(already))
    recalls = []
    times = already
    while ahead < HORIZON:
        ideal = phase.cadence.after(anchor, times)
        times += 1
        ahead += ideal >= today
        recalls.append((times, ideal))
    return tuple(recalls)
