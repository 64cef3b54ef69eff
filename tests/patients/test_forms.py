"""What the desk types about a patient, good and bad."""

from datetime import date

import pytest
import time_machine
from codicefiscale import codicefiscale
from django.http import QueryDict

from patients.forms import CarriedForm, PatientForm, SearchForm, filled_by_code
from patients.models import Patient

CODE = "GRCSFO85C52H501L"
SOFIA = {"surname": "Greco", "given_name": "Sofia", "birth_date": "1985-03-12", "sex": "F", "version": "1"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-21 10:00:00+01:00", tick=False):
        yield


def errors(**typed: str) -> dict[str, list[str]]:
    return PatientForm({**SOFIA, **typed}).errors


def test_a_code_fills_in_the_empty_birth_date_and_sex():
    form = PatientForm({**SOFIA, "birth_date": "", "sex": "", "codice_fiscale": CODE.lower()})
    assert form.is_valid(), form.errors
    values = form.values()
    assert (values["codice_fiscale"], values["birth_date"], values["sex"]) == (CODE, date(1985, 3, 12), "F")


def test_without_a_code_birth_date_and_sex_are_needed():
    assert set(errors(birth_date="", sex="")) == {"birth_date", "sex"}


def test_a_birth_date_the_code_does_not_say_is_refused_with_the_one_it_says():
    assert errors(codice_fiscale=CODE, birth_date="1985-03-13")["birth_date"] == ["The codice fiscale says 12/03/1985."]


def test_a_sex_the_code_does_not_say_is_refused_with_the_one_it_says():
    assert errors(codice_fiscale=CODE, sex="M")["sex"] == ["The codice fiscale says female."]


def test_a_birth_date_of_the_other_century_is_kept():
    code = codicefiscale.encode("Greco", "Sofia", "F", "12/03/1920", "Roma")
    form = PatientForm({**SOFIA, "birth_date": "12/03/1920", "codice_fiscale": code})
    assert form.is_valid(), form.errors
    assert form.values()["birth_date"] == date(1920, 3, 12)


@pytest.mark.parametrize("typed", ["333 120 4455", "+39 333 1204455", "0039 333 120 4455", "3331204455"])
def test_a_phone_is_kept_in_the_international_form(typed):
    form = PatientForm({**SOFIA, "phone": typed})
    assert form.is_valid(), form.errors
    assert form.values()["phone"] == "+393331204455"


def test_no_phone_stays_no_phone():
    form = PatientForm(SOFIA)
    assert form.is_valid(), form.errors
    assert form.values()["phone"] == ""


@pytest.mark.parametrize(
    "typed", ["0001-01-01", "1899-12-31", "2026-11-22", "9999-12-31", "10000-01-01", "31/02/1985", "x"]
)
def test_a_birth_date_that_cannot_be_is_refused(typed):
    assert set(errors(birth_date=typed)) == {"birth_date"}


@pytest.mark.parametrize("typed", ["1900-01-01", "2026-11-21", "12/03/1985", "12.03.1985"])
def test_a_birth_date_from_1900_to_today_is_taken(typed):
    assert errors(birth_date=typed) == {}


BAD = ["x" * 10_000, "a\x00b", "a\x07b", "a\tb", "a\nb", "a\u202eb"]


@pytest.mark.parametrize("field", ["surname", "given_name"])
@pytest.mark.parametrize("typed", [*BAD, "", "   "])
def test_a_name_that_is_too_long_empty_or_cannot_be_seen_is_refused(field, typed):
    assert set(errors(**{field: typed})) == {field}


@pytest.mark.parametrize("field", ["codice_fiscale", "phone", "email", "sex"])
@pytest.mark.parametrize("typed", ["x" * 10_000, "a\x00b", "<b>x</b>", "9" * 5000])
def test_any_other_field_refuses_what_it_cannot_be(field, typed):
    assert set(errors(**{field: typed})) == {field}


@pytest.mark.parametrize("typed", ["x" * 10_000, "a\x00b", "a\x07b"])
def test_a_note_too_long_or_with_invisible_characters_is_refused(typed):
    assert set(errors(note=typed)) == {"note"}


def test_a_note_keeps_its_lines():
    form = PatientForm({**SOFIA, "note": "rings twice\r\nground floor"})
    assert form.is_valid(), form.errors
    assert "\n" in form.values()["note"]


def test_blanks_in_a_name_are_made_one():
    form = PatientForm({**SOFIA, "surname": "  De   Luca "})
    assert form.is_valid(), form.errors
    assert form.values()["surname"] == "De Luca"


def test_a_code_somebody_has_is_refused_with_the_way_to_them(patient):
    Patient.objects.filter(pk=patient.pk).update(codice_fiscale=CODE)
    (sentence,) = errors(codice_fiscale=CODE)["codice_fiscale"]
    assert f'href="/patients/{patient.pk}/"' in sentence
    assert "Greco Sofia" in sentence


def test_markup_in_the_name_of_a_patient_is_shown_not_obeyed(patient):
    Patient.objects.filter(pk=patient.pk).update(codice_fiscale=CODE, surname="<script>x</script>")
    (sentence,) = errors(codice_fiscale=CODE)["codice_fiscale"]
    assert "&lt;script&gt;" in sentence
    assert "<script>" not in sentence


@pytest.mark.parametrize("names", [{"surname": "GRECO"}, {"surname": "Sofìa", "given_name": "Greco"}])
def test_the_same_name_and_birth_date_want_a_tick(patient, names):
    form = PatientForm({**SOFIA, **names})
    assert set(form.errors) == {"somebody_else"}
    assert form.alike == [patient]


def test_with_the_tick_a_namesake_is_taken(patient):
    assert errors(somebody_else="on") == {}


def test_changing_only_the_phone_of_a_namesake_wants_no_tick(patient):
    twin = Patient.objects.create(surname="Greco", given_name="Sofia", birth_date=patient.birth_date, sex="F")
    assert PatientForm({**SOFIA, "phone": "333 1204455"}, instance=twin).errors == {}


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30])
def test_a_change_without_a_version_is_refused(patient, version):
    assert set(PatientForm({**SOFIA, "version": version}, instance=patient).errors) == {"version"}


def test_the_differences_name_what_two_people_changed(patient):
    form = PatientForm({**SOFIA, "surname": "Villa", "sex": "M"}, instance=Patient.objects.get())
    assert form.is_valid(), form.errors
    assert form.differences_from(patient) == [("Surname", "Greco", "Villa"), ("Sex", "female", "male")]


def test_after_the_differences_the_form_knows_of_the_current_version(patient):
    form = PatientForm(SOFIA, instance=Patient.objects.get())
    assert form.is_valid(), form.errors
    patient.version = 7
    form.differences_from(patient)
    assert form["version"].value() == "7"


def test_decoding_leaves_what_was_typed():
    form, sentence = filled_by_code(QueryDict(f"codice_fiscale={CODE}&birth_date=1999-01-01&sex="))
    assert (form["birth_date"].value(), form["sex"].value()) == ("1999-01-01", "F")
    assert sentence == "The codice fiscale says 12/03/1985, female, Roma."


def test_decoding_a_mistyped_code_says_so_and_fills_nothing():
    form, sentence = filled_by_code(QueryDict("codice_fiscale=GRCSFO85C52H501M"))
    assert "mistyped" in sentence
    assert not form["birth_date"].value()


@pytest.mark.parametrize(
    ("query", "initial"),
    [
        ("q=greco+sofia", {"surname": "Greco", "given_name": "Sofia"}),
        ("q=McAdam", {"surname": "McAdam"}),
        ("q=333+120", {"phone": "333120"}),
        ("q=12/3/85", {"birth_date": date(1985, 3, 12)}),
        ("q=1/6/24", {"birth_date": None}),
        (f"q={CODE}", {"codice_fiscale": CODE}),
        ("surname=Villa&q=greco", {"surname": "Villa"}),
        ("surname=" + "x" * 10_000, {"surname": ""}),
        ("q=a%00b&surname=%00", {"surname": ""}),
        ("", {"surname": "", "given_name": "", "phone": "", "codice_fiscale": ""}),
    ],
)
def test_what_was_searched_begins_the_new_patient(query, initial):
    began = CarriedForm(QueryDict(query)).initial_patient()
    assert {name: began[name] for name in initial} == initial


@pytest.mark.parametrize("query", ["q=" + "x" * 10_000, "q=%00", "offset=-1", "offset=" + "9" * 40, "offset=x"])
def test_a_search_that_cannot_be_is_refused(query):
    assert SearchForm(QueryDict(query)).errors
