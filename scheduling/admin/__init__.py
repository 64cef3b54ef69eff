"""Scheduling in Django admin, by subject."""

from scheduling.admin import appointments, batches, plans, protocols, resources

__all__ = ["appointments", "batches", "plans", "protocols", "resources"]
