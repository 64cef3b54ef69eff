"""What the choice of slots weighs at a site: the price of each departure from the best, and the hours in demand."""

from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from scheduling.engine.request import USEFUL_MINUTES
from scheduling.engine.rules import Weights
from scheduling.models.resources import Site, Weekday

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MOST_POINTS = 100
DEFAULTS = Weights()


def _points(
    label: "str | _StrPromise", default: int, help_text: "str | _StrPromise"
) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        label, default=default, validators=[MaxValueValidator(MOST_POINTS)], help_text=help_text
    )


class BookingWeights(models.Model):
    """What each departure from the best costs at a site, in points. A site without its own has the product's."""

    site = models.OneToOneField(Site, models.CASCADE, related_name="weights", verbose_name=_("site"))
    early = _points(_("early"), DEFAULTS.early, _("Each day earlier than the ideal gap after the sitting before."))
    late = _points(_("late"), DEFAULTS.late, _("Each day later than the ideal gap after the sitting before."))
    drift = _points(_("drift"), DEFAULTS.drift, _("Each day between a sitting and its ideal date."))
    off_days = _points(_("off the days"), DEFAULTS.off_days, _("A sitting not on the patient's days."))
    off_hours = _points(_("off the hours"), DEFAULTS.off_hours, _("A sitting not within the patient's hours."))
    other_practitioner = _points(
        _("another practitioner"),
        DEFAULTS.other_practitioner,
        _("A sitting with another practitioner than the patient's, else the plan's."),
    )
    change_of_practitioner = _points(
        _("change of practitioner"),
        DEFAULTS.change_of_practitioner,
        _("A sitting with another practitioner than the sitting before."),
    )
    off_usual_weekday = _points(
        _("off the usual weekday"), DEFAULTS.off_usual_weekday, _("A sitting not on the usual weekday of the cycle.")
    )
    off_usual_time = _points(
        _("off the usual time"), DEFAULTS.off_usual_time, _("A sitting that starts outside the usual half hour.")
    )
    leftover = _points(
        _("unusable gap"),
        DEFAULTS.leftover,
        _("Each side of a sitting on which the practitioner is left a gap too short to use."),
    )
    popular_hour = _points(
        _("popular hour"),
        DEFAULTS.popular_hour,
        _("A sitting of a long course (8 sittings or more) that starts in a popular hour."),
    )
    separate_visit = _points(
        _("separate visit"),
        DEFAULTS.separate_visit,
        _("A sitting not back to back with one of another plan, for a patient who has any."),
    )
    useful_minutes = models.PositiveSmallIntegerField(
        _("shortest useful gap, minutes"),
        default=USEFUL_MINUTES,
        validators=[MinValueValidator(5), MaxValueValidator(120)],
        help_text=_("A free gap shorter than this is too short to use."),
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("booking weights")
        verbose_name_plural = _("booking weights")

    def __str__(self) -> str:
        return str(self.site)


class PopularHours(models.Model):
    """Local time in which many patients of a site would like to come; without a weekday on every day."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="popular_hours", verbose_name=_("site"))
    weekday = models.PositiveSmallIntegerField(
        _("weekday"), choices=Weekday.choices, null=True, blank=True, help_text=_("Empty: every day.")
    )
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("popular hours")
        verbose_name_plural = _("popular hours")
        ordering = ["weekday", "starts"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends__gt=models.F("starts")),
                name="popular_hours_end_after_start",
                violation_error_message=_("The end must be after the start."),
            )
        ]

    def __str__(self) -> str:
        day = pgettext_lazy("popular hours", "every day") if self.weekday is None else self.get_weekday_display()
        return f"{day} {self.starts:%H:%M}–{self.ends:%H:%M}"
