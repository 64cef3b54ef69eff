"""The demo's board is alive at whatever hour, and on whatever weekday, the demo is made."""

from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from clinic.demo.people import make_patients
from clinic.demo.setting import make_clinic
from clinic.demo.story import Story
from clinic.demo.today import fill_today
from scheduling.models import Appointment, ExtraHours, Site, Status, WorkingHours
from scheduling.selectors.board import Board, board_of
from scheduling.selectors.board_rows import read_lost

pytestmark = pytest.mark.django_db

ROME = ZoneInfo("Europe/Rome")
SUNDAY, MONDAY, WEDNESDAY, SATURDAY = (datetime(2026, 11, day, tzinfo=ROME) for day in (22, 23, 25, 28))
MOMENTS = (
    MONDAY.replace(hour=10, minute=40),
    MONDAY.replace(hour=18, minute=30),
    WEDNESDAY.replace(hour=13, minute=10),
    MONDAY.replace(hour=4, minute=16),
    MONDAY.replace(hour=21, minute=3),
    SATURDAY.replace(hour=16),
    SUNDAY.replace(hour=11, minute=59),
)


def board_now(now: datetime) -> Board:
    """The board of the only site on the day of `now`."""
    site = Site.objects.get()
    day = timezone.localdate(now, site.zone)
    return board_of(site, day, now, read_lost(site, day, now))


def told_at(now: datetime) -> Board:
    clinic = make_clinic(now.date())
    random = Random(1)
    fill_today(Story(clinic, now, random), make_patients(30, now.date(), clinic.practitioners, random))
    return board_now(now)


@pytest.mark.parametrize("now", MOMENTS, ids=[f"{moment:%a-%H%M}" for moment in MOMENTS])
def test_somebody_waits_is_treated_and_runs_late_whenever_the_demo_is_made(now):
    board = told_at(now)
    assert {"arrived", "treatment"} <= {css for css, *_words in board.pills}
    assert board.in_use
    assert any(lane.late for lane in board.lanes)
    treated = Appointment.objects.filter(status=Status.IN_TREATMENT)
    assert treated.values("practitioner").distinct().count() == treated.count(), "nobody treats two at once"
    assert not Appointment.objects.filter(starts__lte=now, status=Status.BOOKED).exists()
    assert not Appointment.objects.filter(finished_at__gt=now).exists()


@pytest.mark.parametrize(("hour", "minute"), [(0, 2), (23, 57)])
def test_around_midnight_the_demo_is_made_all_the_same(hour, minute):
    board = told_at(MONDAY.replace(hour=hour, minute=minute))
    assert len(board.lanes) >= 3


def test_on_a_sunday_the_clinic_is_open_for_that_day_alone():
    told_at(SUNDAY.replace(hour=11))
    assert not WorkingHours.objects.filter(weekday=6).exists()
    assert set(ExtraHours.objects.values_list("day", flat=True)) == {SUNDAY.date()}


def test_during_a_closure_nobody_is_in():
    board = told_at(datetime(2026, 8, 12, 11, tzinfo=ROME))
    assert not any(lane.cards for lane in board.lanes)
