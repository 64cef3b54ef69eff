"""Names that sound like what was typed: for a name heard on the telephone, before somebody is written down twice."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache

from django.db.models import Q

from patients.models import Patient
from patients.naming import initials_only
from patients.typed import take_apart

SHORTEST_MISTAKEN = 4
MOST_WORDS = 4
MOST_COMPARED = 4000
MOST_NEAR = 3
MOST_UNHEARD = 3  # letters by which two words differ in length at the most
# Letters that an Italian ear takes for others, or does not hear.
HEARD = (("ph", "f"), ("gl", "l"), ("gn", "n"))
HEARD_ALONE = str.maketrans("yjkqxw", "iiccsv", "h")
DOUBLED = re.compile(r"(.)\1+")


def near_names(query: str, today: date) -> list[str]:
    """At most MOST_NEAR names to look for instead: surnames for one word typed, surname and name for several.

    A word may differ by doubled letters and others that sound alike, and by one letter too many, too few or wrong, or
    two that changed places. One of the words begins with the same two letters as the surname, so that the index on
    `search` answers without the table. One query; none for a word too short to be mistaken, for digits, or while
    patients are shown by their initials.
    """
    typed = take_apart(query, today)
    words = sorted(typed.words, key=len, reverse=True)  # the longest rules out most
    if typed.numbers or typed.births or typed.code or initials_only():
        return []
    if not words or len(words) > MOST_WORDS or max(map(len, words)) < SHORTEST_MISTAKEN:
        return []
    near = _surnames_like(words[0]) if len(words) == 1 else _names_like(words)
    return [name.title() for name, _at in zip(near, range(MOST_NEAR), strict=False)]


def _surnames_like(word: str) -> Iterator[str]:
    sound = _heard(word)
    known = dict.fromkeys(search.partition(" ")[0] for search in _beginning(as_in=[word]))
    return (surname for surname in known if _is_near(word, sound, surname))


def _names_like(words: Sequence[str]) -> Iterator[str]:
    """Surname and name of those of whom each word typed could mean one of both."""
    is_near = cache(_is_near)  # many share a name
    sounds = [(word, _heard(word)) for word in words]
    known = dict.fromkeys(" ".join(filter(_is_name, search.split())) for search in _beginning(as_in=words))
    return (names for names in known if all(any(is_near(*word, name) for name in names.split()) for word in sounds))


def _is_name(part: str) -> bool:
    return part.isalpha() or "-" in part


def _beginning(as_in: Sequence[str]) -> Iterable[str]:
    """What is searched in for those whose surname begins as one of the words does. One query."""
    begins = Q()
    for word in as_in:
        begins |= Q(search__begins=word[:2]) if len(word) > 1 else Q()
    return Patient.objects.filter(begins).order_by("search").values_list("search", flat=True)[:MOST_COMPARED]


def _heard(word: str) -> str:
    """How a word sounds, for comparing alone."""
    for written, sound in HEARD:
        word = word.replace(written, sound)
    return DOUBLED.sub(r"\1", word.translate(HEARD_ALONE))


def _is_near(word: str, sound: str, name: str) -> bool:
    """Whether a word typed, which has that sound, is the beginning of a name, or could be meant for it."""
    if len(word) < 3 or name.startswith(word):
        return name.startswith(word)
    if abs(len(name) - len(word)) > MOST_UNHEARD:
        return False
    return _one_letter_off(name, word) or _one_letter_off(_heard(name), sound)


def _one_letter_off(one: str, other: str) -> bool:
    """Whether at most one edit, at the first letter in which two words differ, makes them the same."""
    if abs(len(one) - len(other)) > 1:
        return False
    same = 0
    for letter, meant in zip(one, other, strict=False):
        if letter != meant:
            break
        same += 1
    rest, left = one[same:], other[same:]
    swapped = rest[:2] == left[1::-1] and rest[2:] == left[2:]
    return swapped or rest[1:] == left[1:] or rest[1:] == left or rest == left[1:]
