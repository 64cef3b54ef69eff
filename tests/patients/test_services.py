"""Writing a patient: once, whole, and never over somebody else's change."""

from datetime import date

import pytest

from patients.models import Patient
from patients.services import ChangedMeanwhile, CodeTaken, change_patient, create_patient

CODE = "GRCSFO85C52H501L"
SOFIA = {"surname": "Greco", "given_name": "Sofia", "birth_date": date(1985, 3, 12), "sex": "F"}


def test_a_created_patient_is_kept_with_its_history(db):
    patient = create_patient(**SOFIA, phone="+393331204455")
    assert str(Patient.objects.get().phone) == "+393331204455"
    assert [row.history_type for row in patient.history.all()] == ["+"]


def test_a_second_patient_with_the_same_code_is_refused(db):
    create_patient(**SOFIA, codice_fiscale=CODE)
    with pytest.raises(CodeTaken):
        create_patient(**SOFIA, codice_fiscale=CODE)
    assert Patient.objects.count() == 1


def test_patients_without_a_code_do_not_collide(db):
    create_patient(**SOFIA)
    create_patient(**SOFIA)
    assert Patient.objects.count() == 2


def test_a_change_counts_the_version_and_keeps_the_history(patient):
    change_patient(patient=patient, version=1, surname="Greco Villa")
    patient.refresh_from_db()
    assert (patient.surname, patient.version, patient.history.count()) == ("Greco Villa", 2, 2)


def test_a_change_makes_the_patient_findable_by_the_new_name(patient):
    assert "villa" in change_patient(patient=patient, version=1, surname="Villa").search


def test_a_change_of_what_somebody_else_changed_is_refused_with_the_current_one(patient):
    change_patient(patient=patient, version=1, surname="Villa")
    with pytest.raises(ChangedMeanwhile) as refusal:
        change_patient(patient=patient, version=1, surname="Sala")
    assert refusal.value.current.surname == "Villa"
    assert Patient.objects.get().surname == "Villa"


def test_a_change_to_a_code_of_somebody_else_is_refused_and_nothing_is_kept(patient):
    create_patient(**SOFIA, codice_fiscale=CODE)
    with pytest.raises(CodeTaken):
        change_patient(patient=patient, version=1, surname="Sala", codice_fiscale=CODE)
    patient.refresh_from_db()
    assert (patient.surname, patient.version) == ("Greco", 1)
