"""Batches in Django admin: looked at only, their own pages make, run and stop them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from clinic.admin_base import LookedAt, ReadOnlyInline
from scheduling.models import Batch, BatchLine


class BatchLineInline(ReadOnlyInline):
    model = BatchLine
    fields = ("position", "plan", "state", "why", "booking", "done_by", "done_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BatchLine]:
        rows: QuerySet[BatchLine] = super().get_queryset(request)
        return rows.select_related("plan__patient", "plan__protocol", "booking", "done_by")


@admin.register(Batch)
class BatchAdmin(LookedAt):
    list_display = ("made_at", "made_by", "stopped_at", "stopped_by")
    list_filter = ("made_at",)
    list_select_related = ("made_by", "stopped_by")
    search_fields = ("made_by__username", "lines__plan__patient__search")
    fields = ("made_at", "made_by", "stopped_at", "stopped_by")
    inlines = (BatchLineInline,)

    def view_on_site(self, batch: Batch) -> str:
        return reverse("batch", args=[batch.pk])
