"""Treatment plans and sittings, to be looked up: they are made and changed on their own pages, by their services.

An administrator sees no clinical notes: neither indication, diagnosis nor the doctor's reason, nor their history.
"""

from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import ModelDelta
from simple_history.template_utils import HistoricalRecordContextHelper

from clinic.admin_base import ClinicAdmin, HistoryAdmin, LookedAt, ReadOnlyInline
from scheduling.models import (
    Area,
    BookingPreference,
    PlanArea,
    PlanPhase,
    RangeDecision,
    Sitting,
    TreatmentPlan,
    UnavailableDates,
)

CLINICAL = ("indication", "diagnosis")


class PlanPhaseInline(ReadOnlyInline):
    model = PlanPhase


class PlanAreaInline(ReadOnlyInline):
    model = PlanArea


class SittingInline(ReadOnlyInline):
    model = Sitting
    fields = ("number", "phase", "ideal", "earliest", "latest", "booked", "given", "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sitting]:
        return super().get_queryset(request).select_related("phase")


class WithoutClinicalNotes(HistoricalRecordContextHelper):
    """The changes of a plan, leaving out those of clinical fields."""

    def context_for_delta_changes(self, delta: ModelDelta) -> list[dict[str, Any]]:
        open_changes = [change for change in delta.changes if change.field not in CLINICAL]
        found: list[dict[str, Any]] = super().context_for_delta_changes(replace(delta, changes=open_changes))
        return found


@admin.register(TreatmentPlan)
class TreatmentPlanAdmin(HistoryAdmin):
    list_display = ("patient", "protocol", "state", "start_date", "practitioner", "prescriber", "site")
    list_filter = ("state", "site", "practitioner", "start_date")
    list_select_related = ("patient", "protocol", "practitioner", "prescriber", "site")
    search_fields = ("patient__search", "protocol__key", "protocol__name_en", "protocol__name_it")
    exclude = CLINICAL
    inlines = (PlanPhaseInline, PlanAreaInline, SittingInline)

    def view_on_site(self, plan: TreatmentPlan) -> str:
        return reverse("plan", args=[plan.pk])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: TreatmentPlan | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: TreatmentPlan | None = None) -> bool:
        return False

    def get_historical_record_context_helper(
        self, request: HttpRequest, historical_record: Any
    ) -> HistoricalRecordContextHelper:
        return WithoutClinicalNotes(self.model, historical_record)


@admin.register(Sitting)
class SittingAdmin(HistoryAdmin):
    list_display = ("number", "patient", "plan_protocol", "ideal", "earliest", "latest", "booked", "given", "state")
    list_filter = ("state", "ideal")
    list_select_related = ("plan__patient", "plan__protocol")
    search_fields = ("plan__patient__search",)
    ordering = ("-ideal", "pk")

    @admin.display(description=_("patient"), ordering="plan__patient__surname")
    def patient(self, sitting: Sitting) -> str:
        return str(sitting.plan.patient)

    @admin.display(description=_("protocol"), ordering="plan__protocol__key")
    def plan_protocol(self, sitting: Sitting) -> str:
        return str(sitting.plan.protocol)

    def view_on_site(self, sitting: Sitting) -> str:
        return reverse("plan", args=[sitting.plan_id])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Sitting | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Sitting | None = None) -> bool:
        return False


@admin.register(Area)
class AreaAdmin(ClinicAdmin):
    list_display = ("code", "name_en", "name_it", "extra_minutes", "injectable")
    list_filter = ("injectable",)
    search_fields = ("code", "name_en", "name_it")


@admin.register(BookingPreference)
class BookingPreferenceAdmin(ClinicAdmin):
    list_display = ("patient", "weekdays", "from_time", "until_time", "practitioner")
    list_filter = ("practitioner",)
    list_select_related = ("patient", "practitioner")
    search_fields = ("patient__search",)
    autocomplete_fields = ("patient", "practitioner")


@admin.register(UnavailableDates)
class UnavailableDatesAdmin(ClinicAdmin):
    list_display = ("patient", "first", "last")
    list_filter = ("first",)
    list_select_related = ("patient",)
    search_fields = ("patient__search",)
    autocomplete_fields = ("patient",)


@admin.register(RangeDecision)
class RangeDecisionAdmin(LookedAt):
    list_display = ("plan", "choice", "count_before", "count", "reason", "decided_by", "decided_at")
    list_filter = ("choice", "decided_at")
    list_select_related = ("phase__plan__patient", "phase__plan__protocol", "decided_by")
    search_fields = ("phase__plan__patient__search",)

    @admin.display(description=_("plan"))
    def plan(self, decision: RangeDecision) -> str:
        return str(decision.phase.plan)
