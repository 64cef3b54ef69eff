"""How a figure is taken: CPU and wall time of repeated runs, queries, and peak memory."""

import gc
import resource
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext


@dataclass(slots=True)
class Figure:
    """One row of the table; milliseconds, but for the ratio, the counts and the megabytes."""

    name: str
    what: str
    cpu_median: float = 0.0
    cpu_p95: float = 0.0
    wall_p50: float = 0.0
    wall_p95: float = 0.0
    wall_least: float = 0.0
    queries: int = 0
    peak_mb: int = 0
    objective: int | None = None
    unplaced: int | None = None
    found: str = ""
    ratio: float | None = None
    ratio_to: str = ""
    goal: str = ""
    met: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the sorted values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


Act = Callable[[], Any]


def measure(name: str, what: str, act: Act, *, runs: int, undo: Callable[[Any], None] | None = None) -> Figure:
    """One figure: `act` to warm up, once more to count queries, then `runs` times; `undo` puts back, unmeasured."""
    return measure_in_turn(name, {what: act}, runs=runs, undo=undo)[0]


def measure_in_turn(
    name: str, acts: Mapping[str, Act], *, runs: int, undo: Callable[[Any], None] | None = None
) -> list[Figure]:
    """A figure for each of the acts, which take turns: what slows the machine for a while slows them all."""
    queries = {what: _queries(act, undo) for what, act in acts.items()}
    taken: dict[str, list[tuple[float, float]]] = {what: [] for what in acts}
    # What the bench itself holds is no part of a request: the collector need not go through it inside one.
    gc.collect()
    gc.freeze()
    for _run in range(runs):
        for what, act in acts.items():
            cpu, wall = time.process_time(), time.perf_counter()
            result = act()
            taken[what].append(((time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000))
            if undo:
                undo(result)
    return [_figure(name, what, queries[what], taken[what]) for what in acts]


def _queries(act: Act, undo: Callable[[Any], None] | None) -> int:
    """How many queries the act makes once it has run before."""
    for _run in range(2):
        with CaptureQueriesContext(connection) as captured:
            result = act()
        queries = len(captured)  # now: a later request empties the log
        if undo:
            undo(result)
    return queries


def _figure(name: str, what: str, queries: int, taken: Sequence[tuple[float, float]]) -> Figure:
    cpu, wall = [each[0] for each in taken], [each[1] for each in taken]
    return Figure(
        name=name,
        what=what,
        cpu_median=statistics.median(cpu),
        cpu_p95=percentile(cpu, 0.95),
        wall_p50=statistics.median(wall),
        wall_p95=percentile(wall, 0.95),
        queries=queries,
        peak_mb=peak_memory(),
        wall_least=min(wall),
    )


def peak_memory() -> int:
    """The most megabytes that this process has held; where the system tells it, without those of whoever started it."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def calibration() -> float:
    """Milliseconds of CPU for a million additions: what this machine is, so that tables can be compared."""
    start = time.process_time()
    total = 0
    for number in range(1_000_000):
        total += number
    return (time.process_time() - start) * 1000


COLUMNS = (
    "figure", "what", "CPU median ms", "CPU p95 ms", "wall p50 ms", "wall p95 ms", "queries", "peak MB", "cost",
    "unplaced", "found", "ratio", "goal", "met",
)  # fmt: skip


def heading() -> str:
    """The head of the Markdown table."""
    return _row(COLUMNS) + "\n" + _row(("---",) * len(COLUMNS))


def row(figure: Figure) -> str:
    """One figure as a row of the table."""
    return _row(_cells(figure))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(f: Figure) -> tuple[str, ...]:
    times = (f"{value:.1f}" for value in (f.cpu_median, f.cpu_p95, f.wall_p50, f.wall_p95))
    counts = ("" if value is None else str(value) for value in (f.queries, f.peak_mb, f.objective, f.unplaced))
    ratio = f"{f.ratio:.{2 if f.ratio < 100 else 0}f}x {f.ratio_to}" if f.ratio is not None else ""
    return (f.name, f.what, *times, *counts, f.found, ratio, f.goal, {True: "yes", False: "no", None: ""}[f.met])
