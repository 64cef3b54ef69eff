"""An appointment put somewhere by hand: moved, or booked in free time."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.models import Patient
from scheduling.forms.fields import LARGEST_ID, date_input
from scheduling.forms.times import DATE_LIMITS, MinutesField, aware_local
from scheduling.guard import LONGEST_HOURS
from scheduling.models import Kind, Practitioner, Room, Site, Sitting
from scheduling.selectors.appointments import which_of, window_words
from scheduling.selectors.local_time import next_on_grid
from scheduling.selectors.placing import next_of_each_plan
from scheduling.selectors.visits import USUAL_MINUTES
from scheduling.services.free_time import WantedTime
from scheduling.services.lines import Line, Place

MOST_MINUTES = LONGEST_HOURS * 60


# A time of the day and the id of a room, as the button of a free time says them.
CHOSEN = re.compile(r"(\d\d:\d\d) (\d{1,18})")
SITTING = re.compile(r"sitting-(\d{1,18})", re.ASCII)


def sitting_choice(pk: int) -> str:
    """A sitting, by its id, as a choice of what an appointment is for."""
    return f"sitting-{pk}"


def sitting_asked(what: str) -> int:
    """The id of the sitting that such a choice names; 0 for any other."""
    found = SITTING.fullmatch(what)
    return int(found[1]) if found else 0


class RoomField(forms.ModelChoiceField):
    """A room with its site, since rooms of two sites may have one name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} · {obj.site}"


class PlaceForm(forms.Form):
    """Who, where and when, on the wall of the room's site; `sure` once a question was answered with yes."""

    day = forms.DateField(
        label=gettext_lazy("Day"),
        validators=DATE_LIMITS,
        widget=date_input(),
    )
    at = forms.TimeField(
        label=gettext_lazy("Time"), widget=forms.TimeInput({"type": "time", "step": 300}, format="%H:%M")
    )
    minutes = MinutesField(label=gettext_lazy("Minutes"), most=MOST_MINUTES)
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.filter(active=True), label=gettext_lazy("Practitioner"), empty_label=None
    )
    room = RoomField(
        Room.objects.filter(active=True).select_related("site"), label=gettext_lazy("Room"), empty_label=None
    )
    sure = forms.BooleanField(label=gettext_lazy("Yes, put it there"), required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(_with_chosen(data) if data else data, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if {"day", "at", "room"} <= cleaned.keys():
            try:
                cleaned["starts"] = aware_local(
                    datetime.combine(cleaned["day"], cleaned["at"]), cleaned["room"].site.zone
                )
            except ValidationError as error:
                self.add_error("at", error)
        return cleaned

    def place(self) -> Place:
        """The place a valid form names."""
        names = ("practitioner", "room", "starts", "minutes")
        return Place(**{name: self.cleaned_data[name] for name in names})

    def wanted(self) -> WantedTime:
        """The same as wall time, to look for other times of that day."""
        cleaned = self.cleaned_data
        minute = cleaned["at"].hour * 60 + cleaned["at"].minute
        return WantedTime(cleaned["day"], minute, cleaned["minutes"], cleaned["practitioner"].pk, cleaned["room"].pk)

    def refuse(self, sentence: str, field: str | None) -> None:
        """Shows why a service said no beside the input that it is about, when the form has it."""
        name = {"starts": "at"}.get(field or "", field)
        self.add_error(name if name in self.fields else None, sentence)

    def sentence(self) -> str:
        """Everything that cannot be read, in one line."""
        return " ".join(
            f"{self.fields[name].label}: {error}" if name in self.fields else str(error)
            for name, errors in self.errors.items()
            for error in errors
        )


def _with_chosen(data: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent; a pressed time of that day, such as "10:45 3", stands for the time and the room in the form."""
    told = dict(data.items())
    if pressed := CHOSEN.fullmatch(str(told.pop("free", ""))):
        told["at"], told["room"] = pressed.groups()
    return told


class MoveForm(PlaceForm):
    """Where an appointment goes, and the version that was seen when it was decided."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=LARGEST_ID)
    any_room = forms.BooleanField(widget=forms.HiddenInput, required=False)

    def seen(self, version: int) -> "MoveForm":
        """The form as typed, for somebody who has now seen this version."""
        return MoveForm({**{name: self.data.get(name) for name in self.fields}, "version": version})


class GapForm(forms.Form):
    """The free time somebody chose on the calendar, from the address; everything may be left out."""

    day = forms.DateField(label=gettext_lazy("Day"), required=False, validators=DATE_LIMITS)
    at = forms.TimeField(label=gettext_lazy("Time"), required=False)
    minutes = MinutesField(label=gettext_lazy("Minutes"), most=MOST_MINUTES, required=False)
    practitioner = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    room = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    patient = forms.ModelChoiceField(Patient.objects.all(), required=False)
    what = forms.CharField(max_length=40, required=False)

    def wanted(self, due: Sequence[Sitting], site: Site, now: datetime, *, at_once: bool) -> tuple[str, WantedTime]:
        """What the free time is for, as a choice of NewForm, and the time wanted at `site`.

        That is the one chosen, else the next whole hour, or `at_once` the next moment of the site's grid. It is for the
        kind or sitting asked for, else for the next of the sittings that are `due` in a plan, if its window is open
        that day.
        """
        told = self.cleaned_data
        here = next_on_grid(now, site.zone, site.grid_minutes) if at_once else timezone.localtime(now, site.zone)
        soonest = here.hour * 60 + here.minute if at_once else min(here.hour + 1, 23) * 60
        day, at = told.get("day") or here.date(), told.get("at")
        by_name = {sitting_choice(sitting.pk): sitting for sitting in due}
        firsts = next_of_each_plan(due)
        open_now = (sitting_choice(each.pk) for each in firsts if each.earliest <= day <= each.latest)
        known = {*by_name, *Kind.values} - {Kind.SITTING.value}
        asked = told.get("what", "")
        what = asked if asked in known else next(open_now, Kind.CONSULTATION.value)
        return what, WantedTime(
            day=day,
            start=at.hour * 60 + at.minute if at else soonest,
            minutes=told.get("minutes") or usual_minutes(what, by_name),
            practitioner=told.get("practitioner") or 0,
            room=told.get("room") or 0,
            plan=by_name[what].plan if what in by_name else None,
        )


class NewForm(PlaceForm):
    """An appointment to be booked: what for, and the key that makes a second press the same booking.

    Without minutes it lasts as long as what it is for usually does; `here` says that the patient is there already.
    """

    what = forms.ChoiceField(label=gettext_lazy("What for"))
    minutes = MinutesField(
        label=gettext_lazy("Minutes"),
        most=MOST_MINUTES,
        required=False,
        help_text=gettext_lazy("Empty: as long as it usually takes."),
    )
    here = forms.BooleanField(label=gettext_lazy("Already here"), required=False)
    note = forms.CharField(label=gettext_lazy("Note for the desk"), max_length=300, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    field_order = ("what", "day", "at", "minutes", "practitioner", "room", "note", "here", "sure", "key")

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, patient: Patient, due: list[Sitting], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.patient, self.due = patient, {sitting_choice(sitting.pk): sitting for sitting in due}
        first = {sitting.pk for sitting in next_of_each_plan(due)}
        kinds = [(kind, _("%(kind)s, %(minutes)s min") % words) for kind, words in _kinds()]
        choices: list[Any] = [*self._sittings(lambda sitting: sitting.pk in first), *kinds]
        if later := self._sittings(lambda sitting: sitting.pk not in first):
            choices.append((_("A later sitting"), later))
        self.fields["what"].choices = choices  # type: ignore[attr-defined]

    def _sittings(self, wanted: Callable[[Sitting], bool]) -> list[tuple[str, str]]:
        return [(name, _sitting_words(sitting)) for name, sitting in self.due.items() if wanted(sitting)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "what" in cleaned and "minutes" in cleaned and cleaned["minutes"] is None:
            cleaned["minutes"] = usual_minutes(cleaned["what"], self.due)
        return cleaned

    def renew_key(self) -> None:
        """Another key, for a page whose own is damaged or used: the next press is a booking of its own."""
        self.data = {**dict(self.data.items()), "key": str(uuid4())}

    def line(self) -> Line:
        """The line that books what a valid form asks."""
        cleaned = self.cleaned_data
        sitting = self.due.get(cleaned["what"])
        return Line(
            patient=self.patient,
            kind=Kind.SITTING if sitting else cleaned["what"],
            practitioner=cleaned["practitioner"],
            room=cleaned["room"],
            starts=cleaned["starts"],
            minutes=cleaned["minutes"],
            sitting=sitting,
            note=cleaned["note"],
        )


def _kinds() -> list[tuple[str, dict[str, Any]]]:
    kinds = [kind for kind in Kind if kind != Kind.SITTING]
    return [(kind.value, {"kind": kind.label, "minutes": USUAL_MINUTES[kind]}) for kind in kinds]


def usual_minutes(what: str, due: Mapping[str, Sitting]) -> int:
    """How long a kind of visit, or one of the due sittings, usually takes."""
    return due[what].plan.minutes if what in due else USUAL_MINUTES[what]


def _sitting_words(sitting: Sitting) -> str:
    words = _("sitting %(which)s, %(minutes)s min, window %(window)s (%(protocol)s)")
    return words % {
        "which": which_of(sitting),
        "minutes": sitting.plan.minutes,
        "window": window_words(sitting),
        "protocol": sitting.plan.protocol.name,
    }
