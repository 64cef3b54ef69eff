"""The waiting list: who would rather come earlier, slots that became free, and what was offered to whom."""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from scheduling.models.appointments import Appointment, Status
from scheduling.models.plans import Sitting, SittingState, TreatmentPlan
from scheduling.models.resources import Equipment, Practitioner, Room, Weekday


class WishQuerySet(models.QuerySet["EarlierWish"]):
    def open(self) -> "WishQuerySet":
        """Those not closed, of a sitting that is still to be given in a plan that goes on."""
        return self.filter(
            closed_at=None,
            sitting__state__in=[SittingState.DUE, SittingState.BOOKED],
            sitting__plan__state__in=TreatmentPlan.BOOKABLE,
        )


class EarlierWish(models.Model):
    """That a patient would like an earlier slot for a sitting, and when they could come."""

    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="wishes", verbose_name=_("sitting"))
    earliest = models.DateField(_("from the day"))
    weekdays = models.JSONField(_("days"), default=list, blank=True, help_text=_("0 is Monday; empty means any day."))
    from_time = models.TimeField(_("from"), null=True, blank=True)
    until_time = models.TimeField(_("until"), null=True, blank=True)
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("practitioner")
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"), editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("closed by"),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    history = HistoricalRecords()

    objects = WishQuerySet.as_manager()

    class Meta:
        verbose_name = _("wish for an earlier slot")
        verbose_name_plural = _("wishes for an earlier slot")
        ordering = ["made_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["sitting"],
                condition=models.Q(closed_at=None),
                name="wish_once",
                violation_error_message=_("This sitting is on the waiting list already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.sitting)

    def clean(self) -> None:
        if not isinstance(self.weekdays, list) or any(day not in Weekday.values for day in self.weekdays):
            raise ValidationError({"weekdays": _("Write a list of days from 0, Monday, to 6, Sunday: [0, 2].")})


class FreedSlot(models.Model):
    """Time that was booked and became free again: where an appointment was until it was cancelled or moved."""

    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="freed", verbose_name=_("appointment"))
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="+", verbose_name=_("practitioner"))
    room = models.ForeignKey(Room, models.PROTECT, related_name="+", verbose_name=_("room"))
    equipment = models.ForeignKey(
        Equipment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("equipment")
    )
    starts = models.DateTimeField(_("starts"))
    ends = models.DateTimeField(_("ends"))
    left_free_at = models.DateTimeField(_("left free at"), null=True, editable=False)
    left_free_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("left free by"),
    )

    class Meta:
        verbose_name = _("freed slot")
        verbose_name_plural = _("freed slots")
        ordering = ["starts", "pk"]
        indexes = [models.Index(fields=["starts"])]

    def __str__(self) -> str:
        return f"{self.practitioner}, {date_format(timezone.localtime(self.starts), 'DATETIME_FORMAT')}"

    @property
    def minutes(self) -> int:
        return int((self.ends - self.starts).total_seconds()) // 60


class Answer(models.TextChoices):
    ACCEPTED = "accepted", pgettext_lazy("offer of a slot", "accepted")
    REFUSED = "refused", pgettext_lazy("offer of a slot", "refused")
    NO_ANSWER = "no-answer", pgettext_lazy("offer of a slot", "no answer")


class SlotOffer(models.Model):
    """A freed slot kept for one who waits until a moment, while they decide; what they answered.

    It is open as long as there is no answer and its appointment is reserved.
    """

    freed = models.ForeignKey(FreedSlot, models.CASCADE, related_name="offers", verbose_name=_("freed slot"))
    wish = models.ForeignKey(EarlierWish, models.CASCADE, related_name="offers", verbose_name=_("wish"))
    appointment = models.OneToOneField(Appointment, models.CASCADE, related_name="offer", verbose_name=_("appointment"))
    until = models.DateTimeField(_("until"))
    answer = models.CharField(_("answer"), max_length=10, choices=Answer.choices, blank=True)
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name=_("offered by")
    )
    offered_at = models.DateTimeField(_("offered at"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("answer noted by"),
    )
    answered_at = models.DateTimeField(_("answered at"), null=True)

    class Meta:
        verbose_name = _("offer of a slot")
        verbose_name_plural = _("offers of slots")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["freed"], condition=models.Q(answer=""), name="freed_slot_offered_once"),
            models.UniqueConstraint(fields=["wish"], condition=models.Q(answer=""), name="wish_offered_once"),
        ]

    def __str__(self) -> str:
        return str(self.freed)

    def is_open(self, now: datetime) -> bool:
        """Whether the slot is still kept at `now`; its appointment must be loaded."""
        return not self.answer and self.until > now and self.appointment.status == Status.RESERVED
