"""The plans chosen on the list of what is to be booked."""

from django import forms

from scheduling.forms.booking import KeyForm
from scheduling.models import TreatmentPlan


class BatchForm(KeyForm):
    """The chosen plans, of which there may be none, and the key of the press."""

    plans = forms.ModelMultipleChoiceField(TreatmentPlan.objects.select_related("site"), required=False)
