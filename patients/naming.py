"""How a patient's name is shown: in full, or as initials on a screen others can see; and the birth date.

Like the language, it is chosen for the person who looks (clinic.middleware) and holds for all that is made for them:
pages, titles, messages. Files and the patient's own papers ask for the full name.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date

from django.utils.formats import date_format

_initials_only: ContextVar[bool] = ContextVar("initials_only", default=False)


@contextmanager
def names_as(*, initials_only: bool) -> Iterator[None]:
    """Within it patients are shown by their initials, or by their names."""
    token = _initials_only.set(initials_only)
    try:
        yield
    finally:
        _initials_only.reset(token)


def initials_only() -> bool:
    """Whether patients are shown by their initials now."""
    return _initials_only.get()


def shown_name(given_name: str, surname: str) -> str:
    """Surname and given name as lists show them, or "S. G."."""
    return _initials(given_name, surname) if _initials_only.get() else f"{surname} {given_name}"


def short_name(given_name: str, surname: str) -> str:
    """Initial and surname, for narrow columns, or "S. G."."""
    return _initials(given_name, surname) if _initials_only.get() else f"{given_name[:1]}. {surname}"


def short_names(people: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """The short name of each (given name, surname), in full for those who would share it."""
    short = {who: short_name(*who) for who in people}
    shared = Counter(short.values())
    return {who: name if shared[name] == 1 else shown_name(*who) for who, name in short.items()}


def surname_alone(given_name: str, surname: str) -> str:
    """The surname, where not even the initial has room, or "S. G."."""
    return _initials(given_name, surname) if _initials_only.get() else surname


def born_words(day: date) -> str:
    """A birth date as every page, message and file has it, like an identity card: 04/03/1983."""
    return date_format(day, "SHORT_DATE_FORMAT")


def _initials(given_name: str, surname: str) -> str:
    return f"{given_name[:1]}. {surname[:1]}."
