"""Finding people: by what is typed in a search box, and by what would make a new patient somebody we know."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from patients.models import Patient
from patients.models.person import folded
from patients.naming import initials_only
from patients.typed import Typed, take_apart

PAGE = 25
SHORTEST_MISTAKEN = 4
MOST_COMPARED = 4000
MOST_NEAR = 3


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


def near_surnames(query: str, today: date) -> list[str]:
    """Surnames that differ from the one word typed by a letter too many, too few or wrong, or two that changed places.

    They begin with the same two letters, so that the index on `search` answers without the table. One query; none for
    a word too short to be mistaken, for several words, or while patients are shown by their initials.
    """
    typed = take_apart(query, today)
    if len(typed.words) != 1 or typed.numbers or typed.births or typed.code or initials_only():
        return []
    (word,) = typed.words
    if len(word) < SHORTEST_MISTAKEN:
        return []
    begins = Patient.objects.filter(search__begins=word[:2]).order_by("search").values_list("search", flat=True)
    known = dict.fromkeys(search.partition(" ")[0] for search in begins[:MOST_COMPARED])
    return [surname.capitalize() for surname in known if _one_letter_off(surname, word)][:MOST_NEAR]


def _one_letter_off(one: str, other: str) -> bool:
    """Whether one edit at the first letter in which two words differ makes them the same."""
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, left = one[same:], other[same:]
    swapped = rest[:2] == left[1::-1] and rest[2:] == left[2:]
    return swapped or rest[1:] == left[1:] or rest[1:] == left or rest == left[1:]


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
