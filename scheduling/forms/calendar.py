"""What the address of the calendar asks for."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from scheduling.forms.fields import LARGEST_ID
from scheduling.forms.times import DATE_LIMITS
from scheduling.forms.tracking import SHOW_CANCELLED
from scheduling.models import Kind, Site
from scheduling.selectors.calendar_terms import By, Choice, View


class CalendarForm(forms.Form):
    """The days, the columns, the filters, and whether it is drawn or listed; everything may be left out."""

    date = forms.DateField(label=_("day"), required=False, validators=DATE_LIMITS)
    view = forms.ChoiceField(label=_("view"), required=False, choices=[(view.value, view.value) for view in View])
    by = forms.ChoiceField(label=_("columns"), required=False, choices=[(by.value, by.value) for by in By])
    kind = forms.ChoiceField(label=_("kind"), required=False, choices=Kind.choices)
    practitioner = forms.IntegerField(label=_("practitioner"), required=False, min_value=1, max_value=LARGEST_ID)
    site = forms.ModelChoiceField(Site.objects.all(), label=_("site"), required=False)
    shape = forms.ChoiceField(label=_("shape"), required=False, choices=[("calendar", "calendar"), ("list", "list")])
    show = forms.ChoiceField(label=_("show"), required=False, choices=[(SHOW_CANCELLED, SHOW_CANCELLED)])
    moved = forms.IntegerField(label=_("appointment"), required=False, min_value=1, max_value=LARGEST_ID)

    def told(self) -> dict[str, Any]:
        """What of the address can be read, by name; the rest is as if it had not been there."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) for name in self.fields}

    def sentence(self) -> str:
        """What of the address cannot be read, in words; nothing when all of it can."""
        return " ".join(
            f"{capfirst(str(self.fields[name].label))}: {error}"
            for name, errors in self.errors.items()
            for error in errors
        )


def choice_of(told: dict[str, Any], site: Site, today: Any) -> Choice:
    """What is looked at, from what the address told; without a day it is `today`, a local date."""
    return Choice(
        site=site,
        day=told["date"] or today,
        view=View(told["view"] or View.DAY),
        by=By(told["by"] or By.PRACTITIONER),
        kind=told["kind"] or "",
        practitioner=told["practitioner"] or 0,
        cancelled=told["show"] == SHOW_CANCELLED,
        by_asked=bool(told["by"]),
    )
