"""Takes the pictures of docs/images from a fresh demo clinic: the README's, at 1440 x 900 and 390 x 844.

The clinic lives in a temporary database, on the morning of a working day whatever the clock says; nothing of yours is
touched. Needs Chromium (Debian: apt install chromium).
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import time_machine

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
DESK, PHONE = (1440, 900), (390, 844)
MOMENT = "2026-11-23 09:22:00+00:00"  # 10:22 in Rome, a Monday
MANAGE_AT_MOMENT = (
    "import sys, time_machine; time_machine.travel(sys.argv[1]).start();"
    "from django.core.management import execute_from_command_line;"
    "execute_from_command_line(['manage.py', *sys.argv[2:]])"
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@dataclass(frozen=True)
class Picture:
    """One picture: its file name, the page, whose session sees it, the window and the system's theme."""

    name: str
    path: str
    session: str
    window: tuple[int, int] = DESK
    theme: str = "light"


def managing(*arguments: str) -> list[str]:
    """The command line of a management command for which it is MOMENT."""
    return [sys.executable, "-c", MANAGE_AT_MOMENT, MOMENT, *arguments]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(port: int) -> Iterator[str]:
    """Serves the application at the address it gives, until the block ends."""
    address = f"http://127.0.0.1:{port}"
    command = managing("runserver", "--noreload", f"127.0.0.1:{port}")
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _attempt in range(60):
            try:
                urllib.request.urlopen(f"{address}/health/", timeout=5).close()
                break
            except OSError:
                time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        server.wait()


def fill_clinic(database: Path) -> None:
    """Makes the demo clinic in `database` and points this process and its children at it."""
    os.environ["DATABASE_URL"] = f"sqlite:///{database}"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    sys.path.insert(0, str(ROOT))
    for command in (["migrate", "--verbosity", "0"], ["demo"]):
        subprocess.run(managing(*command), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    import django

    django.setup()


def sign_in(group: str) -> str:
    """The session of the demo's first user of `group`."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client()
    client.force_login(get_user_model().objects.filter(groups__name=group).earliest("pk"))
    return str(client.cookies["sessionid"].value)


def longest_running_plan() -> int:
    """The key of the running three-phase plan with the most completed sittings."""
    from django.db.models import Count, Q

    from scheduling.models import TreatmentPlan

    plans = TreatmentPlan.objects.filter(state="running", protocol__key="cellulite-three-phase")
    plan = plans.annotate(given=Count("sittings", filter=Q(sittings__state="completed"))).latest("given", "pk")
    return int(plan.pk)


def plan_to_propose() -> int:
    """The key of an approved three-phase plan that fits in three ways."""
    from django.utils import timezone

    from scheduling.models import TreatmentPlan
    from scheduling.services.proposing import propose_cycle

    plans = TreatmentPlan.objects.filter(state="approved", protocol__key="cellulite-three-phase")
    for plan in plans.order_by("-pk"):
        answer = propose_cycle(plan=plan, now=timezone.now())
        if isinstance(answer, tuple) and len(answer) == 3:
            return int(plan.pk)
    raise SystemExit("no approved plan of the demo clinic has three proposals")


def pictures() -> list[Picture]:
    """Every picture, with its page found in the demo clinic."""
    from django.urls import reverse

    reception, doctor = sign_in("reception"), sign_in("doctor")
    today = reverse("today")
    return [
        Picture("today", today, reception),
        Picture("today-dark", today, reception, theme="dark"),
        Picture("phone", today, reception, window=PHONE),
        Picture("plan", reverse("plan", args=[longest_running_plan()]), doctor),
        Picture("proposals", reverse("book_cycle", args=[plan_to_propose()]), reception),
    ]


def take(wanted: list[Picture], address: str) -> None:
    """Photographs each page in a browser of its own window and theme."""
    from playwright.sync_api import sync_playwright

    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for picture in wanted:
            width, height = picture.window
            context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
            context.add_cookies([{"name": "sessionid", "value": picture.session, "url": address}])
            page = context.new_page()
            page.emulate_media(color_scheme="dark" if picture.theme == "dark" else "light")
            answer = page.goto(address + picture.path)
            if answer is None or not answer.ok:
                raise SystemExit(f"{picture.name}: {picture.path} answered {answer and answer.status}")
            page.screenshot(path=IMAGES / f"{picture.name}.png")
            print(f"docs/images/{picture.name}.png")
            context.close()


def main() -> None:
    """Makes the clinic, serves it, takes the pictures."""
    if shutil.which("chromium") is None:
        sys.exit("Chromium is not installed (Debian: apt install chromium).")
    with tempfile.TemporaryDirectory() as place:
        fill_clinic(Path(place) / "demo.sqlite3")
        with time_machine.travel(MOMENT):
            wanted = pictures()
        with serving(free_port()) as address:
            take(wanted, address)


if __name__ == "__main__":
    main()
