"""The private PostgreSQL: it runs one command, passes on its exit code, and leaves nothing behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import postgres

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "postgres.py"

ANSWER = (
    "import environ, os, psycopg;"
    "url = environ.Env().db_url_config(os.environ['DATABASE_URL']);"
    "link = psycopg.connect(dbname=url['NAME'], user=url['USER'], **url['OPTIONS']);"
    "print(url['OPTIONS']['host'], link.execute('show fsync').fetchone()[0]); raise SystemExit(3)"
)


@pytest.mark.skipif(postgres.newest_server() is None, reason="PostgreSQL's server is not installed")
def test_a_command_gets_a_database_of_its_own_that_is_gone_afterwards() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "run", "--", sys.executable, "-c", ANSWER], capture_output=True, text=True
    )
    home, fsync = done.stdout.split()
    assert done.returncode == 3
    assert fsync == "off"
    assert not Path(home).exists()


def test_the_newest_installed_version_is_taken(tmp_path: Path) -> None:
    for version in ("9", "15", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "initdb").touch()
    assert postgres.newest_server(tmp_path) == tmp_path / "17" / "bin"


def test_a_missing_server_is_said_and_has_its_own_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(postgres, "newest_server", lambda: None)
    assert postgres.run(["true"]) == postgres.NOT_INSTALLED
    assert "not installed" in capsys.readouterr().err
