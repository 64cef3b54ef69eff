"""What the desk asks of a proposal, as an address; and the press of a booking button."""

import re
from collections.abc import Container, Mapping
from datetime import date, time
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling.engine.pins import Pin
from scheduling.engine.terms import OpenedHours, Preference, ProposalName
from scheduling.forms.fields import LARGEST_ID
from scheduling.selectors.cycles import Wishes, usual_wishes
from scheduling.selectors.proposals import Setting
from scheduling.selectors.ways_out import query_of

MOST_DAYS_LATER = 366
MOST_DAYS_WIDER = 60
MOST_WIDENED = 40
MOST_OPENED = 10
OPENED = re.compile(r"(\d{1,9}):(\d{4}-\d{2}-\d{2}):(\d{4})-(\d{4})", re.ASCII)
MOST_PINS = 99
PAIR = re.compile(r"(\d{1,3}):(-?\d{1,2})", re.ASCII)
PIN = re.compile(r"(\d{1,3}):(\d{4}-\d\d-\d\d):([01]\d|2[0-3]):([0-5]\d):(\d{1,9})", re.ASCII)
NUMBER = re.compile(r"\d{1,3}", re.ASCII)


class WidenField(forms.Field):
    """Sittings whose window is wider than the plan's: number and days, "7:3", negative for early."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> tuple[tuple[int, int], ...]:
        pairs = []
        for text in value or ():
            found = PAIR.fullmatch(text)
            if not found or not 0 < abs(int(found[2])) <= MOST_DAYS_WIDER:
                raise ValidationError(_("A window is widened by 1 to %(most)s days.") % {"most": MOST_DAYS_WIDER})
            pairs.append((int(found[1]), int(found[2])))
        if len(pairs) > MOST_WIDENED:
            raise ValidationError(_("Too many windows are widened: plan the cycle anew."))
        return tuple(pairs)


class OpenField(forms.Field):
    """Hours to count on beyond those worked: practitioner, local day, from and until, "7:2026-12-12:0900-1300"."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> tuple[OpenedHours, ...]:
        opened = tuple(_opened(text) for text in value or ())
        if len(opened) > MOST_OPENED:
            raise ValidationError(_("Too many extra hours are asked for: plan the cycle anew."))
        return opened


def _opened(text: str) -> OpenedHours:
    found = OPENED.fullmatch(text)
    try:
        if found:
            starts, ends = (time.fromisoformat(found[place]) for place in (3, 4))
            if starts < ends:
                begin, end = starts.hour * 60 + starts.minute, ends.hour * 60 + ends.minute
                return OpenedHours(int(found[1]), date.fromisoformat(found[2]), begin, end)
    except ValueError:
        pass
    raise ValidationError(_("These extra hours cannot be read: propose again."))


def _check_trained(opened: tuple[OpenedHours, ...], trained: Container[int]) -> None:
    """Refuses hours of somebody who is not there or not trained for the plan."""
    if any(each.practitioner not in trained for each in opened):
        raise ValidationError(_("Extra hours are only opened for somebody who is trained for this plan."))


class PinField(forms.Field):
    """Slots chosen by hand: number, local day and time, practitioner: "3:2026-12-01:09:30:4"; the last of a sitting."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> tuple[Pin, ...]:
        pins: dict[int, Pin] = {}
        for text in (value or ())[:MOST_PINS]:
            pin = _pin(text)
            pins.pop(pin.number, None)  # so that the last chosen comes last
            pins[pin.number] = pin
        return tuple(pins.values())


def _pin(text: str) -> Pin:
    found = PIN.fullmatch(text)
    try:
        day = date.fromisoformat(found[2]) if found else None
    except ValueError:
        day = None
    if found is None or day is None:
        raise ValidationError(_("A chosen slot cannot be read: choose it again."))
    return Pin(int(found[1]), day, int(found[3]) * 60 + int(found[4]), int(found[5]))


class NumbersField(forms.Field):
    """Numbers of sittings."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> frozenset[int]:
        if not all(NUMBER.fullmatch(text) for text in value or ()):
            raise ValidationError(_("A sitting to leave out cannot be read."))
        return frozenset(int(text) for text in value or ())


class WishesForm(forms.Form):
    """What to try: days, hours, practitioner, wider windows, a later start, slots chosen by hand, sittings left out.

    All of it may stay empty. `change` is the sitting whose other slots are shown, `at` the one last worked on.
    """

    asked = forms.BooleanField(required=False, widget=forms.HiddenInput)
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days"),
        choices=list(WEEKDAYS_ABBR.items()),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    from_time = forms.TimeField(label=gettext_lazy("From"), required=False)
    until_time = forms.TimeField(label=gettext_lazy("Until"), required=False)
    practitioner = forms.TypedChoiceField(
        label=gettext_lazy("Practitioner"), coerce=int, empty_value=None, required=False
    )
    only = forms.BooleanField(label=gettext_lazy("Only this practitioner"), required=False)
    also = forms.TypedMultipleChoiceField(coerce=int, required=False, widget=forms.MultipleHiddenInput)
    open = OpenField(required=False)
    widen = WidenField(required=False)
    later = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_DAYS_LATER,
        widget=forms.HiddenInput,
        label=gettext_lazy("Days later"),
    )
    pin = PinField(required=False)
    leave = NumbersField(required=False)
    change = forms.IntegerField(required=False, widget=forms.HiddenInput)
    at = forms.IntegerField(required=False, widget=forms.HiddenInput)
    show = forms.ChoiceField(choices=[("", "")] + [(name.value, name.value) for name in ProposalName], required=False)

    def __init__(self, data: QueryDict, *, setting: Setting) -> None:
        super().__init__(data if "asked" in data else _with_stored(data, setting))
        self.setting = setting
        who = cast(forms.TypedChoiceField, self.fields["practitioner"])
        who.choices = [("", _("Anyone")), *setting.practitioners.items()]
        who.widget.attrs["class"] = "form-select form-select-sm"
        cast(forms.TypedMultipleChoiceField, self.fields["also"]).choices = list(setting.practitioners.items())
        for name in ("from_time", "until_time"):
            attrs = {"type": "time", "step": 300, "class": "form-control form-control-sm"}
            self.fields[name].widget = forms.TimeInput(attrs, format="%H:%M")

    def clean_until_time(self) -> Any:
        starts, ends = self.cleaned_data.get("from_time"), self.cleaned_data["until_time"]
        if starts and ends and ends <= starts:
            raise ValidationError(_("The end must be after the start."))
        return ends

    def clean_only(self) -> bool:
        only = bool(self.cleaned_data["only"])
        if only and "practitioner" in self.cleaned_data and self.cleaned_data["practitioner"] is None:
            raise ValidationError(_("Choose the practitioner it must be."))
        return only

    def clean_open(self) -> tuple[OpenedHours, ...]:
        opened: tuple[OpenedHours, ...] = self.cleaned_data["open"]
        _check_trained(opened, self.setting.practitioners)
        return opened

    def clean_widen(self) -> tuple[tuple[int, int], ...]:
        pairs: tuple[tuple[int, int], ...] = self.cleaned_data["widen"]
        for number, _days in pairs:
            if number not in self.setting.numbers:
                raise ValidationError(_("This plan has no sitting %(number)s.") % {"number": number})
        return pairs

    def clean_pin(self) -> tuple[Pin, ...]:
        pins: tuple[Pin, ...] = self.cleaned_data["pin"]
        for pin in pins:
            if pin.number not in self.setting.numbers:
                raise ValidationError(_("This plan has no sitting %(number)s.") % {"number": pin.number})
        return pins

    def clean_leave(self) -> frozenset[int]:
        leave: frozenset[int] = self.cleaned_data["leave"] & self.setting.due_numbers
        if leave and leave == self.setting.due_numbers:
            raise ValidationError(_("At least one sitting must stay in this booking."))
        return leave

    def clean_later(self) -> int:
        later = self.cleaned_data["later"] or 0
        if later and self.setting.begun:
            raise ValidationError(_("This plan has begun: it can no longer start later."))
        return int(later)

    def wishes(self) -> Wishes:
        """What the valid form asks."""
        cleaned = self.cleaned_data
        starts, ends = cleaned["from_time"], cleaned["until_time"]
        preference = Preference(
            weekdays=frozenset(cleaned["weekdays"]),
            from_minute=starts.hour * 60 + starts.minute if starts else None,
            until_minute=ends.hour * 60 + ends.minute if ends else None,
            practitioner=cleaned["practitioner"],
        )
        also = tuple(cleaned["also"]) if cleaned["only"] else ()
        leave = cleaned["leave"]
        pins = tuple(pin for pin in cleaned["pin"] if pin.number not in leave)
        return Wishes(
            preference=preference,
            widen=cleaned["widen"],
            later=cleaned["later"],
            only=cleaned["only"],
            also=also,
            opened=cleaned["open"],
            pins=pins,
            leave=leave,
        )


def _with_stored(data: QueryDict, setting: Setting) -> QueryDict:
    """The address of a first visit: what the patient is known to like, and whatever else the address asks."""
    filled = QueryDict(query_of(usual_wishes(setting.plan, setting.practitioners)), mutable=True)
    for name in {"only", "also", "open", "widen", "later", "pin", "leave", "change", "at", "show"} & set(data):
        filled.setlist(name, data.getlist(name))
    return filled


class KeyForm(forms.Form):
    """The press of a button with the key that makes a second press the same one."""

    key = forms.UUIDField()


class UndoForm(KeyForm):
    """The press that undoes the booking made with a key, and how many of its sittings the person saw to be undone."""

    seen = forms.IntegerField(min_value=1, max_value=LARGEST_ID)


class ConfirmForm(KeyForm):
    """The press of a booking button, with the sealed slots."""

    token = forms.CharField(max_length=20_000)


class OpenHoursForm(forms.Form):
    """The press of the button that opens one stretch of extra hours."""

    open = OpenField()

    def __init__(self, data: QueryDict, *, trained: Mapping[int, Any]) -> None:
        super().__init__(data)
        self.trained = trained

    def clean_open(self) -> OpenedHours:
        opened: tuple[OpenedHours, ...] = self.cleaned_data["open"]
        _check_trained(opened, self.trained)
        if len(opened) != 1:
            raise ValidationError(_("These extra hours cannot be read: propose again."))
        return opened[0]
