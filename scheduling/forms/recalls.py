"""What the desk types when patients are asked back, and how the list is narrowed."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.forms import Difference
from scheduling.forms.booking import KeyForm
from scheduling.forms.fields import date_input, version_field
from scheduling.forms.times import DATE_LIMITS
from scheduling.models import Channel, CycleRepeat, Outcome
from scheduling.selectors.recalls import WITHIN_DAYS, NextAttempt

SPANS = (7, 14, 30, 60, 90)


def _choices(source: Any) -> list[tuple[str, Any]]:
    return [(value, capfirst(label)) for value, label in source]


class RecallFilter(forms.Form):
    """How the list is narrowed, from its address; everything may be left out."""

    within = forms.TypedChoiceField(
        label=_("Due within"),
        coerce=int,
        required=False,
        initial=WITHIN_DAYS,
    )
    outcome = forms.ChoiceField(label=_("Last outcome"), required=False)
    attempt = forms.ChoiceField(label=_("Next attempt"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        # Here and not above: words with a figure in them are written in the language of whoever reads them.
        spans = [(days, _("%(days)s days") % {"days": days}) for days in SPANS]
        self.fields["within"].choices = spans  # type: ignore[attr-defined]
        self.fields["outcome"].choices = [("", _("Any")), *_choices(Outcome.choices)]  # type: ignore[attr-defined]
        self.fields["attempt"].choices = [  # type: ignore[attr-defined]
            ("", _("Any")),
            (NextAttempt.DUE.value, _("today or before")),
            (NextAttempt.NONE.value, _("not asked yet")),
        ]

    @property
    def chosen(self) -> dict[str, Any]:
        """What `recalls` takes; whatever is no choice counts as left out, and stands in `errors`."""
        cleaned = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        attempt = cleaned.get("attempt")
        return {
            "within": cleaned.get("within") or WITHIN_DAYS,
            "outcome": cleaned.get("outcome") or "",
            "attempt": NextAttempt(attempt) if attempt else None,
        }


class AttemptForm(KeyForm):
    """One attempt: how, what came of it, and when to try again."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    channel = forms.ChoiceField(label=_("How"), widget=forms.RadioSelect, initial=Channel.PHONE)
    outcome = forms.ChoiceField(label=_("Outcome"))
    next_on = forms.DateField(
        label=_("Next attempt on"),
        required=False,
        validators=DATE_LIMITS,
        widget=date_input(),
        help_text=_("Empty: tomorrow, when nobody answered or a message was left."),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["channel"].choices = _choices(Channel.choices)  # type: ignore[attr-defined]
        self.fields["outcome"].choices = [("", _("Choose what came of it")), *_choices(Outcome.choices)]  # type: ignore[attr-defined]
        self.fields["next_on"].widget.attrs["min"] = f"{today:%Y-%m-%d}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # Not reached, and no day said: without one the patient would be the first of the list again at once.
        if cleaned.get("outcome") in (Outcome.NO_ANSWER, Outcome.MESSAGE) and "next_on" in cleaned:
            cleaned["next_on"] = cleaned["next_on"] or self.today + timedelta(days=1)
        return cleaned

    def renew_key(self) -> None:
        """Another key, for a page whose own is damaged or used: the next press is an attempt of its own."""
        self.data = {**dict(self.data.items()), "key": str(uuid4())}


class DoNotContactForm(forms.Form):
    """Why nobody is to contact the patient."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class RepeatForm(forms.Form):
    """From which day a cycle is to be repeated."""

    due = forms.DateField(label=_("Repeat the cycle from"), validators=DATE_LIMITS, widget=date_input())
    version = version_field()

    def now_knows(self, version: int) -> None:
        """Takes `version` as seen, the day as typed: the next save replaces it knowingly."""
        self.data = {**dict(self.data.items()), "version": str(version)}


def compared_days(stored: CycleRepeat | None, typed: date) -> list[Difference]:
    """The day as it is stored, if one is, and as it was typed."""
    return [Difference(gettext("Repeat the cycle from"), date_format(stored.due) if stored else "", date_format(typed))]
