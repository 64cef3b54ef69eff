"""Appointments moved together by one press: where each was and where it went, so that it can be undone."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from scheduling.models.appointments import Appointment, BookingKey
from scheduling.models.resources import Equipment, Practitioner, Room


class Follows(models.TextChoices):
    """What follows when a booked sitting moves."""

    ALONE = "alone", _("this only")
    REST = "rest", _("this and the rest re-spaced")
    PHASE = "phase", _("until the next phase")


class Move(models.Model):
    """One press of a moving button; its key says who and when. Undone once, as a whole, or never."""

    booking = models.OneToOneField(BookingKey, models.PROTECT, verbose_name=_("press"))
    follows = models.CharField(_("what follows"), max_length=8, choices=Follows.choices)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )

    class Meta:
        verbose_name = _("move")
        verbose_name_plural = _("moves")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(self.booking)


class MoveLine(models.Model):
    """One appointment of a move: its slot before and after (UTC instants), and its version once it was moved."""

    move = models.ForeignKey(Move, models.CASCADE, related_name="lines", verbose_name=_("move"))
    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="moves", verbose_name=_("appointment"))
    version = models.PositiveIntegerField(_("version"))
    from_starts = models.DateTimeField(_("start before"))
    from_ends = models.DateTimeField(_("end before"))
    from_practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="+", verbose_name=_("practitioner before")
    )
    from_room = models.ForeignKey(Room, models.PROTECT, related_name="+", verbose_name=_("room before"))
    from_equipment = models.ForeignKey(
        Equipment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("equipment before")
    )
    to_starts = models.DateTimeField(_("starts"))
    to_practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="+", verbose_name=_("practitioner"))
    to_room = models.ForeignKey(Room, models.PROTECT, related_name="+", verbose_name=_("room"))
    to_equipment = models.ForeignKey(
        Equipment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("equipment")
    )

    class Meta:
        verbose_name = _("moved appointment")
        verbose_name_plural = _("moved appointments")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["move", "appointment"], name="moved_once_by_a_press")]

    def __str__(self) -> str:
        return str(self.appointment)

    @property
    def stays(self) -> bool:
        """Whether it only stood there while the others were re-spaced around it."""
        was = (self.from_starts, self.from_practitioner_id, self.from_room_id, self.from_equipment_id)
        return was == (self.to_starts, self.to_practitioner_id, self.to_room_id, self.to_equipment_id)
