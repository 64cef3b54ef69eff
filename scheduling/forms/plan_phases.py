"""The phases of a plan as somebody fills them: what the source states is offered, what it leaves open is asked for."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scheduling.engine.cadence import Cadence, Tolerance, Unit, default_minimum_gap, default_tolerance
from scheduling.engine.protocol import HORIZON
from scheduling.models import Phase, PlanPhase
from scheduling.models.protocols import Unit as UnitWords
from scheduling.selectors.protocols import cadences_words, count_words
from scheduling.selectors.ribbon_terms import interval_words
from scheduling.services.planning import suggested_phase

FIGURES = ("count", "cadence", "open_ended")
OWN_FIGURES = ("early", "late", "minimum_gap")
MISSING = {"required": gettext_lazy("The source leaves this open, so fill it in.")}


class PhaseForm(forms.Form):
    """One phase: how many sittings, how often, and how far from the ideal date, in days."""

    count = forms.IntegerField(
        label=gettext_lazy("Sittings"), min_value=1, max_value=60, error_messages=MISSING, localize=False
    )
    cadence = forms.ChoiceField(label=gettext_lazy("Every"), widget=forms.RadioSelect, error_messages=MISSING)
    every = forms.IntegerField(label=gettext_lazy("Every"), min_value=1, max_value=366, error_messages=MISSING)
    unit = forms.ChoiceField(
        label=gettext_lazy("Unit"), choices=[("", "–"), *UnitWords.choices], error_messages=MISSING
    )
    early = forms.IntegerField(label=gettext_lazy("Days early"), min_value=0, max_value=60, required=False)
    late = forms.IntegerField(label=gettext_lazy("Days late"), min_value=0, max_value=60, required=False)
    minimum_gap = forms.IntegerField(
        label=gettext_lazy("Never closer than, days"), min_value=1, max_value=366, required=False
    )

    def __init__(self, data: Any = None, *, origin: Phase, chosen: PlanPhase | None, titles: dict[str, str]) -> None:
        """The form of protocol phase `origin`, begun with `chosen` when a plan has it; `titles` are the sources'."""
        self.origin = origin
        files = dict.fromkeys(str(origin.sources[figure]) for figure in FIGURES if figure in origin.sources)
        self.sources = [titles.get(file, file) for file in files]
        self.title = capfirst(origin.get_purpose_display())
        self.start_from = chosen or suggested_phase(origin)
        super().__init__(data, prefix=f"phase-{origin.position}", initial=self._initial())
        self._keep_what_is_asked()
        self._say_the_source()
        self._offer_own_figures()

    def _initial(self) -> dict[str, Any]:
        begun = self.start_from
        figures = ("count", "every", "unit", *OWN_FIGURES)
        initial: dict[str, Any] = {name: getattr(begun, name) for name in figures}
        initial["cadence"] = f"{begun.every}-{begun.unit}" if begun.every else None
        # Left empty where they are the product's own, so that they follow when the cadence changes.
        own = self._own(Cadence(begun.every, Unit(begun.unit))) if begun.every else {}
        initial.update({name: None for name in own if own[name] == initial[name]})
        return initial

    def _own(self, cadence: Cadence) -> dict[str, int]:
        """The tolerance and the least gap in days that stand when none is typed."""
        tolerance: Tolerance = self.origin.tolerance or default_tolerance(cadence)
        gap = self.origin.minimum_gap or default_minimum_gap(cadence)
        return {"early": tolerance.early, "late": tolerance.late, "minimum_gap": gap}

    def _keep_what_is_asked(self) -> None:
        if self.origin.open_ended:
            del self.fields["count"]
        if self.origin.cadence_options:
            del self.fields["every"], self.fields["unit"]
            options = [(f"{every}-{unit}", interval_words(every, unit)) for every, unit in self.origin.cadence_options]
            self.fields["cadence"].choices = options  # type: ignore[attr-defined]
        else:
            del self.fields["cadence"]

    def _say_the_source(self) -> None:
        """Beside each field what the source says, or that it does not."""
        cadence = cadences_words(self.origin)
        for field, words in {"count": count_words(self.origin), "cadence": cadence, "every": cadence}.items():
            if field in self.fields:
                silent = _("The source does not say.")
                self.fields[field].help_text = _("The source: %(figure)s.") % {"figure": words} if words else silent

    def _offer_own_figures(self) -> None:
        begun = self.start_from
        own = self._own(Cadence(begun.every, Unit(begun.unit))) if begun.every else {}
        for name in OWN_FIGURES:
            if name in own:
                self.fields[name].widget.attrs["placeholder"] = str(own[name])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "cadence" in self.fields and cleaned.get("cadence"):
            every, unit = cleaned["cadence"].split("-")
            cleaned.update(every=int(every), unit=unit)
        if self.errors or not (cleaned.get("every") and cleaned.get("unit")):
            return cleaned
        cadence = Cadence(cleaned["every"], Unit(cleaned["unit"]))
        for name, days in self._own(cadence).items():
            if cleaned.get(name) is None:
                cleaned[name] = days
        if cleaned["minimum_gap"] > cadence.nominal_days + cleaned["late"]:
            self.add_error("minimum_gap", _("Longer than the cadence itself: no sitting would find its window."))
        return cleaned

    def asks_for_days(self) -> bool:
        """Whether the days early, late and least are to be seen at once: typed before, or wrong now."""
        return any(self[name].value() not in (None, "") or self[name].errors for name in OWN_FIGURES)

    def phase(self) -> PlanPhase:
        """The unsaved phase as chosen; only of a valid form."""
        begun, chosen = self.start_from, self.cleaned_data
        return PlanPhase(
            position=self.origin.position,
            purpose=self.origin.purpose,
            count=chosen.get("count") or HORIZON,
            count_min=self.origin.count_min,
            count_max=self.origin.count_max,
            open_ended=self.origin.open_ended,
            every=chosen["every"],
            unit=chosen["unit"],
            gap_every=begun.gap_every,
            gap_unit=begun.gap_unit,
            **{name: chosen[name] for name in OWN_FIGURES},
        )
