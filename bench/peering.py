"""Questions to the peers: processes in an environment of their own (`make bench` makes it), answered as JSON."""

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection
from django.utils.timezone import localtime

from bench.data import World
from scheduling.models import Appointment, Practitioner

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venv-bench"
PYTHON = PEERS / "bin" / "python"
NOT_THERE = "no peers here: `make bench` sets them up"
DATABASE = "cadenza_bench_peer"


@dataclass(frozen=True, slots=True)
class Searched:
    """What the peer found: CPU ms in the median and at most; minutes by (days after the first day, number of staff)."""

    cpu: float
    cpu_most: float
    starts: dict[tuple[int, int], list[int]]


@dataclass(frozen=True, slots=True)
class Peer:
    """django-appointment with the clinic's hours and what is booked to come, in a database of the same kind."""

    database: str

    def search(self, *, staff: list[int], days: list[int], runs: int) -> Searched:
        """Its free starts of each day with each of the staff, found by its own per-day search."""
        question = {"staff": staff, "days": days, "runs": runs}
        answer = ask("appointments", question, "search", database=self.database)
        asked = [(day, who) for day in days for who in staff]
        return Searched(median(answer["cpu"]), max(answer["cpu"]), dict(zip(asked, answer["starts"], strict=True)))


def ask(module: str, question: Any, *words: str, database: str = "{}") -> Any:
    """The answer of one of bench.peers, run in the peers' environment."""
    done = subprocess.run(
        [PYTHON, "-m", f"bench.peers.{module}", *words],
        cwd=ROOT,
        env={"PEER_DATABASE": database, "PATH": "/usr/bin:/bin"},
        input=json.dumps(question),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"The peer {module} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])  # what stands before it is the peer's own log


def is_there() -> bool:
    """Whether scripts/peers.py has set the peers up to the end."""
    return (PEERS / ".stamps" / "peers").exists()


@lru_cache(maxsize=1)
def peer_of(world: World, minutes: int) -> Peer | None:
    """django-appointment with the clinic's diary to come, sittings `minutes` long; None when it is not installed."""
    if not is_there():
        return None
    database = json.dumps(_empty_database())
    staff = list(Practitioner.objects.filter(sites=world.site).order_by("pk").values_list("pk", flat=True))
    booked = _booked(world, staff)
    question = {
        "grid": world.site.grid_minutes,
        "minutes": minutes,
        "staff": len(staff),
        "hours": [[starts * 60, ends * 60] for starts, ends in world.size.hours],
        "last": max(row[1] for row in booked),
        "booked": booked,
    }
    ask("appointments", question, "fill", database=database)
    return Peer(database)


def _booked(world: World, staff: list[int]) -> list[list[int]]:
    """Number of staff, days after the first day, wall minute and minutes of everything to come."""
    numbers, first = {pk: n for n, pk in enumerate(staff)}, world.today.toordinal()
    rows = Appointment.objects.filter(starts__gte=world.now.replace(hour=0), practitioner__in=staff)
    found = []
    for who, starts, ends in rows.values_list("practitioner_id", "starts", "ends").iterator():
        here = localtime(starts, world.site.zone)
        minutes = int((ends - starts).total_seconds()) // 60
        found.append([numbers[who], here.date().toordinal() - first, here.hour * 60 + here.minute, minutes])
    return found


def _empty_database() -> dict[str, Any]:
    """A database of its own beside the benchmark's, of the same kind."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return {"ENGINE": settings["ENGINE"], "NAME": str(Path(settings["NAME"]).with_name(f"{DATABASE}.sqlite3"))}
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        cursor.execute(f"CREATE DATABASE {DATABASE}")
    taken = {key: settings[key] for key in ("ENGINE", "USER", "PASSWORD", "HOST", "PORT")}
    return {**taken, "NAME": DATABASE, "OPTIONS": {"host": settings["OPTIONS"].get("host", settings["HOST"])}}


def forget_peer() -> None:
    """Removes the peer's database from a server; a file goes with its folder."""
    if connection.vendor == "postgresql" and peer_of.cache_info().currsize:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
