"""Runs a command against a private PostgreSQL that lives as long as the command.

    python scripts/postgres.py run -- COMMAND ...

The cluster sits in a temporary directory, listens on a Unix socket there and nowhere else, and does not sync to disk.
DATABASE_URL names it. The command's exit code is passed on; 77 means that no PostgreSQL server is installed.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOT_INSTALLED = 77
USER = "postgres"
FAST = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"


class ServerError(Exception):
    """PostgreSQL is there but did not start; the message holds its log."""


def newest_server(root: Path = Path("/usr/lib/postgresql")) -> Path | None:
    """The directory with initdb and pg_ctl: Debian's newest version, else the one on PATH."""
    versions = [path for path in root.glob("*/bin") if (path / "initdb").exists()]
    if versions:
        return max(versions, key=lambda path: int(path.parent.name))
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def call(*words: str | Path, as_user: str | None) -> None:
    """Runs one of PostgreSQL's programs, as `as_user` when given (it refuses to run as root)."""
    command = [str(word) for word in words]
    done = subprocess.run(
        command,
        user=as_user,
        cwd="/",
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        raise ServerError(f"{' '.join(command)}\n{done.stdout}")


@contextmanager
def running_server(programs: Path) -> Iterator[str]:
    """Starts a cluster of its own, gives its DATABASE_URL, and removes it afterwards."""
    owner = USER if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="cadenza-pg-"))
    data, log = home / "data", home / "log"
    try:
        if owner:
            account = pwd.getpwnam(owner)
            os.chown(home, account.pw_uid, account.pw_gid)
        home.chmod(0o755)
        call(
            programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "-N", "-E", "UTF8", "--no-locale", as_user=owner
        )
        options = f"{FAST} -c unix_socket_directories='{home}'"
        call(programs / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start", as_user=owner)
        try:
            yield f"postgres://{USER}@/{USER}?host={home}"
        finally:
            call(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop", as_user=owner)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run(command: list[str]) -> int:
    """Runs `command` with DATABASE_URL set; returns its exit code, or 77 without a server."""
    programs = newest_server()
    if programs is None:
        print("PostgreSQL's server is not installed (Debian: apt install postgresql).", file=sys.stderr)
        return NOT_INSTALLED
    try:
        with running_server(programs) as url:
            return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}).returncode
    except ServerError as error:
        print(f"PostgreSQL did not start: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    if sys.argv[1:3] != ["run", "--"] or len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(run(sys.argv[3:]))
