"""What the address of a printed sheet asks for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scheduling.forms.times import DATE_LIMITS


class PrintForm(forms.Form):
    """The day, and what each sheet is for; both may be left out."""

    day = forms.DateField(label=_("day"), required=False, validators=DATE_LIMITS)
    by = forms.ChoiceField(required=False, choices=[("practitioner", "practitioner"), ("room", "room")])

    def told(self) -> dict[str, Any]:
        """What of the address can be read; the rest is as if it had not been there."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) for name in self.fields}

    def sentence(self) -> str:
        """What of the address cannot be read, in words; nothing when all of it can."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)
