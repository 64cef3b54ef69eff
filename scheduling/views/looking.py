"""The controls over free slots, the same on every page that offers them; all of them are plain addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR

from patients.models import Patient
from scheduling.engine.offers import LOOK_DAYS
from scheduling.forms.moving import LookForm
from scheduling.selectors.looking import Part
from scheduling.selectors.offers import OfferDay


@dataclass(frozen=True, slots=True)
class Chip:
    """One weekday or part of the day: its words, its full name, and the address that looks there, or stops to."""

    words: str
    name: str
    address: str
    chosen: bool


def controls(request: HttpRequest, form: LookForm, days: Sequence[OfferDay] = ()) -> dict[str, Any]:
    """For `_look.html` and the days under it: chips, where to look further, and all of one day."""
    known = {*form.fields, "next"}
    asked = {name: value for name, value in request.GET.dict().items() if name in known and value}
    without_day = {name: value for name, value in asked.items() if name != "day"}
    first = form.cleaned_data.get("first")
    seen = days[-1].day if days else first + timedelta(days=LOOK_DAYS - 1) if first else None
    further = ""
    if seen and not asked.get("day"):
        further = _address(request, {**asked, "first": (seen + timedelta(days=1)).isoformat()})
    narrowed = bool(asked.keys() - {"next", "kind", "minutes"})
    return {
        "weekdays": [
            _chip(request, without_day, "weekday", str(day), str(WEEKDAYS_ABBR[day]), str(WEEKDAYS[day]))
            for day in WEEKDAYS
        ],
        "parts": [_chip(request, without_day, "part", part.value, str(part.label), str(part.label)) for part in Part],
        "further": further,
        "more_of_day": _address(request, without_day, "day"),
        "all_days": _address(request, without_day) if asked.get("day") else "",
        "narrowed": narrowed,
        # On a telephone the slots come first; the controls open when they are in use, or when nothing was found.
        "look_open": narrowed or not days,
    }


def by_hand_address(patient: Patient, what: str, back: str, minutes: str = "") -> str:
    """Where the time is chosen by hand for what a patient comes for."""
    told = {"patient": patient.pk, "what": what, "minutes": minutes, "next": back}
    return f"{reverse('appointment_new')}?{urlencode({name: value for name, value in told.items() if value})}"


def _chip(request: HttpRequest, asked: Mapping[str, str], field: str, value: str, words: str, name: str) -> Chip:
    chosen = asked.get(field) == value
    changed = {**asked, field: "" if chosen else value}
    return Chip(words, name, _address(request, {key: told for key, told in changed.items() if told}), chosen)


def _address(request: HttpRequest, asked: Mapping[str, str], open_field: str = "") -> str:
    """The same page with other questions; with a field's name last, whose value the page adds."""
    query = urlencode(asked)
    if open_field:
        query = f"{query}&{open_field}=" if query else f"{open_field}="
    return f"{request.path}?{query}" if query else request.path
