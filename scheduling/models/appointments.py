"""Booked time. That nothing is booked twice is kept by scheduling/guard.py in the database itself."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from patients.models import Patient
from scheduling.models.plans import Sitting, TreatmentPlan
from scheduling.models.resources import Equipment, Practitioner, Room


class Kind(models.TextChoices):
    SITTING = "sitting", _("sitting")
    CONSULTATION = "consultation", _("consultation")
    SENSITIVITY_TEST = "sensitivity-test", _("sensitivity test")
    REVIEW = "review", _("review")
    COMPLEMENTARY = "complementary", _("complementary therapy")


class Status(models.TextChoices):
    RESERVED = "reserved", _("reserved")
    BOOKED = "booked", _("booked")
    ARRIVED = "arrived", _("arrived")
    IN_TREATMENT = "in-treatment", _("in treatment")
    COMPLETED = "completed", _("completed")
    NO_SHOW = "no-show", _("no-show")
    CANCELLED = "cancelled", _("cancelled")


class CancelReason(models.TextChoices):
    PATIENT = "patient", _("the patient cannot come")
    ILLNESS = "illness", _("the patient is ill")
    PRACTITIONER = "practitioner", _("the practitioner is away")
    CLINIC = "clinic", _("the clinic cannot offer it")
    MISTAKE = "mistake", _("booked by mistake")
    EXPIRED = "expired", _("the reservation ran out")
    GIVEN_BACK = "given-back", _("the reservation was given back")


# Whose reasons they are; the others are nobody's.
OF_THE_PATIENT = frozenset({CancelReason.PATIENT, CancelReason.ILLNESS})
OF_THE_CLINIC = frozenset({CancelReason.PRACTITIONER, CancelReason.CLINIC})


class BookingKey(models.Model):
    """One press of a booking button: a second press with the same key gets the first one's booking back."""

    key = models.UUIDField(_("key"), unique=True)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))
    # By how many days it let its plan start later, which undoing it takes back.
    later = models.PositiveSmallIntegerField(_("days later"), default=0)

    class Meta:
        verbose_name = _("booking key")
        verbose_name_plural = _("booking keys")

    def __str__(self) -> str:
        return str(self.key)


class Reservation(models.Model):
    """What one press has reserved for a plan: the appointments made with its key, as long as they are reserved.

    Its slots were reckoned from the plan's `plan_version`, with its start as many days on as the press says.
    """

    plan = models.ForeignKey(
        TreatmentPlan, models.PROTECT, related_name="reservations", verbose_name=_("treatment plan")
    )
    booking = models.OneToOneField(BookingKey, models.PROTECT, verbose_name=_("booking key"))
    plan_version = models.PositiveIntegerField(_("version of the plan"))

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(self.booking)


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def active(self) -> "AppointmentQuerySet":
        """Those that occupy their time: all but the cancelled."""
        return self.exclude(status=Status.CANCELLED)

    def standing(self, now: datetime | models.Expression) -> "AppointmentQuerySet":
        """Those that occupy their time at `now`: without reservations that have run out and wait to be cancelled."""
        return self.active().exclude(status=Status.RESERVED, reserved_until__lte=now)

    def agreed(self, now: datetime) -> "AppointmentQuerySet":
        """Those somebody is expected at from `now` on: neither reservations nor what is over."""
        over = [Status.CANCELLED, Status.RESERVED, Status.COMPLETED, Status.NO_SHOW]
        return self.filter(ends__gt=now).exclude(status__in=over)

    def overlapping(self, starts: datetime, ends: datetime) -> "AppointmentQuerySet":
        """Those whose time, or room time, meets the half-open span of UTC instants."""
        return self.filter(starts__lt=ends, room_free_at__gt=starts)


class Appointment(models.Model):
    """A booked slot. Instants are UTC; status moves only along services/tracking.py's table."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="appointments", verbose_name=_("patient"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices, default=Kind.SITTING)
    sitting = models.ForeignKey(
        Sitting, models.PROTECT, null=True, blank=True, related_name="appointments", verbose_name=_("sitting")
    )
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="appointments", verbose_name=_("practitioner")
    )
    room = models.ForeignKey(Room, models.PROTECT, related_name="appointments", verbose_name=_("room"))
    equipment = models.ForeignKey(
        Equipment, models.PROTECT, null=True, blank=True, related_name="appointments", verbose_name=_("equipment")
    )
    starts = models.DateTimeField(_("starts"))
    ends = models.DateTimeField(_("ends"))
    room_free_at = models.DateTimeField(_("room free again"), editable=False)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.BOOKED)
    reserved_until = models.DateTimeField(_("reserved until"), null=True, blank=True, editable=False)
    booking = models.ForeignKey(
        BookingKey, models.PROTECT, null=True, blank=True, editable=False, related_name="appointments"
    )
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("booked by"),
    )
    arrived_at = models.DateTimeField(_("arrived at"), null=True, blank=True, editable=False)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True, editable=False)
    cancel_reason = models.CharField(
        _("reason for cancelling"), max_length=16, choices=CancelReason.choices, blank=True
    )
    cancel_note = models.CharField(_("note on cancelling"), max_length=300, blank=True)
    note = models.CharField(_("note for the desk"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    history = HistoricalRecords()

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["starts", "pk"]
        indexes = [
            models.Index(fields=["practitioner", "starts"]),
            models.Index(fields=["room", "starts"]),
            models.Index(fields=["equipment", "starts"]),
            models.Index(fields=["patient", "starts"]),
            models.Index(fields=["starts"]),
            models.Index(fields=["reserved_until"], condition=models.Q(status="reserved"), name="appointment_reserved"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["sitting"],
                condition=~models.Q(status__in=["cancelled", "no-show"]),
                name="sitting_booked_once",
                violation_error_message=_("This sitting is booked already."),
            ),
        ]

    def __str__(self) -> str:
        return _("%(kind)s of %(patient)s") % {"kind": self.get_kind_display(), "patient": self.patient}
