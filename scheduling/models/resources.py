"""Who treats, where, with what, and when: sites, practitioners, rooms, equipment and their time."""

import zoneinfo
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from scheduling.models.protocols import in_language


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


def _zones() -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(zoneinfo.available_timezones()) if "/" in name]


def _ends_after_starts(starts: object, ends: object) -> None:
    """Refuses a span that ends before, or when, it starts."""
    if starts is not None and ends is not None and ends <= starts:  # type: ignore[operator]
        raise ValidationError({"ends": _("The end must be after the start.")})


class Site(models.Model):
    """A place where the clinic works. All its times are shown, and its cycles are made, in its own zone."""

    class Grid(models.IntegerChoices):
        FIVE = 5, _("5 minutes")
        TEN = 10, _("10 minutes")
        FIFTEEN = 15, _("15 minutes")

    name = models.CharField(_("name"), max_length=80, unique=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, choices=_zones, default="Europe/Rome")
    grid_minutes = models.PositiveSmallIntegerField(_("grid"), choices=Grid.choices, default=Grid.FIVE)
    public_holidays = models.BooleanField(_("closed on public holidays of Italy"), default=True)
    province = models.CharField(
        _("province"), max_length=2, blank=True, help_text=_("Two letters, e.g. RM: adds the patron saint's day.")
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class OpeningHours(models.Model):
    """When a site is open on a weekday, in its local time. Rooms and equipment are usable only then."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="opening_hours", verbose_name=_("site"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    starts = models.TimeField(_("opens"))
    ends = models.TimeField(_("closes"))

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["weekday", "starts"]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}–{self.ends:%H:%M}"

    def clean(self) -> None:
        _ends_after_starts(self.starts, self.ends)


class Skill(models.Model):
    """What a practitioner is trained for: a technique or a delivery, by its code."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name_en = models.CharField(_("name in English"), max_length=80)
    name_it = models.CharField(_("name in Italian"), max_length=80)

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ["code"]

    def __str__(self) -> str:
        return in_language(self.name_en, self.name_it)


class Practitioner(models.Model):
    """Somebody who treats: one user, what they are trained for and where they work."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="practitioner", verbose_name=_("user")
    )
    name = models.CharField(_("name as shown"), max_length=80, help_text=_("e.g. Dr Bianchi"))
    skills = models.ManyToManyField(Skill, blank=True, verbose_name=_("skills"))
    sites = models.ManyToManyField(Site, related_name="practitioners", verbose_name=_("sites"))
    active = models.BooleanField(_("active"), default=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("practitioner")
        verbose_name_plural = _("practitioners")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Room(models.Model):
    """A room of a site, with the minutes it needs after each appointment before the next."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="rooms", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=60)
    cleaning_minutes = models.PositiveSmallIntegerField(
        _("cleaning minutes"), default=5, validators=[MaxValueValidator(120)]
    )
    active = models.BooleanField(_("active"), default=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering = ["site", "name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="room_name_once_per_site")]

    def __str__(self) -> str:
        return self.name


class Delivery(models.TextChoices):
    """How the injections are given (sources 000 and 003)."""

    MANUAL = "manual", _("single needle")
    MULTI_INJECTOR = "multi-injector", _("multi-injector")
    GUN = "gun", _("gun")


class Equipment(models.Model):
    """A gun or a multi-injector: one thing, in one place at a time."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="equipment", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=60)
    delivery = models.CharField(
        _("kind"), max_length=16, choices=[choice for choice in Delivery.choices if choice[0] != "manual"]
    )
    active = models.BooleanField(_("active"), default=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("equipment")
        verbose_name_plural = pgettext_lazy("several", "equipment")
        ordering = ["site", "name"]
        constraints = [models.UniqueConstraint(fields=["site", "name"], name="equipment_name_once_per_site")]

    def __str__(self) -> str:
        return self.name


class WorkingHours(models.Model):
    """A practitioner's hours at a site on a weekday, in local time, valid from a date until another (both included)."""

    practitioner = models.ForeignKey(
        Practitioner, models.CASCADE, related_name="working_hours", verbose_name=_("practitioner")
    )
    site = models.ForeignKey(Site, models.PROTECT, related_name="working_hours", verbose_name=_("site"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))
    valid_from = models.DateField(_("valid from"), default=date.today)
    valid_until = models.DateField(_("valid until"), null=True, blank=True, help_text=_("Empty: no end."))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = pgettext_lazy("several", "working hours")
        ordering = ["practitioner", "weekday", "starts"]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}–{self.ends:%H:%M}"

    def clean(self) -> None:
        _ends_after_starts(self.starts, self.ends)
        if self.valid_until and self.valid_from and self.valid_until < self.valid_from:
            raise ValidationError({"valid_until": _("The last day must not be before the first.")})

    def stored_clash(self) -> "WorkingHours | None":
        """Other hours of the practitioner, as stored, that share time with these; only for a row edited alone."""
        others = WorkingHours.objects.filter(practitioner=self.practitioner_id, weekday=self.weekday)
        others = others.exclude(pk=self.pk).filter(starts__lt=self.ends, ends__gt=self.starts)
        others = others.filter(models.Q(valid_until=None) | models.Q(valid_until__gte=self.valid_from))
        if self.valid_until:
            others = others.filter(valid_from__lte=self.valid_until)
        return others.first()


class ExtraHours(models.Model):
    """Hours of a practitioner on one local day besides the weekly ones, also when the site is not open by its hours.

    Absences, closures and public holidays still prevail.
    """

    practitioner = models.ForeignKey(
        Practitioner, models.CASCADE, related_name="extra_hours", verbose_name=_("practitioner")
    )
    site = models.ForeignKey(Site, models.PROTECT, related_name="extra_hours", verbose_name=_("site"))
    day = models.DateField(_("day"))
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("extra hours")
        verbose_name_plural = pgettext_lazy("several", "extra hours")
        ordering = ["-day", "starts"]
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner", "day", "starts"],
                name="extra_hours_once",
                violation_error_message=_("Extra hours that start then are there already."),
            ),
            models.CheckConstraint(
                condition=models.Q(ends__gt=models.F("starts")),
                name="extra_hours_end_after_start",
                violation_error_message=_("The end must be after the start."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner}, {date_format(self.day)}, {self.starts:%H:%M}–{self.ends:%H:%M}"


class Absence(models.Model):
    """Time in which a practitioner does not work although the weekly hours say so."""

    practitioner = models.ForeignKey(
        Practitioner, models.CASCADE, related_name="absences", verbose_name=_("practitioner")
    )
    starts = models.DateTimeField(_("from"))
    ends = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["-starts"]
        indexes = [models.Index(fields=["ends"])]

    def __str__(self) -> str:
        return f"{self.practitioner}, {self.reason or _('absence')}"

    def clean(self) -> None:
        _ends_after_starts(self.starts, self.ends)


class Closure(models.Model):
    """Time in which a whole site, or one room or one piece of equipment of it, cannot be used."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="closures", verbose_name=_("site"))
    room = models.ForeignKey(Room, models.CASCADE, null=True, blank=True, verbose_name=_("room"))
    equipment = models.ForeignKey(Equipment, models.CASCADE, null=True, blank=True, verbose_name=_("equipment"))
    starts = models.DateTimeField(_("from"))
    ends = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ["-starts"]
        indexes = [models.Index(fields=["ends"])]

    def __str__(self) -> str:
        return f"{self.room or self.equipment or self.site}, {self.reason or _('closure')}"

    def clean(self) -> None:
        _ends_after_starts(self.starts, self.ends)
        if self.room and self.equipment:
            raise ValidationError(_("Close a room or a piece of equipment, not both in one line."))
        for field, thing in (("room", self.room), ("equipment", self.equipment)):
            if thing and self.site_id and thing.site_id != self.site_id:
                raise ValidationError({field: _("This does not belong to the site chosen.")})
