"""What suits a patient, as the desk types it: days, hours, practitioner, and the dates to leave out."""

from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.forms import Difference
from scheduling.forms.coming import ComingForm
from scheduling.forms.fields import date_input, version_field
from scheduling.models import Practitioner
from scheduling.models.resources import Weekday
from scheduling.selectors.preferences import Wishes

MOST_RANGES = 30
EMPTY_ROWS = 3
ONE_YEAR = timedelta(days=366)


class PreferenceForm(ComingForm):
    """The days and hours a patient likes, and with whom; all of it may stay empty."""

    version = version_field()

    def __init__(self, data: Any = None, *, wishes: Wishes) -> None:
        initial = {name: getattr(wishes, name) for name in ("weekdays", "from_time", "until_time", "practitioner")}
        super().__init__(data, initial={**initial, "version": wishes.version})
        choice = cast(forms.ModelChoiceField, self.fields["practitioner"])
        choice.queryset = Practitioner.objects.filter(Q(active=True) | Q(pk=wishes.practitioner))

    def now_knows(self, current: Wishes) -> None:
        """Takes `current` as seen, all else as typed: the next save replaces it knowingly."""
        data = cast(QueryDict, self.data).copy()
        data["version"] = str(current.version)
        self.data = data


class UnavailableForm(forms.Form):
    """Days, both included, on which the patient cannot come; an empty last day means one day only."""

    first = forms.DateField(label=gettext_lazy("First day"), required=False)
    last = forms.DateField(label=gettext_lazy("Last day"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "last"):
            self.fields[name].widget = date_input()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if self.errors or cleaned.get("DELETE"):
            return cleaned
        if last and not first:
            self.add_error("first", _("The first day is missing."))
        elif first:
            cleaned["last"] = last or first
            self._check_range(first, cleaned["last"])
        return cleaned

    def _check_range(self, first: date, last: date) -> None:
        today = timezone.localdate()
        if last < first:
            self.add_error("last", _("The last day must not be before the first."))
        elif last < today:
            self.add_error("last", _("These days are past."))
        elif first < today - ONE_YEAR or last > today + 3 * ONE_YEAR:
            self.add_error("last", _("Choose days between a year ago and three years from now."))


class UnavailableRanges(forms.BaseFormSet):
    """The rows of dates to leave out."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Take these days out")

    def ranges(self) -> tuple[tuple[date, date], ...]:
        """First and last days of the rows that are filled and not taken out, in order, each once."""
        kept = (form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE"))
        return tuple(sorted({(row["first"], row["last"]) for row in kept if row.get("first")}))


def unavailable_formset(data: Any, wishes: Wishes) -> UnavailableRanges:
    """The rows of `wishes`, with three empty ones below, so that nobody needs a script to add one."""
    factory = forms.formset_factory(
        UnavailableForm,
        UnavailableRanges,
        extra=EMPTY_ROWS,
        can_delete=True,
        max_num=MOST_RANGES,
        validate_max=True,
        absolute_max=MOST_RANGES + EMPTY_ROWS,
    )
    initial = [{"first": first, "last": last} for first, last in wishes.unavailable]
    return cast(UnavailableRanges, factory(data, initial=initial, prefix="away"))


def wishes_from(form: PreferenceForm, rows: UnavailableRanges) -> Wishes:
    """The value the two valid forms hold together."""
    cleaned = form.cleaned_data
    practitioner = cleaned["practitioner"]
    return Wishes(
        tuple(sorted(cleaned["weekdays"])),
        cleaned["from_time"],
        cleaned["until_time"],
        practitioner.pk if practitioner else None,
        rows.ranges(),
    )


def compared(saved: Wishes, typed: Wishes) -> list[Difference]:
    """The parts in which the two differ, in words."""
    labels = (_("Days"), _("Hours"), _("Practitioner"), _("Not available"))
    sides = zip(labels, _in_words(saved), _in_words(typed), strict=True)
    return [Difference(label, old, new) for label, old, new in sides if old != new]


def _in_words(wishes: Wishes) -> tuple[str, str, str, str]:
    days = ", ".join(str(Weekday(day).label) for day in wishes.weekdays)
    hours = " – ".join(time_format(a_time) if a_time else "…" for a_time in (wishes.from_time, wishes.until_time))
    someone = Practitioner.objects.filter(pk=wishes.practitioner).first() if wishes.practitioner else None
    away = ", ".join(f"{date_format(first)} – {date_format(last)}" for first, last in wishes.unavailable)
    return (
        days or _("any day"),
        hours if wishes.from_time or wishes.until_time else _("any hour"),
        someone.name if someone else _("Anyone"),
        away or _("no dates"),
    )
