"""The exact search: which day, and with whom, for every sitting of a cycle, at least total cost.

Gap rules are in whole days, so within a day the best start does not depend on the neighbours: each day is collapsed
to its cheapest start with each practitioner, and the rest is dynamic programming over day x practitioner. Bounds make
it small and keep it exact: a day or a state is dropped only when no cycle through it can be within the limit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import add

from scheduling.engine import rules
from scheduling.engine.bounds import (
    Tails,
    costs_by_start,
    entry_costs,
    least_possible,
    least_sum,
    narrowed,
    tails_of,
    within,
)
from scheduling.engine.openings import NEVER
from scheduling.engine.problem import Problem, leaving_cost


@dataclass(frozen=True, slots=True)
class Solution:
    """The cost, and each step's day (index in the span) and practitioner."""

    cost: int
    days: tuple[int, ...]
    practitioners: tuple[int, ...]


States = dict[int, list[int]]
"""By practitioner, the least cost of the cycle up to a step on each day of its column; NEVER where it cannot be."""


def solve(problem: Problem, limit: int = NEVER) -> Solution | None:
    """The cycle of least cost, or None when none costs at most the limit; of equals always the same one."""
    if least_possible(problem) > limit:
        return None
    if limit == NEVER:
        limit = _best_with(problem, _greedy_days(problem)).cost
    problem = narrowed(problem, limit)
    tails = tails_of(problem)
    least = min(costs_by_start(problem, tails))
    if least > limit:
        return None
    followed = _best_with(problem, _cheapest_days(problem, tails))
    if followed.cost == least:
        return followed
    limit = min(limit, followed.cost)
    return _with_continuity(*within(problem, tails, limit), limit)


def best_of(problem: Problem) -> Solution:
    """The cycle of least cost over usable days, so that there is one."""
    solution = solve(problem)
    if solution is None:
        raise LookupError("The days given hold no whole cycle.")
    return solution


def _greedy_days(problem: Problem) -> list[int]:
    """Some whole cycle: each step on its cheapest day after the one before."""
    return _cheapest_days(problem, [[0] * len(column.values) for column in problem.columns])


def _cheapest_days(problem: Problem, tails: Tails) -> list[int]:
    """The days of the cycle that the tails promise to be cheapest; the earliest of equals."""
    start = costs_by_start(problem, tails)
    days = [problem.columns[0].first + start.index(min(start))]
    for column, tail, step, beat in zip(
        problem.columns[1:], tails[1:], problem.frame.course.steps[1:], problem.frame.beats[1:], strict=True
    ):
        first = max(days[-1] + step.least, column.first)
        end = min(days[-1] + step.most + 1, column.first + len(column.values))
        costs = [
            column.at(day) + tail[day - column.first] + beat[day - days[-1] - step.least] for day in range(first, end)
        ]
        days.append(first + costs.index(min(costs)))
    return days


def _own_costs(problem: Problem, k: int, day: int) -> dict[int, int]:
    """What step k costs on a day with each practitioner who can treat then."""
    step, prices = problem.frame.course.steps[k], problem.prices
    drift = rules.drift(day + problem.frame.course.days.start - step.ideal, problem.frame.weights)
    if step.fixed:
        return dict.fromkeys(_who(problem, k), prices.standing[step.number] + drift)
    same = prices.days[day] + drift + leaving_cost(step, prices)
    costs = {who: costs[day] + same for who, costs in prices.by_practitioner.items() if costs[day] < NEVER}
    if step.present and step.present.day.toordinal() == day + problem.frame.course.days.start:
        who, stays = step.present.practitioner, prices.standing[step.number] + drift
        costs[who] = min(costs.get(who, NEVER), stays)
    return costs


def _who(problem: Problem, k: int) -> set[int]:
    """With whom a fixed step leaves the cycle: one chosen by hand with whoever it was with before."""
    step, steps = problem.frame.course.steps[k], problem.frame.course.steps
    if step.fixed and not step.pinned:
        return {step.fixed.practitioner}
    standing = (slot.practitioner for each in steps for slot in (each.fixed, each.present) if slot)
    return {*problem.prices.by_practitioner, *standing}


def _best_with(problem: Problem, days: Sequence[int]) -> Solution:
    """The practitioners of least cost for given days."""
    change = problem.frame.weights.change_of_practitioner
    since = problem.frame.course.days.start + days[0] - problem.frame.course.origin
    beats = [problem.frame.beats[0][since - problem.frame.course.steps[0].least]]
    for k in range(1, len(days)):
        beats.append(problem.frame.beats[k][days[k] - days[k - 1] - problem.frame.course.steps[k].least])
    best: dict[int, tuple[int, tuple[int, ...]]] = {}
    for k, day in enumerate(days):
        chains: dict[int, tuple[int, tuple[int, ...]]] = {}
        cheapest = min(best.values(), default=(0, ()))
        for who, cost in _own_costs(problem, k, day).items():
            kept = best.get(who, (NEVER, ()))
            changed = (cheapest[0] + (change if cheapest[1] else 0), cheapest[1])
            before = kept if kept[0] <= changed[0] else changed
            chains[who] = (before[0] + beats[k] + cost, (*before[1], who))
        best = chains
    cost, practitioners = min(best.values())
    return Solution(cost, tuple(days), practitioners)


def _with_continuity(problem: Problem, tails: Tails, limit: int) -> Solution | None:
    """Dynamic programming over day x practitioner, without the states that cannot end within the limit."""
    reached = [_first_states(problem, tails[0], limit)]
    for k in range(1, len(problem.columns)):
        reached.append(_next_states(problem, k, reached[-1], tails[k], limit))
        if not reached[-1]:
            return None
    return _traced(problem, reached)


def own_columns(problem: Problem, k: int) -> dict[int, list[int]]:
    """What step k costs on each day of its column, with each practitioner; NEVER on the days left out."""
    column, step, prices = problem.columns[k], problem.frame.course.steps[k], problem.prices
    if step.fixed:
        return dict.fromkeys(_who(problem, k), column.values)
    span = range(column.first, column.first + len(column.values))
    if step.present:
        return _columns_with_present(problem, k, span)
    # The column is the least over the practitioners, so this is what the day and its drift add for all of them.
    added = [v - prices.least[day] if v < NEVER else NEVER for v, day in zip(column.values, span, strict=True)]
    return {who: list(map(add, costs[span.start : span.stop], added)) for who, costs in prices.by_practitioner.items()}


def _columns_with_present(problem: Problem, k: int, span: range) -> dict[int, list[int]]:
    """The own columns of a step that may stay in its slot: day by day, since on one day that is another price."""
    kept = [value < NEVER for value in problem.columns[k].values]
    by_day = [_own_costs(problem, k, day) if keep else {} for day, keep in zip(span, kept, strict=True)]
    everybody = {who for costs in by_day for who in costs}
    return {who: [costs.get(who, NEVER) for costs in by_day] for who in sorted(everybody)}


def _first_states(problem: Problem, tail: list[int], limit: int) -> States:
    rows = {}
    for who, owns in own_columns(problem, 0).items():
        costs = list(map(add, owns, entry_costs(problem)))
        rows[who] = [cost if cost + rest <= limit else NEVER for cost, rest in zip(costs, tail, strict=True)]
    return _undominated(problem, rows)


def _next_states(problem: Problem, k: int, before: States, tail: list[int], limit: int) -> States:
    """Step k's states from those of the step before, by staying with the practitioner or by a change."""
    column, step = problem.columns[k], problem.frame.course.steps[k]
    change = problem.frame.weights.change_of_practitioner
    backward = problem.frame.beats[k][::-1]
    offset = column.first - step.most - problem.columns[k - 1].first
    changed = [min(costs) + change for costs in zip(*before.values(), strict=True)]
    by_change = [least_sum(changed, i + offset, backward) for i in range(len(column.values))]
    rows = {}
    for who, owns in own_columns(problem, k).items():
        stays = before.get(who)
        row = []
        for own, rest, cost, i in zip(owns, tail, by_change, range(len(owns)), strict=True):
            # Staying saves at most one change.
            if stays and own + cost - change + rest <= limit:
                cost = min(cost, least_sum(stays, i + offset, backward))
            row.append(own + cost if own + cost + rest <= limit else NEVER)
        rows[who] = row
    return _undominated(problem, rows)


def _undominated(problem: Problem, rows: States) -> States:
    """The states that are cheaper than a change from the day's cheapest: any other is never needed."""
    # The cheapest itself is kept even when a change costs nothing.
    change = max(problem.frame.weights.change_of_practitioner, 1)
    most = [min(costs) + change for costs in zip(*rows.values(), strict=True)]
    kept = {
        who: [cost if cost < bound else NEVER for cost, bound in zip(row, most, strict=True)]
        for who, row in rows.items()
    }
    return {who: row for who, row in kept.items() if min(row) < NEVER}


def _traced(problem: Problem, reached: Sequence[States]) -> Solution:
    """The cycle behind the least cost; of equals the earliest last day, the same practitioner, the earliest days."""
    cost, i, who = min((min(values), values.index(min(values)), who) for who, values in reached[-1].items())
    days, practitioners = [problem.columns[-1].first + i], [who]
    for k in range(len(reached) - 1, 0, -1):
        own = _own_costs(problem, k, days[-1])[practitioners[-1]]
        wanted = reached[k][practitioners[-1]][days[-1] - problem.columns[k].first] - own
        day, who = next(_states_behind(problem, k, reached[k - 1], days[-1], practitioners[-1], wanted))
        days.append(day)
        practitioners.append(who)
    return Solution(cost, tuple(days[::-1]), tuple(practitioners[::-1]))


def _states_behind(
    problem: Problem, k: int, before: States, day: int, practitioner: int, wanted: int
) -> Iterator[tuple[int, int]]:
    """The states of step k-1 from which step k's state costs what it does, the same practitioner first."""
    column, step, beat = problem.columns[k - 1], problem.frame.course.steps[k], problem.frame.beats[k]
    first, end = max(day - step.most, column.first), min(day - step.least + 1, column.first + len(column.values))
    for who in sorted(before, key=lambda other: (other != practitioner, other)):
        change = rules.change_of_practitioner(who, practitioner, problem.frame.weights)
        for earlier in range(first, end):
            if before[who][earlier - column.first] + change + beat[day - earlier - step.least] == wanted:
                yield earlier, who
