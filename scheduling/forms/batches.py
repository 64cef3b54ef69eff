"""The plans chosen on the list of what is to be booked."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from scheduling.forms.booking import KeyForm
from scheduling.forms.fields import LARGEST_ID
from scheduling.models import TreatmentPlan

LONGEST = len(str(LARGEST_ID))


class PlansField(forms.ModelMultipleChoiceField):
    """Plans by their ids, of which there may be none."""

    def clean(self, value: Any) -> Any:
        """A number that no row can have is no choice, where the database would break on it."""
        for pk in value or ():
            if not pk.isdecimal() or len(pk) > LONGEST or int(pk) > LARGEST_ID:
                raise ValidationError(self.error_messages["invalid_choice"], params={"value": pk})
        return super().clean(value)


class SeenForm(forms.Form):
    """The version of a batch, or of the list of them, that a page which asks for news shows."""

    seen = forms.CharField(required=False, max_length=40)


class BatchForm(KeyForm):
    """The chosen plans and the key of the press."""

    plans = PlansField(TreatmentPlan.objects.select_related("site"), required=False)
