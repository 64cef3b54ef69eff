"""Scheduling in Django admin, by subject."""

from scheduling.admin import appointments, extra_hours, plans, protocols, resources

__all__ = ["appointments", "extra_hours", "plans", "protocols", "resources"]
