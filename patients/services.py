"""Writing a patient: creating one, and changing one that nobody changed meanwhile."""

from datetime import date
from typing import TypedDict, Unpack

from django.db import IntegrityError, transaction

from patients.models import Patient


class PatientValues(TypedDict, total=False):
    """What the desk writes about a patient; the phone is in the international form, the code in capitals."""

    surname: str
    given_name: str
    birth_date: date
    sex: str
    codice_fiscale: str
    phone: str
    email: str
    note: str


class CodeTaken(Exception):
    """Another patient has this codice fiscale."""


class ChangedMeanwhile(Exception):
    """Somebody saved the patient after this form was opened."""

    def __init__(self, current: Patient) -> None:
        super().__init__(str(current.pk))
        self.current = current


def create_patient(**values: Unpack[PatientValues]) -> Patient:
    """Creates a patient; CodeTaken when another has the codice fiscale, also when both are saved at once."""
    return _saved(Patient(**values))


def change_patient(*, patient: Patient, version: int, **values: Unpack[PatientValues]) -> Patient:
    """Changes a patient last seen at `version`; ChangedMeanwhile when it is no longer that one."""
    with transaction.atomic():
        current = Patient.objects.select_for_update().get(pk=patient.pk)
        if current.version != version:
            raise ChangedMeanwhile(current)
        for name, value in values.items():
            setattr(current, name, value)
        current.version += 1
        return _saved(current)


def _saved(patient: Patient) -> Patient:
    """Saves in its own savepoint, so that the database's refusal of a second code leaves the rest standing."""
    try:
        with transaction.atomic():
            patient.save()
    except IntegrityError as error:
        if "codice_fiscale" not in str(error):
            raise
        raise CodeTaken from error
    return patient
