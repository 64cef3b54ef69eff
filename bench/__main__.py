"""`python -m bench`: builds a seeded clinic in an empty database, takes the figures, prints one table."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The day the clinic is built around: fixed, so that two runs measure the same work.
DAY = date(2026, 3, 2)


def main() -> int:
    """Parses the options, prepares the database and runs the cases."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", choices=["S", "M", "L"], default="S")
    parser.add_argument("--db", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--only", help="one figure by its name")
    options = parser.parse_args()
    if options.db == "postgresql" and "DATABASE_URL" not in os.environ:
        # A private server of its own: this command again, inside it.
        return subprocess.call(
            [
                sys.executable,
                str(ROOT / "scripts/postgres.py"),
                "run",
                "--",
                sys.executable,
                "-m",
                "bench",
                *sys.argv[1:],
            ]
        )
    with tempfile.TemporaryDirectory() as folder:
        if options.db == "sqlite":
            os.environ["DATABASE_URL"] = f"sqlite:///{folder}/bench.sqlite3"
        run(options)
    return 0


def run(options: argparse.Namespace) -> None:
    """Migrates the empty database, builds the clinic and prints the table."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from bench.cases import CASES
    from bench.data import SIZES, build
    from bench.measure import Figure, calibration, heading, row
    from bench.peering import forget_peer

    if connection.introspection.table_names():
        sys.exit("This database already holds data: the benchmark wants an empty one.")
    if options.only not in (None, *CASES):
        sys.exit(f"No figure is called {options.only}; there are {', '.join(CASES)}.")
    call_command("migrate", verbosity=0)
    size = SIZES[options.size]
    world = build(size, DAY)
    print(f"size {options.size}: {size.practitioners} practitioners, {size.rooms} rooms, {size.plans} plans,")
    print(f"{world.appointments} appointments to come over {size.years} years at {size.full} %, {size.past} past,")
    print(f"{connection.vendor}; a million additions: {calibration():.0f} ms CPU\n\n{heading()}", flush=True)
    figures: list[Figure] = []
    for case in [CASES[options.only]] if options.only else CASES.values():
        for figure in case(world):
            print(row(figure), flush=True)
            figures.append(figure)
        if options.json:
            options.json.write_text(json.dumps([each.as_dict() for each in figures], indent=1, default=str))
    forget_peer()


if __name__ == "__main__":
    sys.exit(main())
