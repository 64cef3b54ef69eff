"""Wall time as people type it, made an instant of a site's zone; hours that do not exist, or exist twice, refused."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

FIRST_YEAR, LAST_YEAR = 2000, 2100
STEP = 5
# For date fields: a year typed wrongly is said, not stored.
DATE_LIMITS = (
    MinValueValidator(date(FIRST_YEAR, 1, 1), gettext_lazy("Choose a date from the year 2000 on.")),
    MaxValueValidator(date(LAST_YEAR, 12, 31), gettext_lazy("Choose a date up to the year 2100.")),
)


def aware_local(naive: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a local wall time in `zone`; ValidationError for one that no clock there shows once."""
    if not FIRST_YEAR <= naive.year <= LAST_YEAR:
        raise ValidationError(_("Choose a year from %(first)s to %(last)s.") % {"first": FIRST_YEAR, "last": LAST_YEAR})
    instant = naive.replace(tzinfo=zone)
    before, after = instant.utcoffset(), instant.replace(fold=1).utcoffset()
    assert before is not None
    assert after is not None
    if before == after:
        return instant
    when = {"time": f"{naive:%H:%M}", "day": date_format(naive, "SHORT_DATE_FORMAT")}
    if before < after:
        raise ValidationError(_("%(time)s does not exist on %(day)s: the clocks go forward.") % when)
    raise ValidationError(_("%(time)s comes twice on %(day)s: the clocks go back. Choose another time.") % when)


class MinutesField(forms.IntegerField):
    """A length in whole minutes, in steps of five; Django's own steps break on a number of hundreds of digits."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(min_value=STEP, max_value=most, **kwargs)
        self.widget.attrs["step"] = STEP

    def clean(self, value: Any) -> int | None:
        minutes: int | None = super().clean(value)
        if minutes and minutes % STEP:
            raise ValidationError(_("Choose a multiple of %(grid)s minutes.") % {"grid": STEP})
        return minutes


class WallTimeField(forms.SplitDateTimeField):
    """A date and a time as typed, without a zone: the form decides whose wall they are on."""

    def compress(self, data_list: Any) -> datetime | None:
        if not data_list:
            return None
        day, at = data_list
        if day in self.empty_values:
            raise ValidationError(self.error_messages["invalid_date"], code="invalid_date")
        if at in self.empty_values:
            raise ValidationError(self.error_messages["invalid_time"], code="invalid_time")
        assert isinstance(day, date)
        assert isinstance(at, time)
        return datetime.combine(day, at.replace(second=0, microsecond=0))
