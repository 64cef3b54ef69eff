"""Finding people: every word must match, however it is typed."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients.models import Patient
from patients.selectors import find_patients, patient_with_code, patients_like

TODAY = date(2026, 11, 21)


@pytest.fixture
def people(db):
    rows = [
        ("D'Angelo", "Nicolò", date(1985, 3, 12), "M", "DNGNCL85C12H501Q", "+393331204455"),
        ("De Luca", "Anna", date(1924, 6, 1), "F", "", "+39061234567"),
        ("Rossi-Bianchi", "Ines", date(2001, 12, 31), "F", "", ""),
        ("Spada", "Luca", date(1990, 1, 1), "M", "", "+447400123456"),
    ]
    names = ("surname", "given_name", "birth_date", "sex", "codice_fiscale", "phone")
    return [Patient.objects.create(**dict(zip(names, row, strict=True))) for row in rows]


def surnames(query: str) -> list[str]:
    return [patient.surname for patient in find_patients(query, TODAY).patients]


@pytest.mark.parametrize(
    "query",
    [
        "dangelo nicolo",
        "Nicolò D'Angelo",
        "NICOLO  D’ANGELO",
        "d angelo",
        "ange nico",
        "D'Angelo, Nicolò",
        "333 120 4455",
        "3331204455",
        "+39 333 1204455",
        "0039 333/1204455",
        "333-120.4455",
        "4455",
        "(333) 120",
        "DNGNCL85C12H501Q",
        "dngncl85c12h501q",
        "DNG NCL 85C12",
        "12/03/1985",
        "12.3.85",
        "1985-03-12",
        "12-03-1985 nicolo",
        "nicolo 333",
    ],
)
def test_a_patient_is_found_by(people, query):
    assert surnames(query) == ["D'Angelo"]


@pytest.mark.parametrize(
    "query", ["nicolo anna", "dangelo 12/03/1986", "dangelo 999", "31/02/1985", "%", "_", "12/03/0001", "1/1/9999"]
)
def test_nobody_is_found_by(people, query):
    assert surnames(query) == []


def test_a_landline_is_found_by_the_digits_people_say(people):
    assert surnames("06 1234567") == ["De Luca"]


def test_a_year_of_two_digits_means_either_century(people):
    assert surnames("1/6/24") == ["De Luca"]


def test_a_double_name_is_found_with_or_without_its_hyphen(people):
    assert surnames("rossi bianchi") == surnames("ines rossi-bianchi") == ["Rossi-Bianchi"]


def test_surnames_that_begin_with_the_first_word_come_first(people):
    Patient.objects.create(surname="Luca", given_name="Zoe", birth_date=date(1980, 1, 1), sex="F")
    assert surnames("luca") == ["Luca", "De Luca", "Spada"]


def test_the_name_as_typed_comes_before_names_that_only_contain_it(people):
    for given_name in ("Agnes", "Sofia"):
        Patient.objects.create(surname="Greco", given_name=given_name, birth_date=date(1980, 1, 1), sex="F")
    assert [p.given_name for p in find_patients("greco s", TODAY).patients] == ["Sofia", "Agnes"]


def test_nothing_typed_lists_everybody_by_surname(people):
    assert surnames("") == ["D'Angelo", "De Luca", "Rossi-Bianchi", "Spada"]


def test_pages_meet_without_gap_or_repetition(people):
    first = find_patients("", TODAY, limit=3, offset=0)
    second = find_patients("", TODAY, limit=3, offset=3)
    assert [p.surname for p in (*first.patients, *second.patients)] == ["D'Angelo", "De Luca", "Rossi-Bianchi", "Spada"]
    assert (first.more, second.more) == (True, False)


@pytest.mark.parametrize(
    ("query", "count"), [("luca 06 1/6/1924", 3), ("de", 3), ("zz", 2), ("", 2), ("06 1/6/1924", 2)]
)
def test_a_search_is_few_queries_however_many_match(people, django_assert_num_queries, query, count):
    with django_assert_num_queries(count):
        find_patients(query, TODAY)


def test_a_page_full_of_surnames_that_begin_so_asks_nothing_of_the_others(people, django_assert_num_queries):
    for number in range(4):
        Patient.objects.create(surname=f"Luca {number}", given_name="Ada", birth_date=date(1980, 1, 1), sex="F")
    with django_assert_num_queries(2):
        found = find_patients("luca", TODAY, limit=3)
    assert [patient.surname for patient in found.patients] == ["Luca 0", "Luca 1", "Luca 2"]
    assert found.more


def test_the_first_page_is_the_same_whether_surnames_fill_it_or_not(people):
    for number in range(3):
        Patient.objects.create(surname=f"Luca {number}", given_name="Ada", birth_date=date(1980, 1, 1), sex="F")
    together = [patient.pk for patient in find_patients("luca", TODAY).patients]
    assert len(together) == 5
    for limit in range(1, 6):
        pages = [find_patients("luca", TODAY, limit, offset).patients for offset in range(0, 5, limit)]
        assert [patient.pk for page in pages for patient in page] == together


def indexes_read_for(query: str) -> list[str]:
    """The indexes that the first look for `query` reads; PostgreSQL is asked what it would do with a large table."""
    with CaptureQueriesContext(connection) as queries:
        find_patients(query, TODAY)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + queries[0]["sql"])
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    return re.findall(r"(?:USING (?:COVERING )?INDEX|Index Scan (?:using|on)) (\w+)", plan)


@pytest.mark.parametrize(
    ("query", "index"), [("rossi", "_search_"), ("4455", "_search_"), ("12/3/1985", "patient_by_birth")]
)
def test_a_search_is_answered_from_an_index(people, query, index):
    assert any(index in name for name in indexes_read_for(query))


def test_the_owner_of_a_code_is_not_somebody_else(people):
    owner = people[0]
    assert patient_with_code(owner.codice_fiscale, besides=None) == owner
    assert patient_with_code(owner.codice_fiscale, besides=owner.pk) is None


@pytest.mark.parametrize("names", [("dangelo", "nicolo"), ("NICOLÒ", "D’Angelo")])
def test_the_same_names_and_birth_date_are_alike_in_any_order(people, names):
    assert patients_like(*names, date(1985, 3, 12), besides=None) == [people[0]]


def test_another_birth_date_is_another_person(people):
    assert patients_like("D'Angelo", "Nicolò", date(1985, 3, 13), besides=None) == []
