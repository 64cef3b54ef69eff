"""What the pages of moving are asked: from which day to look, and which slot was chosen."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling.forms.booking import WidenField
from scheduling.forms.times import DATE_LIMITS
from scheduling.models import Follows, Practitioner
from scheduling.selectors.looking import Look, Part

# How far ahead other slots are looked for, as far as sittings are planned.
MOST_DAYS_AHEAD = 3 * 366


class LookForm(forms.Form):
    """Which free slots are looked for: from which local day on (empty is the usual place), with whom, and when.

    `day` is the only day that is looked at.
    """

    practitioner = forms.ModelChoiceField(
        Practitioner.objects.none(),
        label=gettext_lazy("With"),
        required=False,
        empty_label=gettext_lazy("anybody"),
        widget=forms.Select({"class": "form-select form-select-sm"}),
    )
    first = forms.DateField(
        label=gettext_lazy("From date"),
        required=False,
        widget=forms.DateInput({"type": "date", "class": "form-control form-control-sm w-auto"}, format="%Y-%m-%d"),
    )

    weekday = forms.TypedChoiceField(
        choices=[("", ""), *((str(day), name) for day, name in WEEKDAYS.items())],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.HiddenInput,
    )
    part = forms.ChoiceField(choices=[("", ""), *Part.choices], required=False, widget=forms.HiddenInput)
    day = forms.DateField(required=False, validators=DATE_LIMITS, widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, who: QuerySet[Practitioner], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["practitioner"].queryset = who  # type: ignore[attr-defined]

    def look(self) -> Look:
        """What a valid form asks for."""
        told = self.cleaned_data
        who = told["practitioner"]
        return Look(told["first"], told["day"], who.pk if who else None, told["weekday"], told["part"])

    def clean_first(self) -> date | None:
        first: date | None = self.cleaned_data["first"]
        if first and not self.today <= first <= self.today + timedelta(days=MOST_DAYS_AHEAD):
            raise ValidationError(_("Choose a day from today on, at most three years ahead."))
        return first


class ToForm(forms.Form):
    """The chosen slot, sealed, the choice of what follows whose days are shown, and windows wider than the plan's."""

    to = forms.CharField(max_length=500)
    show = forms.ChoiceField(choices=[("", ""), *Follows.choices], required=False)
    widen = WidenField(required=False)
