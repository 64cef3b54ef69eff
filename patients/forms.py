"""What the desk types about a patient, cleaned: the search, the patient, what a search carries over to a new one."""

import unicodedata
from datetime import date
from typing import Any, NamedTuple, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.codice_fiscale import Reading, read_code
from patients.models import Patient
from patients.models.person import Sex
from patients.naming import born_words
from patients.selectors import patient_with_code, patients_like
from patients.services import PatientValues
from patients.typed import FIRST_BIRTH_YEAR, take_apart

OLDEST = date(FIRST_BIRTH_YEAR, 1, 1)
LARGEST_VERSION = 2**31 - 1
IDENTITY = frozenset({"surname", "given_name", "birth_date"})
FIELDS = ("codice_fiscale", "surname", "given_name", "birth_date", "sex", "phone", "email", "note")


class SearchForm(forms.Form):
    """The search of the patients' page: what was typed, and how many results were already shown."""

    q = forms.CharField(label=gettext_lazy("Find a patient"), max_length=100, required=False)
    offset = forms.IntegerField(min_value=0, max_value=100_000, required=False)


class CarriedForm(forms.Form):
    """What a search, or a link, brings to the form of a new patient; what does not fit is left out."""

    q = forms.CharField(max_length=100, required=False)
    surname = forms.CharField(max_length=80, required=False)
    given_name = forms.CharField(max_length=80, required=False)

    def initial_patient(self) -> dict[str, Any]:
        """The first values of a new patient; an invalid parameter is as good as none."""
        self.is_valid()
        kept = {name: self.cleaned_data.get(name, "") for name in ("surname", "given_name")}
        typed = take_apart(self.cleaned_data.get("q", ""), timezone.localdate())
        surname, *given = (_capitalised(name) for name in typed.names or ("",))
        days = typed.births[0] if typed.births else ()
        return {
            "surname": kept["surname"] or surname,
            "given_name": kept["given_name"] or " ".join(given),
            "phone": typed.numbers[0] if typed.numbers else "",
            "birth_date": days[0] if len(days) == 1 else None,
            "codice_fiscale": typed.code,
        }


def _capitalised(name: str) -> str:
    """A name typed in haste, all small, with its capitals; any other as it is."""
    return name.title() if name.islower() else name


class NameField(forms.CharField):
    """A name: blanks made one, nothing that cannot be seen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=80, **kwargs)

    def clean(self, value: Any) -> str:
        name: str = super().clean(value)
        if any(unicodedata.category(c) in ("Cc", "Cf") for c in name):
            raise ValidationError(_("Leave out tabs, line ends and invisible characters."), code="invisible")
        return " ".join(name.split())


class Difference(NamedTuple):
    """One field changed by two people: as it is saved, and as it was typed here."""

    label: str
    saved: str
    typed: str


class PatientForm(forms.ModelForm):
    """One patient. A codice fiscale fills in an empty birth date and sex, and must agree with those given."""

    codice_fiscale = forms.CharField(
        label=gettext_lazy("Codice fiscale"),
        max_length=24,  # typed with blanks
        required=False,
        help_text=gettext_lazy("Typed first, it fills in the birth date and the sex."),
    )
    surname = NameField(label=gettext_lazy("Surname"))
    given_name = NameField(label=gettext_lazy("Name"))
    birth_date = forms.DateField(label=gettext_lazy("Birth date"), required=False)
    sex = forms.ChoiceField(label=gettext_lazy("Sex"), choices=[("", "–"), *Sex.choices], required=False)
    somebody_else = forms.BooleanField(
        label=gettext_lazy("It is somebody else with the same name and birth date"), required=False
    )
    version = forms.IntegerField(label="", widget=forms.HiddenInput, min_value=1, max_value=LARGEST_VERSION)

    class Meta:
        model = Patient
        fields = FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reading: Reading | None = None
        self.alike: list[Patient] = []
        self.fields["version"].initial = self.instance.version
        self.fields["version"].required = self.instance.pk is not None
        days = {"min": OLDEST.isoformat(), "max": timezone.localdate().isoformat()}
        self.fields["birth_date"].widget = forms.DateInput({"type": "date", **days}, format="%Y-%m-%d")
        self.fields["note"].widget.attrs["rows"] = 3
        for name in ("birth_date", "sex"):
            self.fields[name].widget.attrs["aria-required"] = "true"
            self.fields[name].help_text = _("Needed, unless the codice fiscale says it.")

    def put_focus(self) -> None:
        """Puts the cursor into the first wrong field, or into the first empty one of a new patient."""
        shown = [field for field in self if not field.is_hidden]
        wrong = [field.name for field in shown if field.errors]
        empty = [field.name for field in shown if not field.value()] if self.instance.pk is None else []
        for name in [*wrong, *empty][:1]:
            self.fields[name].widget.attrs["autofocus"] = True

    def clean_codice_fiscale(self) -> str:
        text = self.cleaned_data["codice_fiscale"]
        if not text:
            return ""
        self.reading = read_code(text, timezone.localdate())
        if other := patient_with_code(self.reading.code, besides=self.instance.pk):
            raise ValidationError(same_code_sentence(other), code="taken")
        return self.reading.code

    def clean_birth_date(self) -> date:
        born: date | None = self.cleaned_data["birth_date"]
        if born is None and self.reading:
            born = self.reading.birth_date
        if born is None:
            raise self._needed("birth_date")
        if not OLDEST <= born <= timezone.localdate():
            raise ValidationError(_("A birth date lies between 1900 and today."), code="range")
        if self.reading and not self.reading.agrees_with_birth(born):
            said = born_words(self.reading.birth_date)
            raise ValidationError(_("The codice fiscale says %(day)s.") % {"day": said}, code="disagrees")
        return born

    def clean_sex(self) -> str:
        sex: str = self.cleaned_data["sex"] or (self.reading.sex if self.reading else "")
        if not sex:
            raise self._needed("sex")
        if self.reading and self.reading.sex != sex:
            said = Sex(self.reading.sex).label
            raise ValidationError(_("The codice fiscale says %(sex)s.") % {"sex": said}, code="disagrees")
        return sex

    def _needed(self, name: str) -> ValidationError:
        """The error of a field left empty, which says what its help said: that is left out then."""
        field = self[name]
        sentence, field.help_text = field.help_text, ""
        return ValidationError(sentence, code="required")

    def clean_note(self) -> str:
        note: str = self.cleaned_data["note"]
        if any(unicodedata.category(c) == "Cc" and c not in "\r\n\t" for c in note):
            raise ValidationError(_("Leave out characters that cannot be seen."), code="invisible")
        return note

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        known_by_code = self.has_error("codice_fiscale", "taken")
        if cleaned.keys() >= IDENTITY and not known_by_code and not IDENTITY.isdisjoint(self.changed_data):
            surname, given_name, birth_date = cleaned["surname"], cleaned["given_name"], cleaned["birth_date"]
            self.alike = patients_like(surname, given_name, birth_date, besides=self.instance.pk)
        if self.alike and not cleaned.get("somebody_else"):
            self.add_error("somebody_else", _("Tick this to save, or open the patient who is already here."))
        return cleaned

    def values(self) -> PatientValues:
        """The cleaned values, as the services take them; the phone in the international form."""
        values: dict[str, Any] = {name: self.cleaned_data[name] for name in FIELDS}
        values["phone"] = values["phone"].as_e164 if values["phone"] else ""
        return cast(PatientValues, values)

    def refuse_code(self) -> None:
        """Says beside the field that somebody else got this codice fiscale while the form was open."""
        other = patient_with_code(self.reading.code, besides=self.instance.pk) if self.reading else None
        self.add_error("codice_fiscale", same_code_sentence(other) if other else _("Another patient has this code."))

    def differences_from(self, current: Patient) -> list[Difference]:
        """The fields that are not as `current` has them; from now on the form knows of that version."""
        self.data = {**dict(self.data.items()), "version": str(current.version)}
        typed = Patient(**self.values())
        pairs = ((name, _shown(current, name), _shown(typed, name)) for name in FIELDS)
        return [Difference(str(self.fields[name].label), old, new) for name, old, new in pairs if old != new]


def filled_by_code(typed: QueryDict) -> tuple[PatientForm, str]:
    """The form with birth date and sex filled in where they are empty, and what the code says, as a sentence."""
    today = timezone.localdate()
    kept = {"birth_date": typed.get("birth_date", ""), "sex": typed.get("sex", "")}
    try:
        reading = read_code(typed.get("codice_fiscale", ""), today)
    except ValidationError as error:
        return PatientForm(initial=kept), " ".join(error.messages)
    kept["birth_date"] = kept["birth_date"] or reading.birth_date.isoformat()
    kept["sex"] = kept["sex"] or reading.sex
    said = {"day": born_words(reading.birth_date), "sex": Sex(reading.sex).label, "place": reading.birthplace}
    return PatientForm(initial=kept), _("The codice fiscale says %(day)s, %(sex)s, %(place)s.") % said


def _shown(patient: Patient, name: str) -> str:
    """One field of a patient as people read it."""
    if name == "birth_date":
        return patient.born
    return str(patient.get_sex_display() if name == "sex" else getattr(patient, name))


def same_code_sentence(other: Patient) -> str:
    """Says who has the codice fiscale already, with the way there."""
    sentence = _("Already the code of {patient}, born {day}.")
    link = format_html('<a href="{}">{}</a>', reverse("patient", args=[other.pk]), other)
    return format_html(sentence, patient=link, day=other.born)
