"""Treatment plans: a protocol version made one patient's own, and its sittings as rows."""

from datetime import date

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from patients.models import Patient
from scheduling.engine.cadence import Cadence, Tolerance
from scheduling.engine.cadence import Unit as EngineUnit
from scheduling.engine.duration import Extent as EngineExtent
from scheduling.engine.terms import PhasePurpose, PhaseSpec
from scheduling.models.protocols import Follow, Protocol, Purpose, Unit, in_language
from scheduling.models.resources import Delivery, Practitioner, Site


class Technique(models.TextChoices):
    """The techniques of source 003."""

    POINT_BY_POINT = "point-by-point", _("point by point")
    NAPPAGE = "nappage", _("nappage")
    EPIDERMAL = "epidermal", _("epidermal")
    WHEAL = "intradermal-wheal", _("intradermal wheal")


class Extent(models.TextChoices):
    SMALL = EngineExtent.SMALL.value, _("small")
    MEDIUM = EngineExtent.MEDIUM.value, _("medium")
    LARGE = EngineExtent.LARGE.value, _("large")


class Area(models.Model):
    """A body area, the minutes it adds beyond the first two, and whether it may be injected (sources 003, 004)."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name_en = models.CharField(_("name in English"), max_length=60)
    name_it = models.CharField(_("name in Italian"), max_length=60)
    extra_minutes = models.PositiveSmallIntegerField(_("extra minutes"), default=5, validators=[MaxValueValidator(60)])
    injectable = models.BooleanField(_("may be injected"), default=True)
    note_en = models.CharField(_("why not, in English"), max_length=300, blank=True)
    note_it = models.CharField(_("why not, in Italian"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        ordering = ["name_en"]

    def __str__(self) -> str:
        return in_language(self.name_en, self.name_it)

    @property
    def note(self) -> str:
        return in_language(self.note_en, self.note_it)


class PlanState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PROPOSED = "proposed", _("proposed")
    APPROVED = "approved", _("approved")
    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    COMPLETED = "completed", _("completed")
    STOPPED = "stopped", _("stopped")


class TreatmentPlan(models.Model):
    """One protocol version individualised by a doctor for one patient."""

    BOOKABLE = (PlanState.APPROVED, PlanState.RUNNING)

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="plans", verbose_name=_("patient"))
    protocol = models.ForeignKey(Protocol, models.PROTECT, related_name="plans", verbose_name=_("protocol"))
    site = models.ForeignKey(Site, models.PROTECT, related_name="plans", verbose_name=_("site"))
    prescriber = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="prescribed_plans",
        verbose_name=_("prescribed by"),
    )
    practitioner = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="treated_plans",
        verbose_name=_("usual practitioner"),
    )
    indication = models.CharField(_("indication"), max_length=60, blank=True)
    diagnosis = models.TextField(_("diagnosis"), max_length=2000, blank=True)
    technique = models.CharField(_("technique"), max_length=20, choices=Technique.choices, blank=True)
    delivery = models.CharField(_("delivery"), max_length=16, choices=Delivery.choices, default=Delivery.MANUAL)
    start_date = models.DateField(_("start date"))
    state = models.CharField(_("state"), max_length=10, choices=PlanState.choices, default=PlanState.DRAFT)
    follow = models.CharField(
        _("after a sitting off its date, the next ones"),
        max_length=16,
        choices=Follow.choices,
        default=Follow.KEEP_TARGETS,
    )
    minutes = models.PositiveSmallIntegerField(
        _("minutes of a sitting"), default=15, validators=[MinValueValidator(5), MaxValueValidator(720)]
    )
    keep_apart = models.PositiveSmallIntegerField(
        _("keep apart, days"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("From complementary therapies, and from other plans on the same area."),
    )
    reason = models.TextField(_("reason for leaving the protocol's ranges"), max_length=1000, blank=True)
    stop_reason = models.CharField(_("reason for stopping"), max_length=300, blank=True)
    repeats = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="repeated_by", verbose_name=_("repeats the cycle")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    proposed_at = models.DateTimeField(_("proposed at"), null=True, blank=True, editable=False)
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
    # Of the form it was written in: sent twice, that is one plan.
    form_key = models.UUIDField(_("key of the form"), unique=True, null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("treatment plan")
        verbose_name_plural = _("treatment plans")
        ordering = ["-start_date", "-pk"]
        indexes = [models.Index(fields=["state", "proposed_at"])]

    def __str__(self) -> str:
        return f"{self.patient}: {self.protocol.name}"

    @property
    def is_bookable(self) -> bool:
        return self.state in self.BOOKABLE


class PlanPhase(models.Model):
    """A phase as chosen for this plan: every figure filled, with the range it was chosen from."""

    plan = models.ForeignKey(TreatmentPlan, models.CASCADE, related_name="phases", verbose_name=_("plan"))
    position = models.PositiveSmallIntegerField(_("position"))
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose.choices)
    count = models.PositiveSmallIntegerField(_("sittings"), validators=[MinValueValidator(1), MaxValueValidator(60)])
    count_min = models.PositiveSmallIntegerField(_("sittings, at least"), null=True, blank=True)
    count_max = models.PositiveSmallIntegerField(_("sittings, at most"), null=True, blank=True)
    open_ended = models.BooleanField(_("until the doctor stops"), default=False)
    # The number of the last sitting given when a doctor settled the range; derived from the decisions, to ask quickly.
    settled = models.PositiveSmallIntegerField(default=0, editable=False)
    every = models.PositiveSmallIntegerField(_("every"), validators=[MinValueValidator(1), MaxValueValidator(366)])
    unit = models.CharField(_("unit"), max_length=5, choices=Unit.choices)
    early = models.PositiveSmallIntegerField(_("days early"), validators=[MaxValueValidator(60)])
    late = models.PositiveSmallIntegerField(_("days late"), validators=[MaxValueValidator(60)])
    minimum_gap = models.PositiveSmallIntegerField(_("never closer than, days"), validators=[MinValueValidator(1)])
    gap_every = models.PositiveSmallIntegerField(_("gap before: every"), null=True, blank=True)
    gap_unit = models.CharField(_("gap before: unit"), max_length=5, choices=Unit.choices, blank=True)

    class Meta:
        verbose_name = _("phase of a plan")
        verbose_name_plural = _("phases of a plan")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["plan", "position"], name="plan_phase_position_once")]

    def __str__(self) -> str:
        return f"{self.count} × {self.get_purpose_display()}"

    @property
    def goes_on(self) -> bool:
        """Whether its sittings go on until the doctor stops; a phase that was left out has none."""
        return self.open_ended and self.count > 0

    @property
    def spec(self) -> PhaseSpec:
        """This phase as the engine reads it."""
        gap = Cadence(self.gap_every, EngineUnit(self.gap_unit)) if self.gap_every else None
        return PhaseSpec(
            purpose=PhasePurpose(self.purpose),
            count=self.count,
            cadence=Cadence(self.every, EngineUnit(self.unit)),
            tolerance=Tolerance(self.early, self.late),
            minimum_gap=self.minimum_gap,
            gap_before=gap,
            open_ended=self.open_ended,
        )


class PlanArea(models.Model):
    """An area the plan treats, with its extent."""

    plan = models.ForeignKey(TreatmentPlan, models.CASCADE, related_name="areas", verbose_name=_("plan"))
    area = models.ForeignKey(Area, models.PROTECT, verbose_name=_("area"))
    extent = models.CharField(_("extent"), max_length=6, choices=Extent.choices, default=Extent.MEDIUM)

    class Meta:
        verbose_name = _("area of a plan")
        verbose_name_plural = _("areas of a plan")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["plan", "area"], name="plan_area_once")]

    def __str__(self) -> str:
        return f"{self.area} ({self.get_extent_display()})"


class SittingState(models.TextChoices):
    # With a context: Italian says these of a sitting in the feminine, of an appointment and a plan in the masculine.
    DUE = "due", _("due")
    BOOKED = "booked", pgettext_lazy("sitting", "booked")
    COMPLETED = "completed", pgettext_lazy("sitting", "completed")
    SKIPPED = "skipped", _("skipped")


class Sitting(models.Model):
    """One planned occurrence: four dates tell its story. Late and on hold are derived, never stored."""

    plan = models.ForeignKey(TreatmentPlan, models.CASCADE, related_name="sittings", verbose_name=_("plan"))
    phase = models.ForeignKey(PlanPhase, models.CASCADE, related_name="sittings", verbose_name=_("phase"))
    number = models.PositiveSmallIntegerField(_("number"))
    gap = models.PositiveSmallIntegerField(_("ideal days after the one before"))
    ideal = models.DateField(_("ideal date"))
    earliest = models.DateField(_("earliest"))
    latest = models.DateField(_("latest"))
    booked = models.DateField(_("booked for"), null=True, blank=True)
    given = models.DateField(_("given on"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=SittingState.choices, default=SittingState.DUE)
    skip_reason = models.CharField(_("reason for skipping"), max_length=300, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("sitting")
        verbose_name_plural = _("sittings")
        ordering = ["plan", "number"]
        indexes = [models.Index(fields=["state", "latest"])]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="sitting_number_once")]

    def __str__(self) -> str:
        return _("Sitting %(number)s") % {"number": self.number}

    @property
    def drift(self) -> int | None:
        """Days between the ideal date and the given, else booked, date; nothing while neither is known."""
        actual = self.given or self.booked
        return (actual - self.ideal).days if actual else None

    @property
    def window_has_moved(self) -> bool:
        """Whether the ideal date lies outside the window, which counts from the day of the sitting before."""
        return not self.earliest <= self.ideal <= self.latest

    def is_late(self, today: date) -> bool:
        """Whether the window has closed on `today` without the sitting having been given."""
        return (
            self.state in (SittingState.DUE, SittingState.BOOKED)
            and self.latest < today
            and not (self.booked and self.booked >= today)
        )
