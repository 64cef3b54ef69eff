"""Several plans booked in one run: a batch, with a line for each plan."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scheduling.models.appointments import BookingKey
from scheduling.models.plans import TreatmentPlan


class LineState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("line of a batch", "waiting")
    BOOKED = "booked", pgettext_lazy("line of a batch", "booked")
    NOT_PLACED = "not-placed", _("without slots")
    REFUSED = "refused", pgettext_lazy("line of a batch", "refused")
    TAKEN_BACK = "taken-back", pgettext_lazy("line of a batch", "undone")


class Batch(models.Model):
    """Plans chosen together: `key` is of the press that chose them. Once stopped, what waits stays unbooked."""

    key = models.UUIDField(unique=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"), editable=False
    )
    made_at = models.DateTimeField(_("made at"), editable=False)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("stopped by"),
        editable=False,
    )
    stopped_at = models.DateTimeField(_("stopped at"), null=True, editable=False)

    class Meta:
        verbose_name = pgettext_lazy("several plans booked in one run", "batch")
        verbose_name_plural = pgettext_lazy("several plans booked in one run", "batches")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return date_format(timezone.localtime(self.made_at), "SHORT_DATETIME_FORMAT")


class BatchLine(models.Model):
    """One plan of a batch, its turn, and what became of it.

    Its booking is made with its `key`, which is there before: so it is made once, whoever presses and how often.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="lines", verbose_name=Batch._meta.verbose_name)
    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="batch_lines", verbose_name=_("plan"))
    position = models.PositiveSmallIntegerField(_("position"))
    key = models.UUIDField(unique=True, default=uuid4, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=LineState.choices, default=LineState.WAITING)
    why = models.CharField(_("why not"), max_length=500, blank=True)
    booking = models.OneToOneField(BookingKey, models.PROTECT, null=True, blank=True, verbose_name=_("booking"))
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("done by")
    )
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)

    class Meta:
        verbose_name = _("line of a batch")
        verbose_name_plural = _("lines of a batch")
        ordering = ["batch", "position"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="batch_position_once"),
            models.UniqueConstraint(fields=["batch", "plan"], name="batch_plan_once"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.plan}"
