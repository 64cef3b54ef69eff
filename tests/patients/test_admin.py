"""Patients in Django admin: the desk's rules, the desk's search."""

import pytest
from django.urls import reverse

from patients.models import Patient

VILLA = {"surname": "Villa", "given_name": "Elena", "birth_date": "1990-02-28", "sex": "F", "version": "1"}


@pytest.fixture
def office(client, administrator_user, site):
    client.force_login(administrator_user)
    return client


def test_the_list_finds_names_in_any_order_without_accents(office):
    Patient.objects.create(surname="D'Angelo", given_name="Nicolò", birth_date="1985-03-12", sex="M")
    Patient.objects.create(surname="Greco", given_name="Sofia", birth_date="1985-03-12", sex="F")
    page = office.get(reverse("admin:patients_patient_changelist"), {"q": "nicolo dangelo"}).text
    assert "D&#x27;Angelo" in page
    assert "Greco" not in page


@pytest.mark.parametrize("query", ["\x00", "x" * 10_000, "31/02/1985", "%"])
def test_a_search_that_cannot_be_finds_nobody_and_does_not_fail(office, patient, query):
    response = office.get(reverse("admin:patients_patient_changelist"), {"q": query})
    assert response.status_code == 200


def test_a_patient_is_added_by_the_same_rules(office):
    url = reverse("admin:patients_patient_add")
    refused = office.post(url, {**VILLA, "birth_date": "9999-12-31"})
    assert "A birth date lies between 1900 and today." in refused.text
    assert office.post(url, VILLA).url == reverse("admin:patients_patient_changelist")
    assert Patient.objects.get().history.get().history_user.username == "admin"


def test_a_change_counts_the_version(office, patient):
    office.post(reverse("admin:patients_patient_change", args=[patient.pk]), VILLA)
    patient.refresh_from_db()
    assert (patient.surname, patient.version, patient.history.count()) == ("Villa", 2, 2)


def test_a_change_over_somebody_elses_changes_nothing_and_says_so(office, patient):
    url = reverse("admin:patients_patient_change", args=[patient.pk])
    office.post(url, {**VILLA, "surname": "Sala"})
    response = office.post(url, VILLA, follow=True)
    assert "Somebody else saved this patient meanwhile" in response.text
    assert Patient.objects.get().surname == "Sala"


def test_the_history_can_be_read(office, patient):
    assert office.get(reverse("admin:patients_patient_history", args=[patient.pk])).status_code == 200
