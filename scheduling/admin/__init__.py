"""Scheduling in Django admin, by subject."""

from scheduling.admin import appointments, batches, extra_hours, lists, plans, protocols, resources

__all__ = ["appointments", "batches", "extra_hours", "lists", "plans", "protocols", "resources"]
