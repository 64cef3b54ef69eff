"""Reserving a proposal for some minutes: review it, then confirm it or give it back."""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from clinic.models import User
from clinic.roles import AT_DESK, role_required
from scheduling.engine.terms import Blocked
from scheduling.forms.booking import ConfirmForm, KeyForm
from scheduling.models import TreatmentPlan
from scheduling.selectors.cycles import Wishes
from scheduling.selectors.proposals import Setting, ribbon_with, rows_with, setting_of
from scheduling.selectors.reservations import Reserved, differences, reserved_for
from scheduling.selectors.ways_out import obstacle_of
from scheduling.services.proposing import reserve_proposal
from scheduling.services.refusals import Refused, SlotTaken, Stale
from scheduling.services.reserving import confirm_reservation, give_back, replace_lost
from scheduling.views.booking import PLANS, back_from_cycle, cycle_page, status_of
from scheduling.views.ways_back import carried, target_of


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def plan_reserve(request: HttpRequest, pk: int) -> HttpResponse:
    """Reserves the chosen proposal for review; when that is no longer possible, says why and proposes again."""
    plan = get_object_or_404(PLANS, pk=pk)
    if request.method == "GET":
        return redirect(f"{reverse('book_cycle', args=[pk])}?{request.GET.urlencode()}")
    assert isinstance(request.user, User)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return cycle_page(request, plan, Refused(_("This page is damaged or too old: choose again.")))
    token, key = form.cleaned_data["token"], _key_to_reserve(form.cleaned_data["key"])
    try:
        reserve_proposal(plan=plan, token=token, key=key, by=request.user, now=timezone.now())
    except Refused as refusal:
        return cycle_page(request, plan, refusal)
    return _to(request, "plan_reserved", pk)


def _to(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """To another page of the plan's booking, which still knows where the person began."""
    return redirect(reverse(name, args=[pk]) + carried(request))


def _key_to_reserve(key: UUID) -> UUID:
    """Another key than that of the button beside it, which books at once: both may be pressed, one after the other."""
    return uuid5(NAMESPACE_URL, f"reserve:{key}")


@role_required(*AT_DESK)
@require_GET
def plan_reserved(request: HttpRequest, pk: int) -> HttpResponse:
    """What is reserved for a plan, by whom and until when; once it has run out, what could be had instead."""
    return _page(request, get_object_or_404(PLANS, pk=pk))


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def plan_reserved_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Books all that is reserved; when a slot is lost, books nothing and shows what would take its place."""
    plan = get_object_or_404(PLANS, pk=pk)
    if request.method == "GET":
        return _to(request, "plan_reserved", pk)
    assert isinstance(request.user, User)
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, plan, Refused(_("This page is damaged or too old: choose again.")))
    try:
        key = form.cleaned_data["key"]
        booked = confirm_reservation(plan=plan, key=key, by=request.user, now=timezone.now())
    except Refused as refusal:
        return _page(request, PLANS.get(pk=pk), refusal)
    return back_from_cycle(request, booked, plan)


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def plan_reserved_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Frees what is reserved and goes back to the proposals."""
    plan = get_object_or_404(PLANS, pk=pk)
    if request.method == "GET":
        return _to(request, "plan_reserved", pk)
    assert isinstance(request.user, User)
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, plan, Refused(_("This page is damaged or too old: choose again.")))
    freed = give_back(plan=plan, key=form.cleaned_data["key"], by=request.user)
    if not freed:
        messages.info(request, _("Nothing is reserved any more."))
        return _to(request, "plan_reserved", pk)
    words = ngettext("%(count)s slot is free again.", "%(count)s slots are free again.", freed)
    messages.success(request, words % {"count": freed})
    return _to(request, "book_cycle", pk)


def _page(request: HttpRequest, plan: TreatmentPlan, refusal: Refused | None = None) -> HttpResponse:
    """The reservation under a refusal, if there is one; the nearest other slots when it can no longer be confirmed."""
    reserved = reserved_for(plan, timezone.now())
    context: dict[str, Any] = {"plan": plan, "reserved": reserved, "refusal": refusal}
    context |= {"next": target_of(request), "carried": carried(request)}
    if reserved:
        setting = setting_of(plan, timezone.localdate(None, plan.site.zone), back=target_of(request))
        lost = not reserved.running or isinstance(refusal, SlotTaken | Stale)
        context |= {"setting": setting, **(_instead(setting, reserved) if lost else _as_reserved(setting, reserved))}
    return render(request, "scheduling/reserved.html", context, status=status_of(refusal))


def _as_reserved(setting: Setting, reserved: Reserved) -> dict[str, Any]:
    rows = rows_with(setting, reserved.slots, reserved.later)
    today = timezone.localdate(None, setting.plan.site.zone)
    return {"shown": {"rows": rows}, "ribbon": ribbon_with(setting, rows, today)}


def _instead(setting: Setting, reserved: Reserved) -> dict[str, Any]:
    """The nearest other slots and what differs, or what stands in the way, as the template takes them."""
    now = timezone.now()
    today = timezone.localdate(now, setting.plan.site.zone)
    try:
        answer = replace_lost(plan=setting.plan, reserved=reserved, now=now)
    except Refused as refusal:
        return {"closed": refusal.message}
    if isinstance(answer, Blocked):
        wishes = Wishes(later=reserved.later)
        return {"obstacle": obstacle_of(setting, answer, wishes, today)}
    rows, changed = differences(setting, reserved, answer.slots)
    return {
        "shown": {"rows": rows},
        "changed": changed,
        "same": len(rows) - sum(each.becomes is not None for each in changed),
        "ribbon": ribbon_with(setting, rows, today),
        "token": answer.token,
        "key": uuid4(),
    }
