"""The form of a plan: whom and what for, then its phases and areas, cleaned into what the services take."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from dateutil.relativedelta import relativedelta
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.forms import Difference
from patients.models import Patient
from scheduling.forms.plan_areas import AreasForm
from scheduling.forms.plan_phases import PhaseForm
from scheduling.models import Area, PlanArea, PlanPhase, Practitioner, Protocol, Site, TreatmentPlan
from scheduling.models.indications import FIELDS, NAMES
from scheduling.models.plans import Extent, Technique
from scheduling.selectors.plans import areas_to_choose
from scheduling.selectors.protocols import source_titles
from scheduling.selectors.ribbon_terms import interval_words
from scheduling.services.refusals import Refused

YEARS_AHEAD = 3
LARGEST_VERSION = 2**31 - 1
CLINICAL = ("indication", "diagnosis")


class StartForm(forms.Form):
    """What a new plan begins with, from the address: whom, which protocol, and what was typed to find the patient."""

    patient = forms.ModelChoiceField(Patient.objects.all(), required=False)
    protocol = forms.ModelChoiceField(Protocol.objects.filter(retired=False).prefetch_related("phases"), required=False)
    plan = forms.ModelChoiceField(TreatmentPlan.objects.select_related("patient", "protocol", "site"), required=False)
    q = forms.CharField(label=gettext_lazy("Find the patient"), max_length=100, required=False)


class FormKeyForm(forms.Form):
    """The key that the form of a new plan was given when it was opened."""

    form_key = forms.UUIDField(required=False)


class StepForm(forms.Form):
    """One step of a plan: the version that was seen, the reason where one is asked for, and where to go on."""

    version = forms.IntegerField(min_value=1, max_value=LARGEST_VERSION)
    reason = forms.CharField(max_length=300, required=False)
    next = forms.ChoiceField(choices=[("", ""), ("review", "review")], required=False)


class HeadForm(forms.ModelForm):
    """The plan itself. Indication and diagnosis are a doctor's: nobody else's form has them, nor changes them."""

    indication = forms.ChoiceField(label=gettext_lazy("Indication"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=LARGEST_VERSION, required=False)

    class Meta:
        model = TreatmentPlan
        fields = (
            "site",
            "start_date",
            "practitioner",
            "prescriber",
            "technique",
            "delivery",
            "follow",
            "keep_apart",
            "indication",
            "diagnosis",
            "reason",
        )

    def __init__(self, data: Any = None, *, instance: TreatmentPlan, by_doctor: bool, today: date) -> None:
        self.today = today
        self.start_before = instance.start_date if instance.pk else None
        super().__init__(data, instance=instance)
        self.fields["version"].initial = instance.version
        self.fields["version"].required = instance.pk is not None
        self._ask_for_the_start()
        self._offer_people(instance)
        cast(forms.ChoiceField, self.fields["technique"]).choices = [("", "–"), *Technique.choices]
        for name in ("follow", "keep_apart"):
            self.fields[name].required = False  # left out, the protocol's rule and the product's own days stand
        for name in ("diagnosis", "reason"):
            self.fields[name].widget.attrs["rows"] = 3
        self.fields["reason"].help_text = _("Only needed when the plan leaves what the source states.")
        if by_doctor:
            cast(forms.ChoiceField, self.fields["indication"]).choices = _indications(instance.protocol)
        else:
            for name in CLINICAL:
                del self.fields[name]

    def _ask_for_the_start(self) -> None:
        until = self.today + relativedelta(years=YEARS_AHEAD)
        days = {"min": self.today.isoformat(), "max": until.isoformat()}
        self.fields["start_date"].widget = forms.DateInput({"type": "date", **days}, format="%Y-%m-%d")

    def _offer_people(self, instance: TreatmentPlan) -> None:
        for name, chosen in (("practitioner", instance.practitioner_id), ("prescriber", instance.prescriber_id)):
            choice = cast(forms.ModelChoiceField, self.fields[name])
            choice.queryset = Practitioner.objects.filter(Q(active=True) | Q(pk=chosen))
            choice.empty_label = _("nobody yet")
        site = cast(forms.ModelChoiceField, self.fields["site"])
        site.empty_label = None
        if Site.objects.count() == 1:
            site.widget = forms.HiddenInput()

    def clean_follow(self) -> str:
        return str(self.cleaned_data["follow"] or self.instance.follow)

    def clean_keep_apart(self) -> int:
        typed: int | None = self.cleaned_data["keep_apart"]
        return self.instance.keep_apart if typed is None else typed

    def clean_start_date(self) -> date:
        start: date = self.cleaned_data["start_date"]
        if start == self.start_before:
            return start
        if start < self.today:
            raise ValidationError(_("The start is in the past: choose today or a later day."), code="past")
        if start > self.today + relativedelta(years=YEARS_AHEAD):
            raise ValidationError(_("Start within three years from today."), code="far")
        return start

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        site, practitioner = cleaned.get("site"), cleaned.get("practitioner")
        if site and practitioner and not practitioner.sites.filter(pk=site.pk).exists():
            said = {"practitioner": practitioner, "site": site}
            self.add_error("practitioner", _("%(practitioner)s does not work at %(site)s.") % said)
        return cleaned


def _indications(protocol: Protocol) -> list[Any]:
    """The indications by field of medicine, those of the protocol first."""
    fields = sorted(FIELDS, key=lambda field: field not in protocol.fields)
    return [("", "–"), *(FIELDS[field] for field in fields)]


@dataclass
class PlanSheet:
    """The whole form of a plan: its head, a form for each phase, its areas."""

    head: HeadForm
    phases: list[PhaseForm]
    areas: AreasForm

    @property
    def plan(self) -> TreatmentPlan:
        return self.head.instance

    def is_valid(self) -> bool:
        """Whether every part is; each part is asked, so that all messages show at once."""
        return all([self.head.is_valid(), *(phase.is_valid() for phase in self.phases), self.areas.is_valid()])

    def has_errors(self) -> bool:
        return any(form.errors for form in (self.head, *self.phases, self.areas))

    def chosen_phases(self) -> list[PlanPhase]:
        return [form.phase() for form in self.phases]

    def refuse(self, refused: Refused) -> None:
        """Puts a service's refusal beside the field it is about, else above the form."""
        field = refused.field if refused.field in self.head.fields else None
        self.head.add_error(field, refused.message)

    def differences_from(self, current: TreatmentPlan) -> list[Difference]:
        """What is not as `current` has it; from now on the form knows of that version."""
        self.head.data = {**self.head.data.dict(), "version": str(current.version)}  # type: ignore[attr-defined]
        saved = _said(current, current.phases.all(), [(a.area, a.extent) for a in current.areas.select_related("area")])
        typed = _said(self.plan, self.chosen_phases(), self.areas.chosen())
        asked = {str(field.label) for name, field in self.head.fields.items() if name in CLINICAL}
        hidden = {_label(name) for name in CLINICAL} - asked
        return [
            Difference(capfirst(label), saved.get(label, ""), typed.get(label, ""))
            for label in {**saved, **typed}
            if label not in hidden and saved.get(label) != typed.get(label)
        ]


def _label(name: str) -> str:
    return capfirst(str(TreatmentPlan._meta.get_field(name).verbose_name))  # type: ignore[union-attr]


SHOWN: dict[str, Callable[[TreatmentPlan], object]] = {
    "site": lambda plan: plan.site,
    "start_date": lambda plan: date_format(plan.start_date),
    "practitioner": lambda plan: plan.practitioner or "",
    "prescriber": lambda plan: plan.prescriber or "",
    "technique": lambda plan: plan.get_technique_display(),
    "delivery": lambda plan: plan.get_delivery_display(),
    "follow": lambda plan: plan.get_follow_display(),
    "keep_apart": lambda plan: plan.keep_apart,
    "indication": lambda plan: NAMES.get(plan.indication, ""),
    "diagnosis": lambda plan: plan.diagnosis,
    "reason": lambda plan: plan.reason,
}


def _said(plan: TreatmentPlan, phases: Any, areas: list[tuple[Area, str]]) -> dict[str, str]:
    """Every part of a plan in words, by the words for the part."""
    said = {_label(name): str(show(plan)) for name, show in SHOWN.items()}
    for phase in phases:
        said[f"{phase.position}. {capfirst(phase.get_purpose_display())}"] = _phase_words(phase)
    said[_("Areas")] = ", ".join(sorted(f"{area} ({Extent(extent).label})" for area, extent in areas))
    return said


def _phase_words(phase: PlanPhase) -> str:
    words = _("%(count)s × %(interval)s, %(early)s days early, %(late)s late, never closer than %(gap)s")
    return words % {
        "count": phase.count,
        "interval": interval_words(phase.every, phase.unit),
        "early": phase.early,
        "late": phase.late,
        "gap": phase.minimum_gap,
    }


def plan_sheet(plan: TreatmentPlan, *, data: Any = None, by_doctor: bool, today: date) -> PlanSheet:
    """The form of `plan`, new or saved, with what its protocol states beside each field."""
    saved = {phase.position: phase for phase in plan.phases.all()} if plan.pk else {}
    chosen_areas: list[PlanArea] = list(plan.areas.all()) if plan.pk else []
    titles = source_titles()
    phases = [
        PhaseForm(data, origin=origin, chosen=saved.get(origin.position), titles=titles)
        for origin in plan.protocol.phases.all()
    ]
    return PlanSheet(
        head=HeadForm(data, instance=plan, by_doctor=by_doctor, today=today),
        phases=phases,
        areas=AreasForm(data, areas=areas_to_choose(), chosen=chosen_areas),
    )


def wanting(sheet: PlanSheet) -> Iterator[str]:
    """What keeps the dates from being known, a sentence each; the sheet must have been asked whether it is valid."""
    for label, messages in _errors("", sheet.head, {"start_date", "site"}):
        yield f"{label}: {messages}"
    for form in sheet.phases:
        for label, messages in _errors(f"{form.title}, ", form, set(form.fields)):
            yield f"{label}: {messages}"


def _errors(before: str, form: forms.BaseForm, names: set[str]) -> Iterator[tuple[str, str]]:
    for name, errors in form.errors.items():
        if name in names:
            yield f"{before}{form.fields[name].label}", " ".join(str(error) for error in errors)
