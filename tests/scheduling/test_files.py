"""The lists of the desk as files, as filtered; who may have them; names in full whatever the screen shows."""

import csv
from datetime import timedelta

import pytest
from django.urls import reverse
from time_machine import travel

from patients.models import Patient
from scheduling.models import Protocol
from scheduling.selectors.files import cells_to_book
from scheduling.services import calling, tracking
from scheduling.services.planning import propose_plan
from scheduling.services.protocols import approve_protocol
from tests.scheduling.booking_data import MONDAY, NOW, at, make_patient, make_plan, occupy

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ten():
    with travel(at(MONDAY, 10), tick=False):
        yield


def rows(client, name, *args, **query):
    answer = client.get(reverse(name, args=args), {**query, "format": "csv"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/csv")
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(body.splitlines(), delimiter=";" if ";" in body.splitlines()[0] else ","))


def test_the_patients_who_match_all_of_them(reception, django_assert_max_num_queries):
    for n in range(60):
        make_patient(f"Rossi {n:02}")
    make_patient("Conti")
    with django_assert_max_num_queries(6):
        found = rows(reception, "patients", q="rossi")
    assert found[0][:2] == ["Surname", "Name"]
    assert len(found) == 61
    assert found[1][:2] == ["Rossi 00", "Sofia"]


def test_a_name_that_looks_like_a_formula_is_text_in_the_file(reception):
    Patient.objects.create(surname="=1+1", given_name="@x", birth_date=MONDAY, sex="F", phone="+393331204455")
    (_head, row) = rows(reception, "patients")
    assert row[:2] == ["'=1+1", "'@x"]
    assert row[3] == "333 120 4455"


def test_the_day_with_what_was_cancelled_only_when_asked(reception, practitioner, room, reception_user):
    made = occupy(practitioner, room, at(MONDAY, 10), 30, reception_user, make_patient("Conti"))
    gone = occupy(practitioner, room, at(MONDAY, 12), 30, reception_user, make_patient("Rossi"))
    occupy(practitioner, room, at(MONDAY + timedelta(days=1), 10), 30, reception_user, make_patient("Other day"))
    tracking.cancel_appointment(appointment=gone, reason="patient", by=reception_user, now=NOW)
    assert [row[3] for row in rows(reception, "today")] == ["Patient", made.patient.full_name]
    shown = rows(reception, "today", show="cancelled")
    assert [row[3] for row in shown[1:]] == ["Conti Sofia", "Rossi Sofia"]
    assert shown[1][1:3] == ["10:00", "10:30"]
    assert len(rows(reception, "today", day="2026-11-24")) == 2


def test_a_day_that_cannot_be_read_is_a_message_and_no_file(reception, site):
    answer = reception.get(reverse("today"), {"day": "garbage", "format": "csv"})
    assert answer.status_code == 422
    assert answer["Content-Type"].startswith("text/html")


def test_what_is_to_be_booked_and_what_waits_for_a_doctor(client, site, doctor_user, practitioner):
    make_plan(make_patient("Conti"), site, doctor_user, counts=[8], practitioner=practitioner)
    waiting = make_plan(make_patient("Rossi"), site, doctor_user, counts=[8], practitioner=practitioner, approved=False)
    propose_plan(plan=waiting, now=NOW)
    client.force_login(doctor_user)
    assert [(row[0], row[3]) for row in rows(client, "to_book")[1:]] == [("Conti Sofia", "8")]
    assert [(row[0], row[2]) for row in rows(client, "review")[1:]] == [("Rossi Sofia", "8")]
    assert len(rows(client, "protocols")) == 6
    assert list(cells_to_book([])) == []


def test_the_day_a_protocol_was_approved_on_is_that_of_the_desks_clock(client, site, doctor_user):
    protocol = Protocol.objects.get(key="weekly-with-recalls")
    approve_protocol(protocol=protocol, by=doctor_user, now=at(MONDAY, 0, 30))
    client.force_login(doctor_user)
    (approved,) = [row[5] for row in rows(client, "protocols")[1:] if row[5]]
    assert approved == "23/11/2026"


def test_a_list_is_no_file_for_somebody_who_may_not_see_it(reception, site):
    assert reception.get(reverse("review"), {"format": "csv"}).status_code == 403


def test_a_file_has_full_names_when_the_screen_shows_initials(reception, reception_user):
    make_patient("Conti")
    reception_user.initials_only = True
    reception_user.save()
    page = reception.get(reverse("patients")).content.decode()
    assert "S. C." in page
    assert "Conti" not in page
    assert rows(reception, "patients")[1][0] == "Conti"


def test_who_is_not_to_be_contacted_is_marked_to_book_and_in_the_file_without_a_number(
    reception, site, patient, doctor_user, reception_user, practitioner
):
    patient.phone = "+393331204455"
    patient.save()
    make_plan(patient, site, doctor_user, counts=[3], practitioner=practitioner)
    (head, row) = rows(reception, "to_book")
    assert row[1] == "333 120 4455"
    calling.mark_do_not_contact(patient=patient, reason="Asked so.", by=reception_user, now=NOW)
    (head, row) = rows(reception, "to_book")
    assert dict(zip(head, row, strict=True))["Phone"] == ""
    assert dict(zip(head, row, strict=True))["Do not contact"] == "Asked so."
    page = reception.get(reverse("to_book")).content.decode()
    assert "do not contact" in page
    assert "Asked so." in page
