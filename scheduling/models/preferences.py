"""What suits a patient, for booking."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from patients.models import Patient
from scheduling.models.resources import Practitioner, Weekday


class BookingPreference(models.Model):
    """Days, hours and practitioner a patient would rather have; wishes, never conditions."""

    patient = models.OneToOneField(Patient, models.CASCADE, related_name="preference", verbose_name=_("patient"))
    weekdays = models.JSONField(_("days"), default=list, blank=True, help_text=_("0 is Monday; empty means any day."))
    from_time = models.TimeField(_("from"), null=True, blank=True)
    until_time = models.TimeField(_("until"), null=True, blank=True)
    practitioner = models.ForeignKey(
        Practitioner, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("practitioner")
    )

    class Meta:
        verbose_name = _("booking preference")
        verbose_name_plural = _("booking preferences")

    def __str__(self) -> str:
        return str(self.patient)

    def clean(self) -> None:
        if not isinstance(self.weekdays, list) or any(day not in Weekday.values for day in self.weekdays):
            raise ValidationError({"weekdays": _("Write a list of days from 0, Monday, to 6, Sunday: [0, 2].")})
        if self.from_time and self.until_time and self.until_time <= self.from_time:
            raise ValidationError({"until_time": _("The end must be after the start.")})


class UnavailableDates(models.Model):
    """Days, both included, on which a patient cannot come: a condition, never only a wish."""

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="unavailable", verbose_name=_("patient"))
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))

    class Meta:
        verbose_name = _("unavailable dates")
        verbose_name_plural = _("unavailable dates")
        ordering = ["first"]

    def __str__(self) -> str:
        return f"{date_format(self.first)} – {date_format(self.last)}"

    def clean(self) -> None:
        if self.first and self.last and self.last < self.first:
            raise ValidationError({"last": _("The last day must not be before the first.")})
