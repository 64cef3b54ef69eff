"""What the pages of moving are asked: from which day to look, and which slot was chosen."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling.models import Follows

# How far ahead other slots are looked for, as far as sittings are planned.
MOST_DAYS_AHEAD = 3 * 366


class LookForm(forms.Form):
    """From which local day on other slots are looked for; empty is the usual place."""

    first = forms.DateField(
        label=gettext_lazy("From date"),
        required=False,
        widget=forms.DateInput({"type": "date", "class": "form-control form-control-sm w-auto"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_first(self) -> date | None:
        first: date | None = self.cleaned_data["first"]
        if first and not self.today <= first <= self.today + timedelta(days=MOST_DAYS_AHEAD):
            raise ValidationError(_("Choose a day from today on, at most three years ahead."))
        return first


class ToForm(forms.Form):
    """The chosen slot, sealed, and the choice of what follows whose days are shown."""

    to = forms.CharField(max_length=500)
    show = forms.ChoiceField(choices=[("", ""), *Follows.choices], required=False)
