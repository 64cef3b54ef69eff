"""What comes with a step of an appointment, and what the address of the day says."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scheduling.forms.fields import LARGEST_ID
from scheduling.forms.times import DATE_LIMITS
from scheduling.models import CancelReason
from scheduling.models.appointments import OF_THE_CLINIC, OF_THE_PATIENT

SHOW_CANCELLED, EVERY_NEED = "cancelled", "all"


class DayForm(forms.Form):
    """A day of the board as its address says it; everything may be left out. `seen` is the version last shown."""

    day = forms.DateField(label=_("day"), required=False, validators=DATE_LIMITS)
    show = forms.ChoiceField(label=_("show"), required=False, choices=[(SHOW_CANCELLED, _("cancelled"))])
    needs = forms.ChoiceField(label=_("needs you"), required=False, choices=[(EVERY_NEED, _("all"))])
    who = forms.IntegerField(label=_("practitioner"), required=False, min_value=1, max_value=LARGEST_ID)
    seen = forms.CharField(required=False, max_length=32)
    given = forms.IntegerField(label=_("appointment"), required=False, min_value=1, max_value=LARGEST_ID)


class StepForm(DayForm):
    """A step of an appointment: the version the person saw, and the day of the board when it was pressed there."""

    version = forms.IntegerField(label=_("version"), min_value=1, max_value=LARGEST_ID)


class CancelForm(forms.Form):
    """Why an appointment is cancelled: a reason of the patient's or of the clinic's, or of neither."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=LARGEST_ID)
    reason = forms.ChoiceField(label=_("Reason"), choices=())
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A reservation runs out by itself or is given back as a whole: nobody chooses that.
        self.fields["reason"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose a reason")),
            (_("The patient cancels"), _labelled(reason for reason in CancelReason if reason in OF_THE_PATIENT)),
            (_("The clinic cancels"), _labelled(reason for reason in CancelReason if reason in OF_THE_CLINIC)),
            (_("Neither"), _labelled([CancelReason.MISTAKE])),
        ]

    def seen(self, version: int) -> "CancelForm":
        """The form as typed, for somebody who has now seen this version."""
        return CancelForm({**{name: self.data.get(name) for name in self.fields}, "version": version})


def _labelled(reasons: Iterable[CancelReason]) -> list[tuple[str, str]]:
    return [(reason.value, str(reason.label)) for reason in reasons]
