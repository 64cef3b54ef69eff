"""Sheets for paper: the day, the week, the patient's card, whom to call."""

import re
import sys
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader
from time_machine import travel

from clinic.paper import pdf_maker
from scheduling.models import AftercareLine, Appointment, Room, Site
from scheduling.services import tracking
from scheduling.services.booking import book_cycle
from scheduling.services.calling import mark_do_not_contact
from scheduling.services.proposing import propose_cycle
from tests.conftest import make_practitioner
from tests.pages import text
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ten():
    with travel(at(MONDAY, 10), tick=False):
        yield


def headings(response):
    return re.findall(r"<h2>([^<]+)</h2>", response.content.decode())


def test_the_day_has_a_sheet_for_each_practitioner_or_each_room(reception, site, practitioner, room, reception_user):
    other, cabin = make_practitioner("Dr Neri", site), Room.objects.create(site=site, name="Cabin")
    occupy(practitioner, room, at(MONDAY, 10), 30, reception_user, make_patient("Conti"))
    occupy(other, room, at(MONDAY, 11), 30, reception_user, make_patient("Rossi"))
    gone = occupy(other, cabin, at(MONDAY, 12), 30, reception_user, make_patient("Gone"))
    tracking.cancel_appointment(appointment=gone, reason="patient", by=reception_user, now=NOW)
    by_practitioner = reception.get(reverse("print_day"))
    assert headings(by_practitioner) == ["Dr Bianchi", "Dr Neri"]
    assert "10:00–10:30 Conti Sofia consultation consultation Room 1" in text(by_practitioner)
    assert "Gone" not in text(by_practitioner)
    assert headings(reception.get(reverse("print_day"), {"by": "room"})) == ["Room 1"]
    assert "Nothing is booked" in text(reception.get(reverse("print_day"), {"day": "2026-11-24"}))


def test_the_week_goes_from_monday_to_sunday(reception, site, practitioner, room, reception_user):
    for days in (-1, 0, 6, 7):
        day = MONDAY + timedelta(days=days)
        occupy(practitioner, room, at(day, 10), 30, reception_user, make_patient(f"P{day:%d}"))
    page = text(reception.get(reverse("print_week"), {"day": "2026-11-26"}))
    assert "Week 23 November – 29 November 2026" in page
    assert [name in page for name in ("P22", "P23", "P29", "P30")] == [False, True, True, False]


def test_the_card_has_every_date_the_advice_and_the_telephone_and_no_diagnosis(
    reception, site, patient, practitioner, room, doctor_user
):
    Site.objects.filter(pk=site.pk).update(phone="06 555 0101")
    plan = make_plan(patient, site, doctor_user, counts=[3], practitioner=practitioner)
    slots = dict(list(enumerate(propose_cycle(plan=plan, now=NOW)[0].proposal.slots, 1))[:2])
    first, _second = book_cycle(plan=plan, slots=slots, by=doctor_user, now=NOW)
    line = {"text_en": "Drink water", "text_it": "Bere acqua", "source": "clinic"}
    AftercareLine.objects.create(protocol=plan.protocol, **line)
    page = reception.get(reverse("print_card", args=[plan.pk]))
    assert "Greco Sofia" in text(page)
    assert "Call 06 555 0101." in text(page)
    assert first.practitioner.name in text(page)
    assert text(page).count("to book, between") == 1
    assert plan.diagnosis not in text(page)
    assert "Drink water (this clinic's own)" in text(page).replace("&#x27;", "'").replace("( ", "(")


def test_the_card_has_the_full_name_when_the_screen_shows_initials(
    reception, reception_user, site, patient, doctor_user, practitioner
):
    reception_user.initials_only = True
    reception_user.save()
    plan = make_plan(patient, site, doctor_user, counts=[3], practitioner=practitioner)
    assert headings(reception.get(reverse("print_card", args=[plan.pk])))[0] == "Greco Sofia"


def test_the_call_list_has_telephones_and_room_for_the_answer(reception, site, patient, doctor_user, practitioner):
    patient.phone = "+393331204455"
    patient.save()
    make_plan(patient, site, doctor_user, counts=[3], practitioner=practitioner)
    page = reception.get(reverse("print_calls"))
    assert "Greco Sofia" in text(page)
    assert "333 120 4455" in text(page)
    assert 'class="answer ' in page.content.decode()


def test_who_is_not_to_be_contacted_is_not_on_the_call_list(
    reception, site, patient, doctor_user, practitioner, reception_user
):
    plan = make_plan(patient, site, doctor_user, counts=[3], practitioner=practitioner)
    mark_do_not_contact(patient=plan.patient, reason="Asked so.", by=reception_user, now=NOW)
    assert "Greco" not in text(reception.get(reverse("print_calls")))


@pytest.mark.parametrize("name", ["print_day", "print_week", "print_calls"])
def test_what_cannot_be_read_in_the_address_is_said_and_a_clinic_without_a_site_too(reception, name, site):
    page = reception.get(reverse(name), {"day": "garbage", "by": "moon"})
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    Site.objects.all().delete()
    assert "Ask an administrator" in text(reception.get(reverse(name)))


@pytest.mark.parametrize("name", ["print_day", "print_week", "print_calls"])
def test_a_sheet_asks_the_same_number_of_questions_for_1_and_50_rows(
    reception, site, practitioner, room, doctor_user, name
):
    asked = []
    for count in (1, 50):
        for n in range(count):
            starts = at(MONDAY, 10) + timedelta(minutes=5 * n)
            patient = make_patient(f"P{count}-{n}")
            Appointment.objects.filter(starts=starts).delete()
            Appointment.objects.create(
                patient=patient, kind="consultation", practitioner=practitioner, room=room,
                starts=starts, ends=starts + timedelta(minutes=5), room_free_at=starts + timedelta(minutes=5),
            )  # fmt: skip
        make_plan(make_patient(f"plan {count}"), site, doctor_user, counts=[3], practitioner=practitioner)
        with CaptureQueriesContext(connection) as queries:
            assert reception.get(reverse(name)).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 10


@pytest.fixture
def _pango():
    if pdf_maker() is None:
        pytest.skip("this machine has no Pango (docs/operations.md)")


@pytest.fixture
def _no_pango(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    pdf_maker.cache_clear()
    yield
    pdf_maker.cache_clear()


def pages(file):
    """What stands on each page of a PDF file."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(file.content)).pages]


@pytest.mark.usefixtures("_pango")
def test_the_day_is_a_pdf_file_with_a_page_for_each_practitioner(reception, site, practitioner, room, reception_user):
    other = make_practitioner("Dr Neri", site)
    occupy(practitioner, room, at(MONDAY, 10), 30, reception_user, make_patient("Conti"))
    occupy(other, room, at(MONDAY, 11), 30, reception_user, make_patient("Rossi"))
    assert "PDF file" in text(reception.get(reverse("print_day")))
    for address, names in (({}, [["Conti"], ["Rossi"]]), ({"by": "room"}, [["Conti", "Rossi"]])):
        file = reception.get(reverse("print_day"), {**address, "format": "pdf"})
        assert file["Content-Type"] == "application/pdf"
        assert file["Content-Disposition"] == f'attachment; filename="day-{MONDAY}.pdf"'
        assert [re.findall("Conti|Rossi", page) for page in pages(file)] == names


@pytest.mark.usefixtures("_pango")
def test_the_week_the_call_list_and_the_card_are_pdf_files_too(
    reception, site, practitioner, room, doctor_user, reception_user
):
    occupy(practitioner, room, at(MONDAY, 10), 30, reception_user, make_patient("Conti"))
    plan = make_plan(make_patient("Rossi"), site, doctor_user, counts=[3], practitioner=practitioner)
    for address, name, shown in (
        (reverse("print_week"), f"week-{MONDAY}", "10:00–10:30 Conti Sofia"),
        (reverse("print_calls"), f"call-list-{MONDAY}", "Rossi Sofia"),
        (reverse("print_card", args=[plan.pk]), f"cycle-card-{plan.pk}", "Rossi Sofia"),
    ):
        file = reception.get(address, {"format": "pdf"})
        assert file["Content-Disposition"] == f'attachment; filename="{name}.pdf"'
        (page,) = pages(file)
        assert shown in page
        assert "1 / 1" in page


@pytest.mark.usefixtures("_no_pango")
def test_a_machine_that_cannot_make_a_pdf_offers_none_and_shows_the_sheet(reception, site):
    page = reception.get(reverse("print_day"), {"format": "pdf"})
    assert page["Content-Type"].startswith("text/html")
    assert "PDF file" not in text(page)


@pytest.mark.usefixtures("_pango")
def test_an_address_that_cannot_be_read_gives_no_file_but_the_reason(reception, site):
    page = reception.get(reverse("print_day"), {"day": "garbage", "format": "pdf"})
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
