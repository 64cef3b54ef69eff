"""Hours are on a 24 h clock with two digits, a birth date is written in one way, on pages, in files, on paper."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse
from time_machine import travel

from patients.models import Patient
from tests.scheduling.booking_data import MONDAY, at, occupy

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(ROOT.glob("templates/**/*.html"))
CODE = [path for app in ("clinic", "patients", "scheduling") for path in ROOT.glob(f"{app}/**/*.py")]


def test_no_hour_is_written_on_another_clock():
    """`g`, `G`, `h`, `P`, `%I` and an hour without its nought are 9:00, or 9 a.m."""
    other = re.compile(r"""\|(?:date|time):["'][^"']*\b[gGhPaA]\b[^"']*["']|%[IpX]\b|// 60\}:""")
    found = [path.name for path in [*TEMPLATES, *CODE] if other.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_a_birth_date_is_only_written_by_the_patient():
    formatted = re.compile(r"birth_date\|date|date_format\([^)]*birth_date")
    found = [path.name for path in [*TEMPLATES, *CODE] if formatted.search(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.parametrize("language", ["en", "it"])
@pytest.mark.parametrize("address", ["/patients/{}/", "/patients/?q=conti", "/find/?q=conti", "/book/?q=conti"])
@pytest.mark.django_db
def test_every_page_of_a_patient_writes_the_birth_date_alike(client, site, reception_user, language, address):
    patient = Patient.objects.create(surname="Conti", given_name="Sofia", birth_date=date(1983, 3, 4), sex="F")
    Patient.objects.create(surname="Conti", given_name="Anna", birth_date=date(1990, 1, 2), sex="F")
    reception_user.language = language
    reception_user.save()
    client.force_login(reception_user)
    assert "04/03/1983" in client.get(address.format(patient.pk)).content.decode()


@pytest.mark.parametrize("language", ["en", "it"])
@pytest.mark.parametrize("shown", ["board", "calendar", "paper", "file"])
@pytest.mark.django_db
def test_nine_is_written_with_its_nought(client, practitioner, room, reception_user, language, shown):
    reception_user.language = language
    reception_user.save()
    with travel(at(MONDAY, 7), tick=False):
        occupy(practitioner, room, at(MONDAY, 9), 30, reception_user)
    client.force_login(reception_user)
    day = f"{MONDAY:%Y-%m-%d}"
    addresses = {
        "board": f"{reverse('today')}?day={day}",
        "calendar": f"{reverse('calendar')}?date={day}&view=day&shape=list",
        "paper": f"{reverse('print_day')}?day={day}",
        "file": f"{reverse('today')}?day={day}&format=csv",
    }
    answer = client.get(addresses[shown])
    assert answer.status_code == 200
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert "09:00" in body.decode()
    assert not re.search(r"(?<![\d:T])9:00", body.decode())
