"""Lower bounds on a cycle, whoever treats, and the days they leave out.

A cycle that takes the cheapest practitioner every day, and pays for no change, costs no more than any real one. Its
least cost through a day is found forward and backward; a day above the limit is in no cycle within the limit.
"""

from collections.abc import Sequence
from operator import add

from scheduling.engine.openings import NEVER
from scheduling.engine.problem import Column, Problem

Tails = Sequence[list[int]]
"""For each step and day of its column, the least cost of all that comes after, whoever treats."""


def least_possible(problem: Problem) -> int:
    """A cost that no cycle can be under: each step at its cheapest, whatever its neighbours."""
    return sum(min(column.values) for column in problem.columns)


def days_within(problem: Problem, limit: int) -> list[int]:
    """The days (bit sets) of each step through which a cycle may cost at most the limit, which some cycle does."""
    problem = narrowed(problem, limit)
    problem, _ = within(problem, tails_of(problem), limit)
    return [
        sum(1 << day for day, value in enumerate(column.values, column.first) if value < NEVER)
        for column in problem.columns
    ]


def narrowed(problem: Problem, limit: int) -> Problem:
    """The problem without the days that cost over the limit even when all other steps are at their cheapest."""
    spare = limit - least_possible(problem)
    most = [min(column.values) + spare for column in problem.columns]
    return _keeping(
        problem,
        [[value <= top for value in column.values] for column, top in zip(problem.columns, most, strict=True)],
    )


def within(problem: Problem, tails: Tails, limit: int) -> tuple[Problem, Tails]:
    """The problem without the days through which every cycle costs over the limit, whoever treats."""
    kept = [
        [head + rest <= limit for head, rest in zip(heads.values, tail, strict=True)]
        for heads, tail in zip(_heads(problem), tails, strict=True)
    ]
    trimmed = [tail[keeps.index(True) : _end(keeps)] for tail, keeps in zip(tails, kept, strict=True)]
    return _keeping(problem, kept), trimmed


def _keeping(problem: Problem, kept: Sequence[list[bool]]) -> Problem:
    """The problem with only the days kept of each step, its columns cut to them."""
    columns = []
    for column, keeps in zip(problem.columns, kept, strict=True):
        start = keeps.index(True)
        values = [value if keep else NEVER for value, keep in zip(column.values, keeps, strict=True)]
        columns.append(Column(column.first + start, values[start : _end(keeps)]))
    return Problem(problem.frame, problem.prices, tuple(columns))


def _end(keeps: list[bool]) -> int:
    return len(keeps) - keeps[::-1].index(True)


def least_sum(values: list[int], at: int, beat: list[int]) -> int:
    """The least of value + beat with the beat laid on the values from index `at`, wherever they overlap."""
    if at < 0:
        return min(map(add, values, beat[-at:]), default=NEVER)
    return min(map(add, values[at : at + len(beat)], beat), default=NEVER)


def tails_of(problem: Problem) -> Tails:
    """The tails of all steps, from the last back."""
    tails = [[0] * len(problem.columns[-1].values)]
    for k in range(len(problem.columns) - 2, -1, -1):
        column, after, step, beat = (
            problem.columns[k],
            problem.columns[k + 1],
            problem.frame.course.steps[k + 1],
            problem.frame.beats[k + 1],
        )
        onward = list(map(add, after.values, tails[-1]))
        offset = column.first + step.least - after.first
        tails.append([least_sum(onward, i + offset, beat) if v < NEVER else NEVER for i, v in enumerate(column.values)])
    return tails[::-1]


def entry_costs(problem: Problem) -> list[int]:
    """The rhythm cost of the first step on each of its days."""
    column, step = problem.columns[0], problem.frame.course.steps[0]
    since = column.first + problem.frame.course.days.start - problem.frame.course.origin - step.least
    return problem.frame.beats[0][since : since + len(column.values)]


def _heads(problem: Problem) -> list[Column]:
    """For each step and day, the least cost of the cycle up to it and with it, whoever treats."""
    first = problem.columns[0]
    heads = [Column(first.first, list(map(add, first.values, entry_costs(problem))))]
    for column, step, beat in zip(
        problem.columns[1:], problem.frame.course.steps[1:], problem.frame.beats[1:], strict=True
    ):
        before, backward = heads[-1], beat[::-1]
        offset = column.first - step.most - before.first
        values = [
            value + least_sum(before.values, i + offset, backward) if value < NEVER else NEVER
            for i, value in enumerate(column.values)
        ]
        heads.append(Column(column.first, values))
    return heads


def costs_by_start(problem: Problem, tails: Tails) -> list[int]:
    """For each first day, the least cost of a whole cycle from it, whoever treats."""
    return list(map(add, map(add, problem.columns[0].values, entry_costs(problem)), tails[0]))
