"""The list of what waits for a slot, narrowed: each filter, all together, counts, bad input, and what it costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.conftest import make_practitioner
from tests.scheduling.booking_data import MONDAY, make_patient, make_plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

WEEK = timedelta(days=7)


@pytest.fixture
def plans(site, doctor_user, practitioner):
    """Conti, weekly with Dr Bianchi from today; Riva, monthly with Dr Neri, long late; Serra, weekly, in six weeks."""
    neri = make_practitioner("Dr Neri", site)
    cellulite = {"key": "cellulite-three-phase", "start": MONDAY - 10 * WEEK, "practitioner": neri}
    return {
        "Conti": make_plan(make_patient("Conti"), site, doctor_user, practitioner=practitioner, counts=[8]),
        "Riva": make_plan(make_patient("Riva"), site, doctor_user, **cellulite),
        "Serra": make_plan(
            make_patient("Serra"), site, doctor_user, start=MONDAY + 6 * WEEK, practitioner=practitioner
        ),
    }


def listed(desk, **asked) -> list[str]:
    response = desk.get(reverse("to_book"), asked)
    assert response.status_code == 200
    return [row.plan.patient.surname for row in response.context["rows"]]


def test_without_a_filter_the_soonest_closing_window_comes_first(desk, plans):
    assert listed(desk) == ["Riva", "Conti", "Serra"]


def test_each_filter_narrows_the_list(desk, plans):
    assert listed(desk, q="sofia ser") == ["Serra"]
    assert listed(desk, practitioner=plans["Riva"].practitioner_id) == ["Riva"]
    assert listed(desk, protocol="weekly-with-recalls") == ["Conti", "Serra"]
    assert listed(desk, phase="consolidation") == ["Riva"]
    assert listed(desk, phase="maintenance") == ["Riva", "Serra"]


@pytest.mark.parametrize(("closing", "who"), [("-1", ["Riva"]), ("7", ["Riva", "Conti"]), ("30", ["Riva", "Conti"])])
def test_windows_that_have_closed_or_close_soon(desk, plans, closing, who):
    assert listed(desk, closing=closing) == who


def test_filters_hold_together_and_the_count_says_of_how_many(desk, plans):
    asked = {"protocol": "weekly-with-recalls", "practitioner": plans["Conti"].practitioner_id, "closing": "14"}
    response = desk.get(reverse("to_book"), asked)
    assert [row.plan for row in response.context["rows"]] == [plans["Conti"]]
    assert "1 of 3 plans with sittings to book" in " ".join(response.content.decode().split())


def test_when_none_is_like_this_the_way_back_to_all_is_offered(desk, plans):
    words = desk.get(reverse("to_book"), {"q": "zanetti"}).content.decode()
    assert "None of 3 plans with sittings to book matches these filters." in words
    assert f'href="{reverse("to_book")}"' in words
    assert "Every sitting of every approved plan has its slot." not in words


def test_the_filters_stay_while_pages_are_turned_and_plans_are_chosen(desk, plans):
    words = desk.get(reverse("to_book"), {"q": "riva", "choose": "all"}).content.decode()
    assert f'action="{reverse("batch_new")}?q=riva&amp;page=1"' in words
    assert "?q=riva&amp;choose=all&amp;page=1" in words


def test_the_file_holds_the_list_as_narrowed(desk, plans):
    words = desk.get(reverse("to_book"), {"q": "riva"}).content.decode()
    assert "?q=riva&amp;format=csv" in words
    response = desk.get(reverse("to_book"), {"q": "riva", "format": "csv"})
    lines = b"".join(response.streaming_content).decode("utf-8-sig").strip().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("Riva")


def test_a_refused_batch_shows_the_same_narrowed_list(desk, plans):
    response = desk.post(f"{reverse('batch_new')}?q=riva", {})
    assert response.status_code == 422
    assert [row.plan for row in response.context["rows"]] == [plans["Riva"]]


@pytest.mark.parametrize(
    "noise",
    [
        {"q": "\0"},
        {"q": "x" * 5000},
        {"practitioner": "999999"},
        {"practitioner": "9" * 400},
        {"protocol": "none-such"},
        {"phase": "\0"},
        {"closing": "3"},
        {"closing": "9" * 5000},
    ],
    ids=lambda noise: str(noise)[:30],
)
def test_a_filter_that_cannot_be_read_is_said_and_all_are_listed(desk, plans, noise):
    response = desk.get(reverse("to_book"), noise)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == list(noise)
    assert len(response.context["rows"]) == 3


@pytest.mark.parametrize("asked", [{}, {"q": "gre", "phase": "induction", "closing": "30"}])
def test_the_list_costs_the_same_for_1_and_12_plans(desk, site, doctor_user, practitioner, asked):
    make_plan(make_patient("Greco"), site, doctor_user, counts=[2], practitioner=practitioner)
    counts = [_count(desk, asked)]
    for number in range(11):
        make_plan(make_patient(f"Greco{number}"), site, doctor_user, counts=[2], practitioner=practitioner)
    counts.append(_count(desk, asked))
    assert counts[0] == counts[1] <= 15


def _count(desk, asked) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert listed(desk, **asked)
    return len(captured)


def test_the_button_that_filters_fold_behind_on_a_phone_says_what_is_chosen(desk, plans):
    told = desk.get(reverse("to_book"), {"q": "riva", "practitioner": plans["Riva"].practitioner_id, "closing": "-1"})
    assert told.context["told"] == ["Patient: riva", "Practitioner: Dr Neri", "Window: has closed"]
    assert "Filters (3)" in told.content.decode()
    assert desk.get(reverse("to_book"), {"closing": "", "page": "1"}).context["told"] == []
    assert desk.get(reverse("recalls"), {"within": "30", "outcome": ""}).context["told"] == []
    narrowed = desk.get(reverse("recalls"), {"within": "7", "outcome": "no-answer"})
    assert narrowed.context["told"] == ["Due within: 7 days", "Last outcome: No answer"]
    calendar = {"practitioner": plans["Riva"].practitioner_id, "kind": "review", "show": "cancelled"}
    assert desk.get(reverse("calendar"), calendar).context["told"] == ["Dr Neri", "review", "with cancelled ones"]


def test_filters_that_cannot_be_read_are_not_folded_away(desk, plans):
    answer = desk.get(reverse("to_book"), {"practitioner": "987654321"})
    assert answer.status_code == 422
    assert 'class="fold no-print" open' in answer.content.decode()
    assert 'class="fold no-print" open' not in desk.get(reverse("to_book")).content.decode()


def test_a_filter_that_cannot_be_read_gives_no_file_but_the_page_that_says_so(desk):
    response = desk.get(reverse("to_book"), {"practitioner": "999999", "format": "csv"})
    assert (response.status_code, response["Content-Type"].partition(";")[0]) == (422, "text/html")
