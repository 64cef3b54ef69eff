"""What the list of plans to book is narrowed to, as its address says it."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling.models import Practitioner
from scheduling.models.protocols import Purpose
from scheduling.selectors.worklists import CLOSED, Narrowing, protocols_to_book

SELECT = {"class": "form-select form-select-sm"}


class ToBookForm(forms.Form):
    """Filters over the list; all of them may stay empty."""

    q = forms.CharField(
        label=gettext_lazy("Patient"),
        max_length=100,
        required=False,
        widget=forms.TextInput({"type": "search", "class": "form-control form-control-sm"}),
    )
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.filter(active=True),
        label=gettext_lazy("Practitioner"),
        required=False,
        empty_label=gettext_lazy("anybody"),
        widget=forms.Select(SELECT),
    )
    protocol = forms.ChoiceField(label=gettext_lazy("Protocol"), required=False, widget=forms.Select(SELECT))
    phase = forms.ChoiceField(
        label=gettext_lazy("Phase"),
        required=False,
        choices=[("", gettext_lazy("any")), *Purpose.choices],
        widget=forms.Select(SELECT),
    )
    closing = forms.TypedChoiceField(
        label=gettext_lazy("Window"), required=False, coerce=int, empty_value=None, widget=forms.Select(SELECT)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        within = [(days, _("closes within %(days)s days") % {"days": days}) for days in (7, 14, 30)]
        closing = [("", _("any")), (CLOSED, _("has closed")), *within]
        self.fields["closing"].choices = closing  # type: ignore[attr-defined]
        self.fields["protocol"].choices = [("", _("any")), *protocols_to_book()]  # type: ignore[attr-defined]

    def narrowing(self) -> Narrowing:
        """What a valid form narrows the list to; nothing for one that is not."""
        if not self.is_valid():
            return Narrowing()
        told = self.cleaned_data
        who = told["practitioner"].pk if told["practitioner"] else None
        return Narrowing(told["q"], who, told["protocol"], told["phase"], told["closing"])
