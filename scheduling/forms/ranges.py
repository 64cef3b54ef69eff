"""How a range of sittings goes on, as a doctor chooses it."""

from typing import Any, cast

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling.engine.ranges import RangeChoice
from scheduling.forms.plans import LARGEST_VERSION
from scheduling.models import PlanState, TreatmentPlan
from scheduling.models import RangeChoice as ChoiceWords
from scheduling.selectors.ranges import OpenRange
from scheduling.services.protocol_files import MOST_SITTINGS


class RangeForm(forms.Form):
    """The choice, how many sittings of the phase in all, and the reason where the range is left."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=LARGEST_VERSION)
    choice = forms.ChoiceField(label=gettext_lazy("Decision"), widget=forms.RadioSelect)
    count = forms.IntegerField(
        label=gettext_lazy("Sittings of this phase in all"),
        min_value=1,
        max_value=MOST_SITTINGS,
        required=False,
        localize=False,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Only needed outside the source's range. Everybody who opens the plan reads it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: Any, *, plan: TreatmentPlan, about: OpenRange) -> None:
        """The form as typed; without `data` it begins with going on to the most the range allows."""
        begun = {"version": plan.version, "choice": RangeChoice.GO_ON.value, "count": max(about.most, about.planned)}
        super().__init__(begun if data is None else data)
        offered = [RangeChoice.GO_ON]
        if plan.state != PlanState.COMPLETED:
            offered = [RangeChoice.STOP, RangeChoice.GO_ON] + [RangeChoice.RECALLS] * about.has_later
        choice = cast(forms.ChoiceField, self.fields["choice"])
        choice.choices = [(each.value, capfirst(ChoiceWords(each.value).label)) for each in offered]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        recalls = cleaned.get("choice") == RangeChoice.RECALLS
        if not recalls and not self.errors.get("count") and cleaned.get("count") is None:
            self.add_error("count", _("Say how many sittings."))
        return cleaned

    @property
    def chosen(self) -> tuple[RangeChoice, int]:
        """The decision of the valid form; the recalls need no count."""
        choice = RangeChoice(self.cleaned_data["choice"])
        return choice, 0 if choice is RangeChoice.RECALLS else self.cleaned_data["count"]

    @property
    def mark(self) -> str:
        """The decision as the button carries it that was shown with its dates."""
        return "{}:{}".format(*self.chosen)

    def seen(self, version: int) -> dict[str, Any]:
        """What was typed, for somebody who has now seen this version."""
        return {**{name: self.data.get(name) for name in self.fields}, "version": version}
