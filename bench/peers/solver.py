"""The referee: a general constraint solver (CP-SAT) on a booking written down as constraints, not as a search.

    python -m bench.peers.solver < QUESTION

A question lists courses. Each has its steps (least, most and ideal days after the one before, its ideal day, what it
costs a day), its starts (day, minute, practitioner, own cost) and the weights; `regular` adds the best usual weekday
and half hour. The answer has for each the cost, or none when nothing fits, whether that is proven, and CPU ms.
"""

import json
import sys
import time
from itertools import pairwise
from typing import Any

from ortools.sat.python import cp_model

BANDS = 48


def solved(course: dict[str, Any]) -> dict[str, Any]:
    """The least cost of a course; not proven when the time was up."""
    began = time.process_time()
    model = cp_model.CpModel()
    costs: list[Any] = []
    placed = [_place(model, course, index, costs) for index in range(len(course["steps"]))]
    if all(placed):
        _keep_rhythm(model, course, placed, costs)
        _stay_with_one(model, course, placed, costs)
        if course["regular"]:
            _keep_to_a_time(model, course, placed, costs)
        model.minimize(sum(costs))
    else:
        model.add_bool_or([])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = course["seconds"]
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return {
        "cost": round(solver.objective_value) if found else None,
        "proven": status in (cp_model.OPTIMAL, cp_model.INFEASIBLE),
        "cpu": (time.process_time() - began) * 1000,
    }


def _place(model: Any, course: dict[str, Any], index: int, costs: list[Any]) -> list[tuple[Any, list[int]]]:
    """One of the starts between the step's first and last day is taken."""
    step, weights = course["steps"][index], course["weights"]
    starts = [start for start in course["starts"] if step["first"] <= start[0] <= step["last"]]
    chosen = [(model.new_bool_var(""), start) for start in starts]
    if chosen:
        model.add_exactly_one(taken for taken, _start in chosen)
        costs.append(sum((cost + weights["drift"] * abs(day - step["ideal"])) * t for t, (day, _m, _w, cost) in chosen))
    return chosen


def _keep_rhythm(model: Any, course: dict[str, Any], placed: list[Any], costs: list[Any]) -> None:
    """The days after the step before lie between least and most; early and late ones cost."""
    weights, before = course["weights"], course["origin"]
    for step, chosen in zip(course["steps"], placed, strict=True):
        day = sum(start[0] * taken for taken, start in chosen)
        since = day - before
        model.add(since >= step["least"])
        model.add(since <= step["most"])
        if step["gap"] is not None:
            early, late = (model.new_int_var(0, step["most"] + step["gap"], "") for _side in range(2))
            model.add(late >= since - step["gap"])
            model.add(early >= step["gap"] - since)
            costs.append(weights["late"] * late + weights["early"] * early)
        before = day


def _stay_with_one(model: Any, course: dict[str, Any], placed: list[Any], costs: list[Any]) -> None:
    """A change of practitioner from one step to the next costs."""
    for before, after in pairwise(placed):
        change = model.new_bool_var("")
        for who in {start[2] for _taken, start in after}:
            mine, theirs = _taken_by(after, who), _taken_by(before, who)
            model.add(change >= sum(mine) - sum(theirs))
        costs.append(course["weights"]["change_of_practitioner"] * change)


def _taken_by(chosen: list[Any], who: int) -> list[Any]:
    return [taken for taken, start in chosen if start[2] == who]


def _keep_to_a_time(model: Any, course: dict[str, Any], placed: list[Any], costs: list[Any]) -> None:
    """Some weekday and some half hour are the usual ones; each step off them costs."""
    weekdays, bands = ([model.new_bool_var("") for _each in range(count)] for count in (7, BANDS))
    for usual in (weekdays, bands):
        model.add_exactly_one(usual)
    for chosen in placed:
        for usual, weight, of in ((weekdays, "off_usual_weekday", _weekday), (bands, "off_usual_time", _band)):
            off = model.new_bool_var("")
            for number, is_usual in enumerate(usual):
                model.add(off >= is_usual - sum(taken for taken, start in chosen if of(start) == number))
            costs.append(course["weights"][weight] * off)


def _weekday(start: list[int]) -> int:
    return (start[0] + 6) % 7


def _band(start: list[int]) -> int:
    return start[1] // 30


if __name__ == "__main__":
    json.dump([solved(course) for course in json.load(sys.stdin)], sys.stdout)
