"""The waiting list and the recalls in Django admin: looked at only, their own pages write them."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinic.admin_base import HistoryAdmin, LookedAt
from scheduling.models import CycleRepeat, DoNotContact, EarlierWish, FreedSlot, RecallAttempt, SlotOffer


class LookedAtWithHistory(LookedAt, HistoryAdmin):
    """Written by a service only, with what it was before."""


@admin.register(RecallAttempt)
class RecallAttemptAdmin(LookedAt):
    list_display = ("made_at", "plan", "channel", "outcome", "next_on", "made_by")
    list_filter = ("made_at", "channel", "outcome")
    list_select_related = ("plan__patient", "plan__protocol", "made_by")
    search_fields = ("plan__patient__search",)

    def view_on_site(self, attempt: RecallAttempt) -> str:
        return reverse("recall", args=[attempt.plan_id])


@admin.register(DoNotContact)
class DoNotContactAdmin(LookedAtWithHistory):
    list_display = ("patient", "reason", "made_by", "made_at")
    list_filter = ("made_at",)
    list_select_related = ("patient", "made_by")
    search_fields = ("patient__search",)


@admin.register(CycleRepeat)
class CycleRepeatAdmin(LookedAtWithHistory):
    list_display = ("plan", "due", "made_by")
    list_filter = ("due",)
    list_select_related = ("plan__patient", "plan__protocol", "made_by")
    search_fields = ("plan__patient__search",)


@admin.register(EarlierWish)
class EarlierWishAdmin(LookedAtWithHistory):
    list_display = ("sitting", "patient", "earliest", "made_by", "made_at", "closed_at")
    list_filter = ("made_at", "closed_at")
    list_select_related = ("sitting__plan__patient", "made_by")
    search_fields = ("sitting__plan__patient__search",)

    @admin.display(description=_("patient"), ordering="sitting__plan__patient__surname")
    def patient(self, wish: EarlierWish) -> Any:
        return wish.sitting.plan.patient


@admin.register(FreedSlot)
class FreedSlotAdmin(LookedAt):
    list_display = ("starts", "ends", "practitioner", "room", "appointment", "left_free_at")
    list_filter = ("starts", "practitioner")
    list_select_related = ("practitioner", "room", "appointment__patient")
    search_fields = ("appointment__patient__search",)


@admin.register(SlotOffer)
class SlotOfferAdmin(LookedAt):
    list_display = ("offered_at", "freed", "wish", "until", "answer", "offered_by", "answered_by")
    list_filter = ("offered_at", "answer")
    list_select_related = ("freed__practitioner", "wish__sitting", "offered_by", "answered_by")
    search_fields = ("wish__sitting__plan__patient__search",)
