"""No answer stays in a cache: after signing out nobody goes back to a patient, and no proxy keeps one."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse
from time_machine import travel

PAGES = ["home", "today", "patients", "find", "calendar", "calendar_events", "waiting_list", "print_day"]


@pytest.mark.parametrize("name", PAGES)
def test_an_answer_with_patients_is_stored_nowhere(desk, patient, site, name):
    assert desk.get(reverse(name))["Cache-Control"] == "private, no-store"


def test_what_the_board_is_told_when_nothing_is_new_is_stored_nowhere(client, reception_user, site):
    with travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False):
        client.force_login(reception_user)
        board = client.get(reverse("today")).context["board"]
        news = client.get(reverse("today"), {"seen": board.version}, headers={"HX-Request": "true"})
    assert (news.status_code, news["Cache-Control"]) == (204, "private, no-store")


def test_a_file_is_stored_nowhere(desk, patient, site):
    assert desk.get(reverse("patients"), {"format": "csv"})["Cache-Control"] == "private, no-store"


def test_a_page_that_refuses_is_stored_nowhere(desk, site):
    assert desk.get(reverse("review"))["Cache-Control"] == "private, no-store"
