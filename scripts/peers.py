"""Sets up what the benchmark compares with, in `.venv-bench`: its needs do not agree with the application's.

Run by `make bench`, after the set-up; a step of its own, since nothing else wants it.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from bootstrap import BIN, ROOT, SetUpError, Step, call, perform

PEERS = ROOT / ".venv-bench"
PYTHON = PEERS / "bin" / "python"
LOCK = ROOT / "requirements" / "bench.lock"


def install() -> None:
    """Makes the environment anew and installs the locked packages, each checked against its hash."""
    call(sys.executable, "-m", "venv", "--clear", PEERS)
    wanted: list[str | Path] = ["--require-hashes", "-r", LOCK]
    if (BIN / "uv").exists():
        return call(BIN / "uv", "pip", "install", "--quiet", "--python", PYTHON, *wanted)
    return call(PYTHON, "-m", "pip", "install", "--quiet", *wanted)


def main() -> None:
    """Runs the one step when it is needed, and says so; without it the figures are taken without the peers."""
    began = time.monotonic()
    step = Step("peers", lambda: [sys.version, LOCK], (PYTHON,), install)
    try:
        ran = perform(step, PEERS / ".stamps")
    except SetUpError as error:
        print(f"peers     {error}; the figures will be taken without them")
    else:
        print(f"peers     {f'{time.monotonic() - began:.1f} s' if ran else 'unchanged'}", flush=True)


if __name__ == "__main__":
    main()
