"""The patients' pages, as the desk uses and misuses them."""

import re
from datetime import date

import pytest
from django.urls import reverse

from patients import views
from patients.models import Patient
from tests.conftest import make_user

pytestmark = pytest.mark.usefixtures("site")

CODE = "GRCSFO85C52H501L"
VILLA = {"surname": "Villa", "given_name": "Elena", "birth_date": "1990-02-28", "sex": "F", "version": "1"}
HTMX = {"HX-Request": "true"}


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


def test_creating_leads_to_the_patient(desk):
    response = desk.post(reverse("patient_new"), VILLA)
    patient = Patient.objects.get()
    assert response.url == reverse("patient", args=[patient.pk])
    assert patient.history.get().history_user.username == "ferri"


def test_creating_for_a_page_that_waits_leads_back_to_it_with_the_patient(desk):
    waits = f"{reverse('plan_new')}?protocol=3&patient="
    response = desk.post(reverse("patient_new"), {**VILLA, "next": waits})
    assert response.url == f"{reverse('plan_new')}?protocol=3&patient={Patient.objects.get().pk}"


@pytest.mark.parametrize("page", ["/today/?day=2026-12-12", "/plans/new/?patient=7&protocol=3", "/to-book/"])
def test_creating_leads_back_to_any_other_page_as_it_was_and_names_the_patient_there(desk, page):
    response = desk.post(reverse("patient_new"), {**VILLA, "next": page})
    assert response.url == page
    said = desk.get(reverse("patients")).text
    assert f'Villa Elena is created. <a href="{reverse("patient", args=[Patient.objects.get().pk])}">' in said


def test_the_way_back_is_kept_while_the_form_is_refused(desk):
    asked = desk.get(reverse("patient_new"), {"q": "villa", "next": "/to-book/"})
    refused = desk.post(reverse("patient_new"), {"surname": "Villa", "next": "/to-book/"})
    for page in (asked, refused):
        assert 'name="next" value="/to-book/"' in page.text
        assert 'href="/to-book/">Cancel' in re.sub(r"\s+", " ", page.text)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/plans/new/",
        "javascript:alert(1)",
        "https:evil",
        "/\\evil.example",
        "\x00//evil.example",
        "plans",
    ],
)
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


def _focused(response) -> list[str]:
    form = response.context["form"]
    return [name for name, field in form.fields.items() if field.widget.attrs.get("autofocus")]


def test_a_new_patient_begins_in_the_first_field_and_goes_on_in_the_first_wrong_one(client, reception_user):
    client.force_login(reception_user)
    assert _focused(client.get(reverse("patient_new"))) == ["codice_fiscale"]
    typed = {"surname": "Zanetti", "given_name": "", "sex": "F", "version": "1"}
    assert _focused(client.post(reverse("patient_new"), typed)) == ["given_name"]


def test_a_patient_who_is_looked_at_has_no_field_in_the_hand(client, reception_user, patient):
    client.force_login(reception_user)
    assert _focused(client.get(reverse("patient_edit", args=[patient.pk]))) == []


def test_what_the_codice_fiscale_may_say_instead_is_said_beside_the_fields(client, reception_user):
    client.force_login(reception_user)
    content = client.get(reverse("patient_new")).content.decode()
    assert content.count("Needed, unless the codice fiscale says it.") == 2


def test_what_is_needed_is_said_once_beside_each_field_left_empty(client, reception_user):
    client.force_login(reception_user)
    content = client.post(reverse("patient_new"), {"surname": "Zanetti", "version": "1"}).content.decode()
    assert content.count("Needed, unless the codice fiscale says it.") == 2
    assert content.count('id="error_1_id_birth_date"') == content.count('id="error_1_id_sex"') == 1
