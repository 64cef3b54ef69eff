"""Booking in three steps: the address of each, cleaned."""

from collections.abc import Mapping
from datetime import date

from django import forms
from django.utils.translation import gettext_lazy

from scheduling.forms.fields import LARGEST_ID
from scheduling.forms.moving import LookForm
from scheduling.forms.times import MinutesField
from scheduling.models import Kind, Site
from scheduling.selectors.diary import qualified
from scheduling.selectors.visits import USUAL_MINUTES, Visit

MOST_MINUTES = 240
MOST_TYPED = 100


class WhoForm(forms.Form):
    """What is typed to find the patient; or the patient, when one was created on the way."""

    patient = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID, widget=forms.HiddenInput)
    q = forms.CharField(label=gettext_lazy("Find the patient"), max_length=MOST_TYPED, required=False)


class VisitForm(LookForm):
    """What for, how long, with whom and from which local day on; what is left out is the usual."""

    kind = forms.ChoiceField(
        choices=[(kind.value, kind.label) for kind in Kind if kind != Kind.SITTING], widget=forms.HiddenInput
    )
    minutes = MinutesField(
        label=gettext_lazy("Minutes"),
        most=MOST_MINUTES,
        widget=forms.NumberInput({"class": "form-control form-control-sm"}),
    )

    def __init__(self, told: Mapping[str, str], *, site: Site, today: date) -> None:
        usual = {"minutes": USUAL_MINUTES.get(told.get("kind", "")), "first": today.isoformat()}
        super().__init__(
            {**usual, **{name: value for name, value in told.items() if value}}, today=today, who=qualified(site)
        )

    def visit(self) -> Visit:
        """The visit a valid form asks for."""
        told = self.cleaned_data
        who = told["practitioner"]
        return Visit(Kind(told["kind"]), told["minutes"], told["first"], who.pk if who else None)
