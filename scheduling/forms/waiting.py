"""What the desk types about somebody who would come earlier, and the presses on the waiting list."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.forms import Difference
from scheduling.forms.booking import KeyForm
from scheduling.forms.coming import ComingForm
from scheduling.forms.fields import LARGEST_ID, date_input, version_field
from scheduling.forms.times import DATE_LIMITS
from scheduling.models import Answer, EarlierWish
from scheduling.models.resources import Weekday
from scheduling.services.wishes import Wanted


class WishForm(ComingForm):
    """When somebody could come earlier; all but the first day may stay empty."""

    earliest = forms.DateField(label=gettext_lazy("From the day"), validators=DATE_LIMITS, widget=date_input())
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=300)
    version = version_field()

    @property
    def wanted(self) -> Wanted:
        """The value of the valid form."""
        return Wanted(**{name: value for name, value in self.cleaned_data.items() if name != "version"})

    def now_knows(self, version: int) -> None:
        """Takes `version` as seen, all else as typed: the next save replaces it knowingly."""
        data = cast(QueryDict, self.data).copy()
        data["version"] = str(version)
        self.data = data

    def compared(self, stored: EarlierWish | None) -> list[Difference]:
        """The fields that the stored wish, if there is one, has otherwise than the valid form, in words."""
        saved = in_words(Wanted(**{name: getattr(stored, name) for name in Wanted.__slots__})) if stored else None
        typed = in_words(self.wanted)
        rows = [Difference(label, saved[label] if saved else "", words) for label, words in typed.items()]
        return [row for row in rows if row.saved != row.typed]


def in_words(wanted: Wanted) -> dict[str, str]:
    """What somebody who waits wants, by the label of its field."""
    hours = (wanted.from_time, wanted.until_time)
    return {
        _("From the day"): date_format(wanted.earliest),
        _("Days"): ", ".join(str(Weekday(day).label) for day in sorted(wanted.weekdays)) or _("any day"),
        _("Hours"): " – ".join(time_format(at) if at else "…" for at in hours) if any(hours) else _("any hour"),
        _("Practitioner"): wanted.practitioner.name if wanted.practitioner else _("Anyone"),
        _("Note"): wanted.note.strip(),
    }


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
