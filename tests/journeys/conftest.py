"""A real browser over the running application: one Chromium for all journeys, a fresh context for each.

Whatever the browser's console says in anger (an error, a broken content policy, an exception) fails the journey.
"""

import os
import shutil
from datetime import time

import pytest
import time_machine
from django.conf import settings
from django.db import connections
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from clinic.models import User
from clinic.roles import Role
from scheduling.models import OpeningHours, Room, Site
from tests.conftest import make_practitioner, make_user
from tests.journeys.story import NOW, Story

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run"]
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
TABLET = {"width": 768, "height": 1024}
PATIENCE = 15_000  # milliseconds: slow machines are no reason to fail

# Playwright keeps an event loop in this thread, beside which Django would refuse to touch the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items):
    for item in items:
        if "/journeys/" in str(item.path):
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True))


@pytest.fixture(scope="session")
def browser(django_db_setup):
    found = [os.environ.get("CHROMIUM", ""), *(shutil.which(name) or "" for name in NAMES)]
    path = next((path for path in found if path), None)
    if path is None:
        pytest.skip("Chromium is not installed (Debian: apt install chromium): no journeys.")
    expect.set_options(timeout=PATIENCE)
    connection = connections["default"]
    with sync_playwright() as playwright:
        # Beside a running event loop Django would open a second connection, which knows nothing of the migrated rows
        # that are put back before each test: stay with the first.
        connections["default"] = connection
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Visitors:
    """Opens browsers' windows at the application, and keeps what their consoles complain of."""

    def __init__(self, browser, address: str) -> None:
        self.browser, self.address = browser, address
        self.complaints: list[str] = []
        self.expected: set[str] = set()
        self.contexts: list[BrowserContext] = []

    def visit(self, user: User | None = None, **options) -> Page:
        """A page in a context of its own, signed in as `user`."""
        # Without transitions, so that no colour is looked at on its way from one theme to the other.
        usual = {"viewport": DESK, "locale": "en-GB", "base_url": self.address, "reduced_motion": "reduce"}
        context = self.browser.new_context(**usual | options)
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.address}])
        page = context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        return page

    def expect_status(self, *statuses: int) -> None:
        """A refusal that this journey is about: the browser logs its status as an error."""
        self.expected.update(f"status of {status} " for status in statuses)

    def expect_lost_network(self) -> None:
        """This journey cuts the network: the browser and htmx say so, some time after."""
        self.expected.update({"net::ERR_FAILED", "net::ERR_INTERNET_DISCONNECTED", "Failed to fetch"})

    def _listen(self, message: ConsoleMessage) -> None:
        meant = any(words in message.text for words in self.expected)
        if message.type in ("error", "warning") and not meant:
            self.complaints.append(f"{message.location.get('url', '')}: {message.text}")

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.fixture
def visitors(browser, live_server):
    visitors = Visitors(browser, live_server.url)
    with time_machine.travel(NOW, tick=True):
        yield visitors
        visitors.close()
    assert visitors.complaints == []


@pytest.fixture
def story(visitors) -> Story:
    """A small clinic on a Monday at nine: two doctors, two rooms, a desk."""
    site = Site.objects.create(name="Studio Prati", public_holidays=True, province="RM")
    for weekday in range(6):
        OpeningHours.objects.create(site=site, weekday=weekday, starts=time(8), ends=time(20))
    rooms = [Room.objects.create(site=site, name=f"Room {number}", cleaning_minutes=5) for number in (1, 2)]
    doctor = make_user("bianchi", Role.DOCTOR)
    practitioner = make_practitioner("Dr Bianchi", site, doctor)
    return Story(
        site=site,
        rooms=rooms,
        doctor=doctor,
        practitioner=practitioner,
        other=make_practitioner("Dr Neri", site),
        reception=make_user("ferri", Role.RECEPTION),
    )
