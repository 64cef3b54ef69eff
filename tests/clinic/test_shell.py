"""The shell around every page: what it asks the database, once and only where it is shown."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.context import RAIL
from tests.architecture.test_documents import matrix

pytestmark = pytest.mark.django_db
# Addresses that draw no page with a rail: they lead elsewhere, answer with a part or with data, or are paper.
WITHOUT_RAIL = {"home", "preferences", "health", "find", "patient_decode", "plan_preview", "calendar_events"}
PAPER = {"print_day", "print_week", "print_calls", "print_card"}


def asked(client, address: str, **headers: str) -> list[str]:
    """The queries of a page."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address, headers=headers).status_code == 200
    return [query["sql"] for query in captured]


def of_the_site(queries: list[str]) -> list[str]:
    """Those that fetch sites."""
    return [sql for sql in queries if 'FROM "scheduling_site"' in sql]


@pytest.mark.parametrize("page", ["today", "calendar", "patients", "waiting_list", "to_book"])
def test_a_page_asks_once_for_the_site_of_the_desk(site, reception, page):
    assert len(of_the_site(asked(reception, reverse(page)))) == 1


def test_a_fragment_counts_nothing_for_a_rail_it_does_not_show(site, reception):
    whole = asked(reception, reverse("patients"))
    fragment = asked(reception, reverse("patients"), **{"HX-Request": "true"})
    counting = [sql for sql in whole if "earlierwish" in sql]
    assert len(counting) == 1
    assert [sql for sql in fragment if "earlierwish" in sql] == []


def test_every_page_and_act_belongs_under_one_line_of_the_rail():
    lines = [name for first, _icon, _label, below, _roles in RAIL for name in (first, *below)]
    assert sorted([*lines, *WITHOUT_RAIL, *PAPER]) == sorted(row.name for row in matrix())


@pytest.mark.parametrize(("act", "line"), [("slot_offer", "waiting_list"), ("batch_new", "to_book")])
def test_what_is_refused_is_still_where_it_was(reception, site, act, line):
    answer = reception.post(reverse(act))
    assert answer.status_code == 422
    assert [item.name for item in answer.context["nav"] if item.current] == [line]


def test_choosing_a_theme_on_a_page_that_refused_leads_to_the_page_behind_it(reception, site):
    refused = reception.post(reverse("slot_offer"))
    chosen = reception.post(
        reverse("preferences"), {"theme": "dark", "next": refused.wsgi_request.get_full_path()}, follow=True
    )
    assert [address for address, _status in chosen.redirect_chain] == [reverse("slot_offer"), reverse("waiting_list")]
    assert chosen.status_code == 200
