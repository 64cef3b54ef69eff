"""From an empty database to the first booking: the board says what lacks, until nothing does."""

import html
import re
from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.models import User
from clinic.roles import Role
from scheduling.engine.terms import Blocked
from scheduling.models import OpeningHours, Practitioner, Protocol, Room, Site, WorkingHours
from scheduling.selectors.setting_up import desk_with_lacks
from scheduling.services.proposing import book_proposal, propose_cycle
from scheduling.services.protocols import approve_protocol
from tests.conftest import make_user
from tests.scheduling.booking_data import MONDAY, NOW, make_patient, make_plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ten_past_ten")]

PANEL = r'<section[^>]*aria-labelledby="setting-up".*?</section>'
HEADING = "Before the first cycle can be booked"


def lines(page) -> list[str]:
    """What the panel says, line by line; none when it is not there."""
    text = page.content.decode()
    panel = re.search(PANEL, text, re.DOTALL)
    found = re.findall(r"<div>(.*?)</div>", panel.group(), re.DOTALL) if panel else []
    return [html.unescape(line.strip()) for line in found]


def links(page) -> list[str]:
    text = page.content.decode()
    panel = re.search(PANEL, text, re.DOTALL)
    return re.findall(r'href="([^"]+)"', panel.group()) if panel else []


def today(client, user):
    client.force_login(user)
    return client.get(reverse("today"))


def test_an_administrator_is_led_from_an_empty_database_to_the_first_booking(client, administrator_user):
    client.force_login(administrator_user)
    page = client.get(reverse("home"), follow=True)
    assert reverse("admin:scheduling_site_add") in page.content.decode()

    site = Site.objects.create(name="Studio Prati")
    page = client.get(reverse("home"), follow=True)
    assert lines(page) == [
        "Studio Prati has no opening hours.",
        "Studio Prati has no rooms.",
        "No user has the role of doctor.",
        "No practitioner treats here.",
        "No practitioner has working hours while it is open.",
        "No protocol is approved by a doctor.",
    ]
    assert all(client.get(address).status_code == 200 for address in links(page))

    OpeningHours.objects.create(site=site, weekday=0, starts=time(8), ends=time(14))
    Room.objects.create(site=site, name="Room 1")
    doctor = make_user("bianchi", Role.DOCTOR)
    assert len(lines(today(client, administrator_user))) == 3

    practitioner = Practitioner.objects.create(user=doctor, name="Dr Bianchi")
    practitioner.sites.add(site)
    assert lines(today(client, administrator_user))[0] == "No practitioner has working hours while it is open."

    working = {"practitioner": practitioner, "site": site, "weekday": 0, "valid_from": date(2026, 1, 1)}
    WorkingHours.objects.create(starts=time(9), ends=time(13), **working)
    assert lines(today(client, doctor)) == ["No protocol is approved by a doctor."]
    assert links(today(client, doctor)) == [reverse("protocols")]

    plan = make_plan(make_patient("Greco"), site, doctor, counts=[4])  # which approves its protocol
    assert lines(today(client, administrator_user)) == []
    answer = propose_cycle(plan=plan, now=NOW)
    assert not isinstance(answer, Blocked)
    assert len(book_proposal(plan=plan, token=answer[0].token, by=doctor, now=NOW)) == 4


def test_reception_reads_who_has_to_see_to_it_and_gets_no_link(client, site, reception_user):
    page = today(client, reception_user)
    assert "Studio Prati has no rooms." in lines(page)
    assert links(page) == []
    assert "An administrator still has to see to what stands here" in page.content.decode()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda p: Room.objects.update(active=False), id="room"),
        pytest.param(lambda p: Practitioner.objects.update(active=False), id="practitioner"),
        pytest.param(lambda p: p.sites.clear(), id="site"),
        pytest.param(lambda p: WorkingHours.objects.update(valid_until=MONDAY - timedelta(days=1)), id="over"),
        pytest.param(lambda p: WorkingHours.objects.update(starts=time(21), ends=time(22)), id="closed then"),
        pytest.param(lambda p: User.objects.update(is_active=False), id="user"),
        pytest.param(lambda p: Protocol.objects.update(retired=True), id="protocol"),
    ],
)
def test_what_is_there_but_of_no_use_lacks(site, practitioner, room, doctor_user, spoil):
    approve_protocol(protocol=Protocol.objects.first(), by=doctor_user, now=timezone.now())
    assert desk_with_lacks(doctor_user, timezone.now()) == (site, ())
    spoil(practitioner)
    assert desk_with_lacks(doctor_user, timezone.now())[1]


def test_the_panel_is_no_question_more_to_the_database(client, site, practitioner, room, doctor_user, reception_user):
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            page = client.get(reverse("today"))
        assert page.status_code == 200
        return len(captured)

    client.force_login(reception_user)
    assert HEADING in client.get(reverse("today")).content.decode()
    lacking = asked()
    approve_protocol(protocol=Protocol.objects.first(), by=doctor_user, now=timezone.now())
    assert HEADING not in client.get(reverse("today")).content.decode()
    assert asked() == lacking
    with CaptureQueriesContext(connection) as captured:
        desk_with_lacks(reception_user, timezone.now())
    assert sum("scheduling_site" in query["sql"] for query in captured) == 1
