"""What a doctor decided about a phase with a range of sittings, near its end."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from scheduling.engine.ranges import RangeChoice as EngineChoice
from scheduling.models.plans import PlanPhase


class RangeChoice(models.TextChoices):
    STOP = EngineChoice.STOP.value, _("stop")
    GO_ON = EngineChoice.GO_ON.value, _("go on")
    RECALLS = EngineChoice.RECALLS.value, _("start the recalls now")


class RangeDecision(models.Model):
    """One decision, never changed: a later one stands instead. Counts are of sittings not skipped."""

    phase = models.ForeignKey(PlanPhase, models.CASCADE, related_name="decisions", verbose_name=_("phase"))
    choice = models.CharField(_("decision"), max_length=8, choices=RangeChoice.choices)
    count_before = models.PositiveSmallIntegerField(_("sittings before"))
    count = models.PositiveSmallIntegerField(_("sittings"))
    given = models.PositiveSmallIntegerField(_("sittings given until then"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"))

    class Meta:
        verbose_name = _("decision about a range")
        verbose_name_plural = _("decisions about a range")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_choice_display()}: {self.count}"
