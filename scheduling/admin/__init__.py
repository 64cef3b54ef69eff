"""Scheduling in Django admin, by subject."""

from scheduling.admin import appointments, plans, protocols, resources

__all__ = ["appointments", "plans", "protocols", "resources"]
