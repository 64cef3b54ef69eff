"""How a figure is taken: CPU and wall time of repeated runs, queries, and peak memory."""

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
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
    queries: int = 0
    peak_mb: int = 0
    objective: int | None = None
    unplaced: int | None = None
    ratio: float | None = None
    ratio_to: str = ""
    goal: str = ""
    met: bool | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the sorted values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def measure(
    name: str, what: str, act: Callable[[], Any], *, runs: int, undo: Callable[[Any], None] | None = None
) -> Figure:
    """Runs `act` to warm up, once more to count queries, then `runs` times; `undo` puts things back, unmeasured."""
    result = act()
    if undo:
        undo(result)
    with CaptureQueriesContext(connection) as captured:
        result = act()
    queries = len(captured)  # now: a later request empties the log
    if undo:
        undo(result)
    cpu, wall = [], []
    for _run in range(runs):
        cpu_start, wall_start = time.process_time(), time.perf_counter()
        result = act()
        wall.append((time.perf_counter() - wall_start) * 1000)
        cpu.append((time.process_time() - cpu_start) * 1000)
        if undo:
            undo(result)
    return Figure(
        name=name,
        what=what,
        cpu_median=statistics.median(cpu),
        cpu_p95=percentile(cpu, 0.95),
        wall_p50=statistics.median(wall),
        wall_p95=percentile(wall, 0.95),
        queries=queries,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def calibration() -> float:
    """Milliseconds of CPU for a million additions: what this machine is, so that tables can be compared."""
    start = time.process_time()
    total = 0
    for number in range(1_000_000):
        total += number
    return (time.process_time() - start) * 1000


COLUMNS = (
    "figure", "what", "CPU median ms", "CPU p95 ms", "wall p50 ms", "wall p95 ms", "queries", "peak MB", "cost",
    "unplaced", "ratio", "goal", "met",
)  # fmt: skip


def table(figures: list[Figure]) -> str:
    """The figures as a Markdown table."""
    rows = [COLUMNS, ("---",) * len(COLUMNS), *map(_cells, figures)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cells(f: Figure) -> tuple[str, ...]:
    times = (f"{value:.1f}" for value in (f.cpu_median, f.cpu_p95, f.wall_p50, f.wall_p95))
    counts = ("" if value is None else str(value) for value in (f.queries, f.peak_mb, f.objective, f.unplaced))
    ratio = f"{f.ratio:.2f}x of {f.ratio_to}" if f.ratio is not None else ""
    return (f.name, f.what, *times, *counts, ratio, f.goal, {True: "yes", False: "no", None: ""}[f.met])
