"""Finding people: by what is typed in a search box, and by what would make a new patient somebody we know."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from patients.models import Patient
from patients.models.person import folded
from patients.typed import Typed, take_apart

PAGE = 25


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search, and whether there are more."""

    patients: tuple[Patient, ...]
    more: bool


def matching(typed: Typed) -> QuerySet[Patient]:
    """The patients who match every part of `typed`, by surname and name as people say them, accents aside."""
    wanted = Q()
    for part in (*typed.words, *typed.numbers):
        wanted &= Q(search__contains=part)
    for days in typed.births:
        wanted &= Q(birth_date__in=days)
    if typed.code:
        wanted &= Q(codice_fiscale=typed.code)
    return Patient.objects.filter(wanted).order_by("search", "pk")


def find_patients(query: str, today: date, limit: int = PAGE, offset: int = 0) -> Found:
    """At most `limit` patients after the first `offset` who match what was typed; all of them for nothing.

    Names in any order without accents or case, digits of the telephone, codice fiscale, birth date. First those named
    just so, then those whose surname begins so, then the others. Keys first, which the index on `search` gives in
    order without touching the table, then the rows of the page: at most four queries.
    """
    typed = take_apart(query, today)
    keys = _keys(typed, limit + 1, offset)
    rows = Patient.objects.in_bulk(keys[:limit])
    return Found(tuple(rows[key] for key in keys[:limit]), more=len(keys) > limit)


def _keys(typed: Typed, count: int, offset: int) -> list[int]:
    """At most `count` keys; the others are looked for only when the surnames that begin so do not fill the page."""
    everybody = matching(typed)
    if not typed.words:
        return list(everybody.values_list("pk", flat=True)[offset : offset + count])
    as_typed = Case(When(search__begins=" ".join(typed.words), then=Value(0)), default=Value(1))
    begins = Q(search__begins=typed.words[0])
    first = everybody.filter(begins).order_by(as_typed, "search", "pk").values_list("pk", flat=True)
    keys = list(first[offset : offset + count])
    if len(keys) == count:
        return keys
    others = everybody.exclude(begins).values_list("pk", flat=True)
    skipped = offset - first.count() if offset and not keys else 0
    return keys + list(others[skipped : skipped + count - len(keys)])


def head_of_patients() -> list[str]:
    """The columns of `cells_of_patients`."""
    return [_("Surname"), _("Name"), _("Birth date"), _("Phone"), _("Codice fiscale"), _("E-mail")]


def cells_of_patients(query: str, today: date) -> Iterator[list[object]]:
    """All patients who match what was typed, as rows of a file read bit by bit."""
    for patient in matching(take_apart(query, today)).iterator():
        yield [
            patient.surname,
            patient.given_name,
            patient.born,
            patient.dialled,
            patient.codice_fiscale,
            patient.email,
        ]


def patient_with_code(code: str, besides: int | None) -> Patient | None:
    """The patient who has this codice fiscale, other than the one with key `besides`."""
    return _others(besides).filter(codice_fiscale=code).first()


def patients_like(surname: str, given_name: str, birth_date: date, besides: int | None) -> list[Patient]:
    """The patients born that day with the same names, in either order and without accents, other than `besides`."""
    name = sorted(folded(f"{surname} {given_name}").split())
    born = _others(besides).filter(birth_date=birth_date)
    return [patient for patient in born if sorted(folded(patient.full_name).split()) == name]


def _others(besides: int | None) -> QuerySet[Patient]:
    everybody = Patient.objects.all()
    return everybody if besides is None else everybody.exclude(pk=besides)
