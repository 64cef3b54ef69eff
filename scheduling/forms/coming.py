"""When somebody can come, as the desk types it: days of the week, hours, and with whom."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling.models import Practitioner
from scheduling.models.resources import Weekday


def _time_input() -> forms.TimeInput:
    return forms.TimeInput({"type": "time", "step": 300}, format="%H:%M")


class ComingForm(forms.Form):
    """Days, hours and a practitioner; all of it may stay empty."""

    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days"),
        choices=Weekday.choices,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: any day."),
    )
    from_time = forms.TimeField(label=gettext_lazy("From"), required=False, widget=_time_input())
    until_time = forms.TimeField(label=gettext_lazy("Until"), required=False, widget=_time_input())
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.filter(active=True),
        label=gettext_lazy("Practitioner"),
        required=False,
        empty_label=gettext_lazy("Anyone"),
    )

    def clean_until_time(self) -> Any:
        starts, ends = self.cleaned_data.get("from_time"), self.cleaned_data["until_time"]
        if starts and ends and ends <= starts:
            raise ValidationError(_("The end must be after the start."))
        return ends
