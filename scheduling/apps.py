"""Scheduling: protocols, plans, bookings."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = _("Scheduling")

    def ready(self) -> None:
        from scheduling import guard  # the system check registers itself on import

        post_migrate.connect(guard.reinstall_after_migrate, sender=self, dispatch_uid="scheduling.guard")
