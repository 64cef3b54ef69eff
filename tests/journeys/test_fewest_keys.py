"""The acts of every hour at the desk, each with the keys and the clicks it takes: the figures of the guide's table."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from playwright.sync_api import Locator, Page, expect

from scheduling.models import Appointment, Move, Sitting, Status
from scheduling.services.booking import book_appointment
from scheduling.services.tracking import mark_no_show
from tests.journeys.arrival import heading
from tests.journeys.hands import Hands, told_in_the_guide
from tests.journeys.story import NOW, TODAY

FIND = "Find a patient and read when they come next"
BOOK = "Book the next sitting"
CYCLE = "Book a whole cycle"
RECEIVE = "Receive a patient: arrived, start, finish"
MOVE = "Move an appointment"
REBOOK = "Somebody did not come: say so and rebook"
LATER = "Rebook who did not come before"


@dataclass
class Day:
    """Conti comes now, Riva at half past ten, Sala did not come on Friday, Greco's cycle is to be booked."""

    page: Page
    greco: Sitting
    conti: Appointment
    riva: Appointment
    sala: Appointment

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("combobox", name="Find a patient")

    def slot(self, name: str) -> Locator:
        return self.page.locator(".slot", has_text=name)

    @contextmanager
    def counted(self, line: str, *, alone: bool, address: str = "/today/") -> Iterator[Hands]:
        """The hands of one act, which begins on Today; as many keys and clicks as the guide says, no more, no fewer."""
        self.page.goto(address)
        hands = Hands(self.page)
        yield hands
        keys, clicks, beside = told_in_the_guide()[line]
        assert (hands.keys, hands.clicks) == ((keys, 0) if alone else (beside, clicks)), line


@pytest.fixture
def day(visitors, story) -> Day:
    def placed(sitting: Sitting, when) -> Appointment:
        return book_appointment(
            patient=sitting.plan.patient, kind="sitting", sitting=sitting, practitioner=story.practitioner,
            room=story.rooms[0], starts=when, minutes=sitting.plan.minutes, by=story.reception, now=when,
        )  # fmt: skip

    friday = NOW - timedelta(days=3)
    conti, sala, riva = (story.plan(story.patient(name), start=TODAY) for name in ("Conti", "Sala", "Riva"))
    missed = placed(sala.sittings.get(number=1), friday)
    mark_no_show(appointment=missed, now=friday + timedelta(hours=1), version=missed.version)
    story.book(conti)
    return Day(
        page=visitors.visit(story.reception),
        greco=story.plan(story.patient(), start=TODAY + timedelta(days=7)).sittings.get(number=1),
        conti=Appointment.objects.get(sitting__plan=conti, sitting__number=1),
        riva=placed(riva.sittings.get(number=1), NOW.replace(hour=10, minute=30)),
        sala=missed,
    )


def says(page: Page, words: str) -> None:
    expect(page.locator("#messages")).to_contain_text(words)


def booked_anew(sitting: Sitting) -> bool:
    return Appointment.objects.filter(sitting=sitting, status=Status.BOOKED).count() == 1


def test_the_guide_counts_these_acts_and_no_others():
    assert list(told_in_the_guide()) == [FIND, BOOK, CYCLE, RECEIVE, MOVE, REBOOK, LATER]


def test_without_a_mouse_each_act_takes_the_keys_of_the_guide(day):
    find_by_keys(day)
    book_by_keys(day)
    book_the_rest_by_keys(day)
    receive_by_keys(day)
    move_by_keys(day)
    with time_machine.travel(NOW.replace(hour=10, minute=40), tick=True):
        rebook_by_keys(day)


def find_by_keys(day: Day) -> None:
    with day.counted(FIND, alone=True) as hands:
        hands.press("/")
        hands.type("con")
        expect(day.page.get_by_role("option", name="Conti Sofia")).to_contain_text("Mon 23 Nov 2026")


def book_by_keys(day: Day) -> None:
    with day.counted(BOOK, alone=True) as hands:
        choose_greco(day, hands)
        hands.press("ArrowDown", "Enter")
        heading(day.page, "Find a slot: sitting 1")
        hands.press("Enter")
        says(day.page, "is booked")
    assert booked_anew(day.greco)


def choose_greco(day: Day, hands: Hands) -> None:
    hands.press("n")
    heading(day.page, "Who is it for?")
    hands.type("gre")
    hands.press("Enter")
    heading(day.page, "What is it for?")


def book_the_rest_by_keys(day: Day) -> None:
    with day.counted(CYCLE, alone=True) as hands:
        choose_greco(day, hands)
        hands.press("Enter")
        heading(day.page, "Book the rest: 27 sittings")
        hands.press("Enter")
        says(day.page, "27 sittings")
    assert Appointment.objects.filter(sitting__plan=day.greco.plan).count() == 28


def receive_by_keys(day: Day) -> None:
    with day.counted(RECEIVE, alone=True) as hands:
        hands.press("ArrowDown")
        for key, word in (("a", "arrived"), ("s", "in treatment"), ("f", "completed")):
            hands.press(key)
            expect(day.slot("S. Conti")).to_contain_text(word)


def move_by_keys(day: Day) -> None:
    with day.counted(MOVE, alone=True) as hands:
        hands.press("/")
        hands.type("con")
        expect(day.page.get_by_role("option", name="Conti Sofia")).to_be_visible()
        hands.press("ArrowDown", "Enter")
        heading(day.page, "Conti Sofia")
        hands.press("m")
        heading(day.page, "Move sitting 2")
        hands.press("Enter")
        heading(day.page, "Move sitting 2: what follows?")
        hands.press("Enter")
        says(day.page, "moved.")
    assert Move.objects.get().lines.get().appointment.sitting.number == 2


def rebook_by_keys(day: Day) -> None:
    """Riva, who does not come at this moment, then Sala, who did not come on Friday."""
    with day.counted(REBOOK, alone=True) as hands:
        hands.press("ArrowDown", "x")
        expect(day.page.get_by_role("heading", name="Rebook S. Riva")).to_be_visible()
        hands.press("r", "Enter")
        says(day.page, "is booked")
    assert booked_anew(day.riva.sitting)
    with day.counted(LATER, alone=True) as hands:
        hands.press("r")
        heading(day.page, "Find a slot: sitting 1")
        hands.press("Enter")
        says(day.page, "is booked")
        heading(day.page, "Monday 23 November")
    assert booked_anew(day.sala.sitting)


def test_with_a_mouse_each_act_takes_the_clicks_of_the_guide(day):
    find_by_clicks(day)
    book_by_clicks(day, BOOK, choice="Sitting 1", last="Book")
    book_by_clicks(day, CYCLE, choice="All 27 sittings", last="Book 27 sittings")
    assert Appointment.objects.filter(sitting__plan=day.greco.plan).count() == 28
    receive_by_clicks(day)
    move_by_clicks(day)
    with time_machine.travel(NOW.replace(hour=10, minute=40), tick=True):
        rebook_by_clicks(day)


def find_by_clicks(day: Day) -> None:
    with day.counted(FIND, alone=False) as hands:
        hands.click(day.box)
        hands.type("con")
        expect(day.page.get_by_role("option", name="Conti Sofia")).to_contain_text("Mon 23 Nov 2026")


def book_by_clicks(day: Day, line: str, *, choice: str, last: str) -> None:
    main = day.page.locator("#main")
    with day.counted(line, alone=False) as hands:
        hands.click(day.page.locator(".topbar").get_by_role("link", name="Book"))
        heading(day.page, "Who is it for?")
        hands.type("gre")
        hands.click(day.page.locator("#who").get_by_role("link", name="Greco Sofia"))
        hands.click(main.get_by_role("link", name=choice))
        hands.click(main.get_by_role("button", name=last).first)
        says(day.page, "booked")


def receive_by_clicks(day: Day) -> None:
    with day.counted(RECEIVE, alone=False) as hands:
        for act, word in (("Arrived", "arrived"), ("Start", "in treatment"), ("Finish", "completed")):
            hands.click(day.slot("S. Conti").get_by_role("button", name=act))
            expect(day.slot("S. Conti")).to_contain_text(word)


def move_by_clicks(day: Day) -> None:
    with day.counted(MOVE, alone=False) as hands:
        hands.click(day.box)
        hands.type("con")
        hands.click(day.page.get_by_role("option", name="Conti Sofia"))
        hands.click(day.page.locator("#main").get_by_role("link", name="Move", exact=True))
        hands.click(day.page.get_by_role("link", name="Move to").first)
        hands.click(day.page.get_by_role("button", name="Move").first)
        says(day.page, "moved.")
    assert Move.objects.get().lines.get().appointment.sitting.number == 2


def rebook_by_clicks(day: Day) -> None:
    """Riva, who does not come at this moment, then Sala, who did not come on Friday."""
    with day.counted(REBOOK, alone=False) as hands:
        hands.click(day.slot("S. Riva").get_by_role("button", name="Did not come"))
        hands.click(day.page.locator(".next-sitting").get_by_role("button", name="Book").first)
        says(day.page, "is booked")
    assert booked_anew(day.riva.sitting)
    with day.counted(LATER, alone=False) as hands:
        hands.click(day.page.get_by_role("link", name="Rebook: Sala Sofia did not come"))
        hands.click(day.page.locator("#main").get_by_role("button", name="Book").first)
        says(day.page, "is booked")
    assert booked_anew(day.sala.sitting)
