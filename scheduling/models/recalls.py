"""Asking patients back: the log of calls, who is not to be contacted, and when a cycle is to be repeated."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from patients.models import Patient
from scheduling.models.plans import Sitting, TreatmentPlan


class Channel(models.TextChoices):
    PHONE = "phone", pgettext_lazy("how a patient was asked back", "telephone")
    SMS = "sms", _("SMS")
    EMAIL = "email", _("e-mail")


class Outcome(models.TextChoices):
    NO_ANSWER = "no-answer", _("no answer")
    MESSAGE = "message", _("message left")
    LATER = "later", _("wants to be asked later")
    COMING = "coming", _("wants to come: to be booked")
    DECLINED = "declined", _("does not want to come")
    WRONG = "wrong-number", _("the number or address is wrong")


class RecallAttempt(models.Model):
    """One attempt to ask a patient back, never changed. It is about a due recall or, without one, a repeated cycle."""

    plan = models.ForeignKey(TreatmentPlan, models.PROTECT, related_name="attempts", verbose_name=_("plan"))
    sitting = models.ForeignKey(
        Sitting, models.SET_NULL, null=True, blank=True, related_name="attempts", verbose_name=_("sitting")
    )
    key = models.UUIDField(unique=True, editable=False)
    channel = models.CharField(_("how"), max_length=8, choices=Channel.choices)
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome.choices)
    note = models.CharField(_("note"), max_length=300, blank=True)
    next_on = models.DateField(_("next attempt on"), null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"), editable=False)

    class Meta:
        verbose_name = _("recall attempt")
        verbose_name_plural = _("recall attempts")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}: {self.get_outcome_display()}"


class DoNotContact(models.Model):
    """That nobody is to call or write to a patient, and why; taken back, the row goes and its history stays."""

    patient = models.OneToOneField(Patient, models.CASCADE, related_name="do_not_contact", verbose_name=_("patient"))
    reason = models.CharField(_("reason"), max_length=300)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"), editable=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("do not contact")
        verbose_name_plural = _("do not contact")
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return str(self.patient)


class CycleRepeat(models.Model):
    """From which day a doctor wants the patient back for a repetition of the whole cycle (004 leaves it to them)."""

    plan = models.OneToOneField(TreatmentPlan, models.CASCADE, related_name="repeat", verbose_name=_("plan"))
    due = models.DateField(_("repeat from"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name=_("decided by")
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("repetition of a cycle")
        verbose_name_plural = _("repetitions of cycles")
        ordering = ["due"]
        indexes = [models.Index(fields=["due"])]

    def __str__(self) -> str:
        return str(self.plan)
