"""The search problem of a cycle: what each step costs on each of its days, and each gap between two steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import add

from scheduling.engine import rules
from scheduling.engine.openings import NEVER
from scheduling.engine.rules import Weights
from scheduling.engine.steps import Course, Step


@dataclass(frozen=True, slots=True)
class Prices:
    """What a sitting costs by itself, by index of its day in the span: with each practitioner, and at least.

    `standing` holds the cost of the slots that steps have already, by number; `days` what the day adds whoever treats.
    """

    by_practitioner: dict[int, list[int]]
    least: list[int]
    days: list[int]
    standing: dict[int, int]


@dataclass(frozen=True, slots=True)
class Column:
    """A value for each day of a step, from the day `first` on; NEVER where the step cannot be."""

    first: int
    values: list[int]

    def at(self, day: int) -> int:
        """The value of a day within the column."""
        return self.values[day - self.first]


@dataclass(frozen=True, slots=True)
class Frame:
    """What does not depend on prices: for each step its drift cost on each usable day, and its rhythm costs.

    A beat lists the rhythm cost of each number of days after the step before, from the least to the most.
    """

    course: Course
    weights: Weights
    drifts: tuple[Column, ...]
    beats: tuple[list[int], ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A frame with prices: for each step the least it costs by itself on each usable day, whoever treats."""

    frame: Frame
    prices: Prices
    columns: tuple[Column, ...]


def frame_of(course: Course, usable: Sequence[int], weights: Weights) -> Frame:
    """The frame over the usable days (bit sets) of each step."""
    # Most steps share their gap rule: each is reckoned once.
    rules_of_gap = [(step.gap, step.least, step.most) for step in course.steps]
    beats = {rule: _beat(*rule, weights) for rule in set(rules_of_gap)}
    drifts = _drifts([step.ideal - course.days.start for step in course.steps], usable, weights)
    return Frame(course, weights, drifts, tuple(beats[rule] for rule in rules_of_gap))


def _beat(gap: int | None, least: int, most: int, weights: Weights) -> list[int]:
    return [0 if gap is None else rules.rhythm(days, gap, weights) for days in range(least, most + 1)]


def _drifts(ideals: Sequence[int], usable: Sequence[int], weights: Weights) -> tuple[Column, ...]:
    """The drift cost of each step on its usable days. It is reckoned once for each distance."""
    spans = [((days & -days).bit_length() - 1, days.bit_length()) for days in usable]
    least = min(first - ideal for (first, _end), ideal in zip(spans, ideals, strict=True))
    most = max(end - ideal for (_first, end), ideal in zip(spans, ideals, strict=True))
    by_distance = [rules.drift(distance, weights) for distance in range(least, most)]
    columns = []
    for (first, end), ideal, days in zip(spans, ideals, usable, strict=True):
        costs, bits = by_distance[first - ideal - least : end - ideal - least], f"{days:b}"[::-1][first:]
        columns.append(Column(first, [cost if bit == "1" else NEVER for cost, bit in zip(costs, bits, strict=True)]))
    return tuple(columns)


def leaving_cost(step: Step, prices: Prices) -> int:
    """What a step pays for leaving the slot it has: its price, and all that staying would have cost by itself.

    So a slot that is dear, off the patient's hours or the usual weekday, is no reason to leave it.
    """
    return step.leaving + prices.standing[step.number] if step.present else 0


def problem_of(frame: Frame, prices: Prices) -> Problem:
    """The search problem of a frame at some prices."""
    columns = []
    for step, drifts in zip(frame.course.steps, frame.drifts, strict=True):
        if step.fixed:
            values = [prices.standing[step.number] + drifts.values[0]]
        else:
            span = slice(drifts.first, drifts.first + len(drifts.values))
            values = list(map(add, map(add, prices.least[span], prices.days[span]), drifts.values))
        if step.present:
            values = [value + leaving_cost(step, prices) for value in values]
            day = step.present.day.toordinal() - frame.course.days.start - drifts.first
            if 0 <= day < len(values):
                values[day] = min(values[day], prices.standing[step.number] + drifts.values[day])
        columns.append(Column(drifts.first, values))
    return Problem(frame, prices, tuple(columns))
