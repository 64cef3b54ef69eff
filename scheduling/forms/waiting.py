"""What the desk types about somebody who would come earlier, and the presses on the waiting list."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from scheduling.forms.booking import KeyForm
from scheduling.forms.coming import ComingForm
from scheduling.forms.recalls import date_input
from scheduling.forms.times import DATE_LIMITS
from scheduling.forms.tracking import LARGEST_ID
from scheduling.models import Answer, EarlierWish
from scheduling.services.waiting import Wanted


class WishForm(ComingForm):
    """When somebody could come earlier; all but the first day may stay empty."""

    earliest = forms.DateField(label=gettext_lazy("From the day"), validators=DATE_LIMITS, widget=date_input())
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=300)

    @property
    def wanted(self) -> Wanted:
        """The value of the valid form."""
        return Wanted(**self.cleaned_data)


def seen_wish(wish: EarlierWish) -> dict[str, Any]:
    """A stored wish as the form begins with it."""
    return {name: getattr(wish, name) for name in WishForm.base_fields}


class OfferForm(KeyForm):
    """Which freed slot is offered to which wish."""

    freed = forms.IntegerField(min_value=1, max_value=LARGEST_ID)
    wish = forms.IntegerField(min_value=1, max_value=LARGEST_ID)


class AnswerForm(forms.Form):
    """What became of an offer."""

    answer = forms.ChoiceField(choices=Answer.choices)
