"""The patients' pages, as the desk uses and misuses them."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients import views
from patients.models import Patient
from tests.conftest import make_user

CODE = "GRCSFO85C52H501L"
VILLA = {"surname": "Villa", "given_name": "Elena", "birth_date": "1990-02-28", "sex": "F", "version": "1"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(client, reception_user, site):
    client.force_login(reception_user)
    return client


def make_patients(count: int) -> None:
    for number in range(count):
        Patient.objects.create(surname=f"Sala {number:02}", given_name="Ada", birth_date=date(1980, 1, 1), sex="F")


@pytest.mark.parametrize("role", ["reception_user", "doctor_user", "administrator_user"])
def test_every_role_finds_creates_and_changes_patients(client, site, patient, role, request):
    client.force_login(request.getfixturevalue(role))
    for url in (reverse("patients"), reverse("patient_new"), reverse("patient_edit", args=[patient.pk])):
        assert client.get(url).status_code == 200


@pytest.mark.parametrize("name", ["patients", "patient_new", "patient_decode"])
def test_somebody_without_a_role_sees_no_patients(client, site, name):
    client.force_login(make_user("nobody"))
    assert client.post(reverse(name)).status_code == 403


def test_nobody_sees_patients_without_signing_in(client, db):
    assert client.get(reverse("patients")).status_code == 302


def test_typing_answers_with_the_list_alone(desk, patient):
    response = desk.get(reverse("patients"), {"q": "sofia greco"}, headers=HTMX)
    assert "Greco Sofia" in response.text
    assert "<html" not in response.text


def test_the_search_works_without_a_script(desk, patient):
    response = desk.get(reverse("patients"), {"q": "sofia greco"})
    assert "Greco Sofia" in response.text
    assert "<html" in response.text


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
    assert "/patients/new/?q=greco" in desk.get(reverse("patients"), {"q": "greco"}).text


@pytest.mark.parametrize("query", [{"q": "x" * 10_000}, {"q": "a\x00b"}, {"offset": "-1"}, {"offset": "9" * 40}])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_search_that_cannot_be_gets_a_message(desk, query, headers):
    assert desk.get(reverse("patients"), query, headers=headers).status_code == 422


def test_the_list_asks_the_same_queries_for_one_patient_and_for_fifty(desk):
    counts = []
    for further in (1, 49):
        make_patients(further)
        desk.get(reverse("patients"))  # the session and the caches of a first visit
        with CaptureQueriesContext(
            connection,
        ) as queries:
            desk.get(reverse("patients"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8


def test_creating_leads_to_the_patient(desk):
    response = desk.post(reverse("patient_new"), VILLA)
    patient = Patient.objects.get()
    assert response.url == reverse("patient", args=[patient.pk])
    assert patient.history.get().history_user.username == "ferri"


def test_creating_for_a_new_plan_leads_back_to_the_plan(desk):
    response = desk.post(reverse("patient_new"), {**VILLA, "next": reverse("plan_new")})
    assert response.url == f"{reverse('plan_new')}?patient={Patient.objects.get().pk}"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/plans/new/", "javascript:alert(1)"])
def test_no_other_address_is_followed(desk, target):
    response = desk.post(reverse("patient_new"), {**VILLA, "next": target})
    assert response.url == reverse("patient", args=[Patient.objects.get().pk])


@pytest.mark.parametrize(
    "bad",
    [
        {"surname": "x" * 10_000},
        {"surname": "a\x00b"},
        {"birth_date": "0001-01-01"},
        {"birth_date": "9999-12-31"},
        {"birth_date": "1990-02-29"},
        {"sex": "other"},
        {"phone": "12"},
        {"codice_fiscale": "GRCSFO85C52H501M"},
    ],
)
def test_bad_input_gets_a_message_and_keeps_the_rest(desk, bad):
    response = desk.post(reverse("patient_new"), {**VILLA, "email": "elena@example.org", **bad})
    assert response.status_code == 422
    assert "invalid-feedback" in response.text
    assert 'value="elena@example.org"' in response.text
    assert not Patient.objects.exists()


def test_an_empty_form_is_answered_with_its_fields(desk):
    assert desk.post(reverse("patient_new"), {}).status_code == 422


def test_markup_in_a_name_is_shown_as_typed(desk):
    desk.post(reverse("patient_new"), {**VILLA, "surname": "<script>alert(1)</script>"})
    page = desk.get(reverse("patients")).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page


def test_a_code_taken_by_somebody_is_refused_with_a_link(desk, patient):
    Patient.objects.filter(pk=patient.pk).update(codice_fiscale=CODE)
    response = desk.post(reverse("patient_new"), {**VILLA, "birth_date": "", "sex": "", "codice_fiscale": CODE})
    assert response.status_code == 422
    assert f'<a href="{reverse("patient", args=[patient.pk])}">Greco Sofia</a>' in response.text


@pytest.mark.parametrize("verb", ["create_patient", "change_patient"])
def test_a_code_taken_between_check_and_save_gets_a_sentence(desk, patient, monkeypatch, verb):
    other = Patient.objects.create(surname="Sala", given_name="Ada", birth_date=date(1980, 1, 1), sex="F")
    url = reverse("patient_new") if verb == "create_patient" else reverse("patient_edit", args=[other.pk])
    save = getattr(views, verb)

    def save_second(**values):
        Patient.objects.filter(pk=patient.pk).update(codice_fiscale=CODE)
        return save(**values)

    monkeypatch.setattr(views, verb, save_second)
    response = desk.post(url, {**VILLA, "birth_date": "", "sex": "", "codice_fiscale": CODE})
    assert response.status_code == 409
    assert "Already the code of" in response.text


def test_a_namesake_is_warned_about_and_saved_with_the_tick(desk, patient):
    typed = {**VILLA, "surname": "Greco", "given_name": "Sofia", "birth_date": "1985-03-12"}
    warned = desk.post(reverse("patient_new"), typed)
    assert warned.status_code == 422
    assert reverse("patient", args=[patient.pk]) in warned.text
    desk.post(reverse("patient_new"), {**typed, "somebody_else": "on"})
    assert Patient.objects.count() == 2


def test_changing_keeps_who_did_it(desk, patient):
    response = desk.post(reverse("patient_edit", args=[patient.pk]), VILLA)
    assert response.url == reverse("patient", args=[patient.pk])
    assert patient.history.first().history_user.username == "ferri"


def test_a_lost_update_shows_both_and_can_then_be_saved_over(desk, patient):
    url = reverse("patient_edit", args=[patient.pk])
    desk.post(url, {**VILLA, "given_name": "Marta"})
    late = desk.post(url, {**VILLA, "given_name": "Elena", "phone": "333 120 4455"})
    assert late.status_code == 409
    assert "<td>Marta</td>" in late.text
    assert "<td>Elena</td>" in late.text
    assert Patient.objects.get().given_name == "Marta"
    desk.post(url, {**VILLA, "given_name": "Elena", "version": late.context["form"]["version"].value()})
    assert Patient.objects.get().given_name == "Elena"


@pytest.mark.parametrize("pk", [999, 10**30])
def test_a_patient_who_does_not_exist_is_not_found(desk, pk):
    assert desk.get(f"/patients/{pk}/edit/").status_code == 404


def test_decoding_answers_with_the_two_fields_filled(desk):
    response = desk.post(reverse("patient_decode"), {"codice_fiscale": CODE}, headers=HTMX)
    assert 'value="1985-03-12"' in response.text
    assert '<option value="F" selected>' in response.text


@pytest.mark.parametrize("typed", ["", "GRCSFO85", "x" * 10_000, "a\x00b"])
def test_decoding_waits_for_a_whole_code(desk, typed):
    assert desk.post(reverse("patient_decode"), {"codice_fiscale": typed}).status_code == 204


def test_decoding_shows_typed_markup_as_text(desk):
    typed = {"codice_fiscale": CODE, "birth_date": '"><script>'}
    assert "<script>" not in desk.post(reverse("patient_decode"), typed).text
