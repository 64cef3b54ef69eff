"""The list of patients and the lines under the search box, as the desk uses and misuses them."""

from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.models import Patient
from scheduling.models import Appointment, Kind, Status
from tests.scheduling.booking_data import MONDAY, at, make_patient, make_plan

pytestmark = pytest.mark.usefixtures("clock", "site")

HTMX = {"HX-Request": "true"}
DAY = timedelta(days=1)


@pytest.fixture
def visit(practitioner, room):
    def visit(patient: Patient, starts, status: str = Status.BOOKED) -> Appointment:
        ends = starts + timedelta(minutes=20)
        return Appointment.objects.create(
            patient=patient,
            kind=Kind.REVIEW,
            practitioner=practitioner,
            room=room,
            starts=starts,
            ends=ends,
            room_free_at=ends,
            status=status,
        )

    return visit


def make_patients(count: int) -> list[Patient]:
    rows = range(count)
    names = [f"Sala {number:02}" for number in rows]
    return [Patient.objects.create(surname=n, given_name="Ada", birth_date=date(1980, 1, 1), sex="F") for n in names]


def find(client, query: str, at_page: str = "/today/"):
    headers = {**HTMX, "HX-Current-URL": f"http://testserver{at_page}"}
    return client.get(reverse("find"), {"q": query}, headers=headers)


def way_to_a_new_patient(page) -> dict[str, list[str]]:
    link = page.text.split('id="hit-new"', 1)[1].split('href="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    return parse_qs(urlsplit(link).query, keep_blank_values=True)


def test_typing_answers_with_the_list_alone(desk, patient):
    response = desk.get(reverse("patients"), {"q": "sofia greco"}, headers=HTMX)
    assert "Greco Sofia" in response.text
    assert "<html" not in response.text


def test_the_search_works_without_a_script(desk, patient):
    make_patient("Grechi")
    response = desk.get(reverse("patients"), {"q": "sofia gre"})
    assert "Greco Sofia" in response.text
    assert "<html" in response.text


def test_who_is_alone_in_matching_is_opened_by_enter_and_not_while_somebody_types(desk, patient):
    assert desk.get(reverse("patients"), {"q": "greco"}).url == reverse("patient", args=[patient.pk])
    assert desk.get(reverse("patients"), {"q": "greco"}, headers=HTMX).status_code == 200


@pytest.mark.parametrize("typed", ["bataglia", "battagliia", "battaglja", "battagila", "batalia", "Battagli"])
def test_a_surname_with_one_wrong_letter_is_asked_about(desk, typed):
    make_patient("Battaglia")
    make_patient("Battistini")
    known = typed == "Battagli"  # the beginning of a name is no mistake
    for page in (find(desk, typed), desk.get(reverse("patients"), {"q": typed}, headers=HTMX)):
        assert ("Did you mean" in page.text) is not known
        assert ("?q=Battaglia" in page.text) is not known


@pytest.mark.parametrize("typed", ["bat", "battelino", "bataglia 333", "bataglia clara", "b s"])
def test_what_is_short_or_far_off_or_has_digits_is_not_guessed(desk, typed):
    make_patient("Battaglia")
    make_patient("Batta")
    assert "Did you mean" not in find(desk, typed).text


@pytest.mark.parametrize(
    "typed", ["batalia sofia", "sofia bataglia", "bataglia s", "Battaglia Sophia", "bataglia sofya"]
)
def test_a_misheard_name_is_asked_about_with_the_first_name_too(desk, typed):
    make_patient("Battaglia")
    make_patient("Battistini")
    page = find(desk, typed).text
    assert "Did you mean Battaglia Sofia?" in page
    assert "Battistini" not in page


def test_booking_asks_about_a_misheard_name_and_goes_on_with_it(desk, patient):
    page = desk.get(reverse("book"), {"q": "Grecco Sophia", "next": "/today/"}, headers=HTMX)
    assert "Did you mean Greco Sofia?" in page.text
    meant = desk.get(f"{reverse('book')}?next=%2Ftoday%2F&q=Greco+Sofia")
    assert meant.url == f"{reverse('book_patient', args=[patient.pk])}?next=%2Ftoday%2F"
    assert "?next=%2Ftoday%2F&amp;q=Greco+Sofia" in page.text


def test_a_list_shows_25_and_the_way_to_the_next(desk):
    make_patients(26)
    first = desk.get(reverse("patients"), {"q": "sala"})
    assert first.text.count('scope="row"') == 25
    assert "?q=sala&amp;offset=25" in first.text
    second = desk.get(reverse("patients"), {"q": "sala", "offset": 25}, headers=HTMX)
    assert second.text.count('scope="row"') == 1
    assert "offset=" not in second.text


def test_an_empty_result_carries_the_typed_text_to_a_new_patient(desk):
    response = desk.get(reverse("patients"), {"q": "d'angelo & <b>"})
    assert "/patients/new/?q=d%27angelo%20%26%20%3Cb%3E" in response.text
    assert "<b>" not in response.text


def test_a_list_with_results_carries_the_typed_text_too(desk, patient):
    assert "/patients/new/?q=greco" in desk.get(reverse("patients"), {"q": "greco"}, headers=HTMX).text


@pytest.mark.parametrize("query", [{"q": "x" * 10_000}, {"q": "a\x00b"}, {"offset": "-1"}, {"offset": "9" * 40}])
@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("name", ["patients", "find"])
def test_a_search_that_cannot_be_gets_a_message(desk, name, query, headers):
    assert desk.get(reverse(name), query, headers=headers).status_code == 422


@pytest.mark.parametrize("name", ["patients", "find"])
def test_the_same_queries_for_one_patient_and_for_fifty(desk, visit, name):
    counts = []
    for day, further in enumerate((1, 49)):
        for patient in make_patients(further):
            for week in (1, 2):
                visit(patient, at(MONDAY + (50 * week + 25 * day) * DAY, 8) + timedelta(minutes=20 * patient.pk))
        desk.get(reverse(name), {"q": "sala"})  # the session and the caches of a first visit
        with CaptureQueriesContext(connection) as queries:
            desk.get(reverse(name), {"q": "sala"})
        counts.append(len(queries))
    # A page full of surnames that begin so is answered one query sooner.
    assert counts[1] <= counts[0] <= {"patients": 10, "find": 8}[name]


def test_a_patient_is_shown_with_birth_date_phone_and_next_appointment(desk, visit):
    greco = make_patient("Greco")
    greco.phone = "+393331204455"
    greco.save()
    visit(greco, at(MONDAY + 8 * DAY, 10))
    visit(greco, at(MONDAY + 3 * DAY, 10))
    for page in (find(desk, "gre"), desk.get(reverse("patients"), {"q": "gre"}, headers=HTMX)):
        for words in ("Greco Sofia", "12/03/1985", "333 120 4455", "Thu 26 Nov 2026, 10:00"):
            assert words in page.text


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.NO_SHOW, Status.COMPLETED, Status.RESERVED])
def test_what_nobody_is_expected_at_is_not_the_next_appointment(desk, visit, status):
    visit(make_patient("Greco"), at(MONDAY + 3 * DAY, 10), status)
    assert "nothing to come" in find(desk, "gre").text


@pytest.mark.parametrize("query", ["1 dic", "tue 1 dec", "1/12"])
@pytest.mark.parametrize("name", ["patients", "find"])
def test_a_day_leads_to_the_board(desk, name, query):
    page = desk.get(reverse(name), {"q": query}, headers=HTMX).text
    assert f'href="{reverse("today")}?day=2026-12-01"' in page
    assert "Tuesday 1 December 2026" in page
    assert "Nobody matches" not in page


@pytest.mark.parametrize("name", ["patients", "find"])
def test_numbers_lead_to_plan_and_appointment(desk, visit, site, practitioner, doctor_user, name):
    greco = make_patient("Greco")
    plan = make_plan(greco, site, doctor_user, counts=[3], practitioner=practitioner)
    booked = visit(greco, at(MONDAY + DAY, 10))
    to_plan, to_booked = (reverse("plan", args=[plan.pk]), reverse("appointment", args=[booked.pk]))

    def shown(query: str) -> tuple[bool, bool]:
        page = desk.get(reverse(name), {"q": query}, headers=HTMX).text
        return f'href="{to_plan}"' in page, f'href="{to_booked}"' in page

    assert shown(f"piano {plan.pk}") == (True, False)
    assert shown(f"app {booked.pk}") == (False, True)
    assert shown(f"#{plan.pk}")[0]
    assert shown(f"#{booked.pk}")[1]
    assert shown("plan 999999999") == (False, False)
    assert f"Plan {plan.pk}" in desk.get(to_plan).text
    assert f"Appointment {booked.pk}" in desk.get(to_booked).text


def test_nothing_typed_brings_nothing_up(desk, patient):
    assert find(desk, "").text == ""
    assert find(desk, "   ").text == ""


def test_what_brings_more_than_the_lines_leads_to_the_whole_list(desk):
    make_patients(9)
    page = find(desk, "sala").text
    assert page.count('id="hit-patient-') == 8
    assert 'href="/patients/?q=sala"' in page


def test_a_new_patient_takes_along_what_was_typed_and_where_one_was(desk):
    way = way_to_a_new_patient(find(desk, "rossi anna 333 120", "/today/?day=2026-12-01"))
    assert way == {"q": ["rossi anna 333 120"], "next": ["/today/?day=2026-12-01"]}


def test_a_page_that_waits_for_a_patient_gets_the_new_one(desk):
    way = way_to_a_new_patient(find(desk, "rossi", "/plans/new/?q=rossi&protocol=3"))
    assert way["next"] == ["/plans/new/?protocol=3&patient="]
    under_way = way_to_a_new_patient(find(desk, "rossi", "/plans/new/?patient=4&protocol=3"))
    assert under_way["next"] == ["/plans/new/?patient=4&protocol=3"]


@pytest.mark.parametrize("elsewhere", ["https://evil.example/today/", "http://testserver/nowhere/", "x", ""])
def test_no_way_back_leads_out_of_the_application(desk, elsewhere):
    page = desk.get(reverse("find"), {"q": "rossi"}, headers={**HTMX, "HX-Current-URL": elsewhere})
    assert way_to_a_new_patient(page)["next"] == [""]


def test_markup_is_shown_as_typed(desk):
    page = find(desk, "<script>alert(1)</script>").text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_the_page_that_asks_for_a_plans_patient_waits_for_a_new_one(desk):
    page = desk.get(reverse("plan_new"), {"q": "rossi"}).text
    assert "next=/plans/new/%3Fpatient%3D" in page
