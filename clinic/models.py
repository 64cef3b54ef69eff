"""The people who sign in."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """Somebody of the clinic, with what they chose for themselves: language, theme, names as initials, keys."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("as the system")
        LIGHT = "light", _("light")
        DARK = "dark", _("dark")

    language = models.CharField(
        _("language"), max_length=2, choices=[("en", _("English")), ("it", _("Italian"))], blank=True
    )
    theme = models.CharField(_("theme"), max_length=5, choices=Theme.choices, default=Theme.AUTO)
    initials_only = models.BooleanField(
        _("initials only"), default=False, help_text=_("Patients' names as initials, on screens others can see.")
    )
    single_keys = models.BooleanField(_("single keys"), default=True)

    class Meta(AbstractUser.Meta):
        ordering = ["username"]

    def __str__(self) -> str:
        return self.get_full_name() or self.username
