"""Documented protocols: versions, phases and aftercare, each figure with the source it was read from."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from scheduling.engine.cadence import Cadence, Tolerance
from scheduling.engine.cadence import Unit as EngineUnit


class Unit(models.TextChoices):
    DAY = "day", _("days")
    WEEK = "week", _("weeks")
    MONTH = "month", _("months")


class Purpose(models.TextChoices):
    INDUCTION = "induction", _("induction")
    CONSOLIDATION = "consolidation", _("consolidation")
    MAINTENANCE = "maintenance", _("maintenance")


class Follow(models.TextChoices):
    """What the sittings after one given off its ideal date do."""

    KEEP_TARGETS = "keep-targets", _("keep their dates")
    RE_ANCHOR = "re-anchor", _("shift with it")


def in_language(english: str, italian: str) -> str:
    """The text in the language being spoken."""
    return italian if (get_language() or "").startswith("it") and italian else english


class Protocol(models.Model):
    """One version of a documented cycle. A version in use never changes; editing makes the next."""

    key = models.SlugField(_("key"), max_length=60)
    version = models.PositiveIntegerField(_("version"), default=1)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_it = models.CharField(_("name in Italian"), max_length=120)
    summary_en = models.TextField(_("summary in English"), max_length=1000, blank=True)
    summary_it = models.TextField(_("summary in Italian"), max_length=1000, blank=True)
    source = models.CharField(
        _("source"), max_length=120, help_text=_("File name of the source document, or 'clinic'.")
    )
    source_title = models.CharField(_("title of the source"), max_length=200)
    fields = models.JSONField(_("fields of indication"), default=list, blank=True)
    gates = models.JSONField(_("before the first sitting"), default=list, blank=True)
    follow = models.CharField(
        _("after a sitting off its date, the next ones"),
        max_length=16,
        choices=Follow.choices,
        default=Follow.KEEP_TARGETS,
    )
    digest = models.CharField(max_length=64, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True, editable=False)
    retired = models.BooleanField(_("retired"), default=False, help_text=_("Offered for no new plan."))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("protocol")
        verbose_name_plural = _("protocols")
        ordering = ["key", "-version"]
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="protocol_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def name(self) -> str:
        return in_language(self.name_en, self.name_it)

    @property
    def summary(self) -> str:
        return in_language(self.summary_en, self.summary_it)


class Phase(models.Model):
    """A run of sittings at one cadence. Empty where the source is silent: then the plan must fill it."""

    protocol = models.ForeignKey(Protocol, models.CASCADE, related_name="phases", verbose_name=_("protocol"))
    position = models.PositiveSmallIntegerField(
        _("position"), default=1, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose.choices)
    count_min = models.PositiveSmallIntegerField(
        _("sittings, at least"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    count_max = models.PositiveSmallIntegerField(
        _("sittings, at most"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    count_default = models.PositiveSmallIntegerField(
        _("sittings, usual"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    open_ended = models.BooleanField(_("until the doctor stops"), default=False)
    every = models.PositiveSmallIntegerField(
        _("every"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    unit = models.CharField(_("unit"), max_length=5, choices=Unit.choices, blank=True)
    cadence_options = models.JSONField(
        _("cadences to choose from"),
        default=list,
        blank=True,
        help_text=_('Where the source names several, e.g. [[14, "day"], [1, "month"]].'),
    )
    early = models.PositiveSmallIntegerField(_("days early"), null=True, blank=True, validators=[MaxValueValidator(60)])
    late = models.PositiveSmallIntegerField(_("days late"), null=True, blank=True, validators=[MaxValueValidator(60)])
    minimum_gap = models.PositiveSmallIntegerField(
        _("never closer than, days"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    gap_every = models.PositiveSmallIntegerField(
        _("gap before: every"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    gap_unit = models.CharField(_("gap before: unit"), max_length=5, choices=Unit.choices, blank=True)
    sources = models.JSONField(_("source of each figure"), default=dict, blank=True)

    class Meta:
        verbose_name = _("phase")
        verbose_name_plural = _("phases")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["protocol", "position"], name="phase_position_once")]

    def __str__(self) -> str:
        return f"{self.position}. {self.get_purpose_display()}"

    @property
    def cadence(self) -> Cadence | None:
        """The cadence as the source states it, or nothing where it is silent."""
        return Cadence(self.every, EngineUnit(self.unit)) if self.every and self.unit else None

    @property
    def tolerance(self) -> Tolerance | None:
        """Days early and late, or nothing where the cadence decides them."""
        return Tolerance(self.early, self.late) if self.early is not None and self.late is not None else None

    def clean(self) -> None:
        errors = {}
        low, high, usual = self.count_min, self.count_max, self.count_default
        if low and high and low > high:
            errors["count_max"] = _("At most must not be less than at least.")
        if usual and ((low and usual < low) or (high and usual > high)):
            errors["count_default"] = _("The usual count must lie between at least and at most.")
        if bool(self.every) != bool(self.unit):
            errors["unit"] = _("A cadence needs both its number and its unit, or neither.")
        if bool(self.gap_every) != bool(self.gap_unit):
            errors["gap_unit"] = _("The gap before needs both its number and its unit, or neither.")
        if (self.early is None) != (self.late is None):
            errors["late"] = _("Give both the days early and the days late, or neither.")
        if errors:
            raise ValidationError(errors)


class AftercareLine(models.Model):
    """One thing the patient is told to do or avoid after a sitting, with its source."""

    protocol = models.ForeignKey(Protocol, models.CASCADE, related_name="aftercare", verbose_name=_("protocol"))
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    text_en = models.CharField(_("text in English"), max_length=300)
    text_it = models.CharField(_("text in Italian"), max_length=300)
    source = models.CharField(_("source"), max_length=120)
    topic = models.SlugField(
        _("topic"), max_length=40, blank=True, help_text=_("Two lines on one topic disagree: the doctor chooses.")
    )

    class Meta:
        verbose_name = _("aftercare line")
        verbose_name_plural = _("aftercare lines")
        ordering = ["position"]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        return in_language(self.text_en, self.text_it)
