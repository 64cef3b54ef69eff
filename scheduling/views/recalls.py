"""Recalls: whom to ask back, the log of attempts, and who is not to be contacted."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.desk import desk_of
from clinic.models import User
from clinic.roles import AT_DESK, Role, role_required
from clinic.spreadsheets import csv_response, wants_csv
from patients.forms import Difference
from patients.models import Patient
from scheduling.forms.fields import put_focus
from scheduling.forms.narrowing import narrowed_words
from scheduling.forms.recalls import AttemptForm, DoNotContactForm, RecallFilter, RepeatForm, compared_days
from scheduling.models import CycleRepeat, DoNotContact, TreatmentPlan
from scheduling.selectors.files import cells_of_recalls, head_of_recalls
from scheduling.selectors.recalls import attempts_of, is_to_repeat, recall_rows, recall_sitting_of, recalls
from scheduling.services import calling
from scheduling.services.refusals import KeyReused, Refused, Stale
from scheduling.views.ways_back import here, pressed_on, target_of

PAGE = 50
PLANS = TreatmentPlan.objects.select_related("patient__do_not_contact", "protocol", "site")


@role_required(*AT_DESK)
@require_GET
def recall_list(request: HttpRequest) -> HttpResponseBase:
    """Whom to ask back: attempts that are due first, then what is due soonest."""
    site = desk_of(request)
    today = timezone.localdate(None, site.zone if site else None)
    form = RecallFilter(request.GET)
    found = recalls(today=today, **form.chosen)
    if wants_csv(request) and form.is_valid():
        return csv_response("recalls", head_of_recalls(), cells_of_recalls(recall_rows(found, today)))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "told": narrowed_words(form),
        "page": page,
        "rows": recall_rows(page.object_list, today),
        "here": here(request, reverse("recalls")),
        "narrowed": any(request.GET.get(name) for name in ("outcome", "attempt")),
    }
    return render(request, "scheduling/recalls.html", context, status=422 if form.errors else 200)


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def recall(request: HttpRequest, pk: int) -> HttpResponse:
    """The log of one plan's attempts, and the form for another."""
    plan = get_object_or_404(PLANS, pk=pk)
    if request.method == "GET":
        return _recall_page(request, plan, _attempt_form(plan, initial={"key": uuid4()}))
    assert isinstance(request.user, User)
    form = _attempt_form(plan, request.POST)
    if not form.is_valid():
        if form.has_error("key"):
            form.renew_key()
            form.add_error(None, _("This page was damaged: look at it and press again."))
        return _recall_page(request, plan, form, status=422)
    try:
        calling.log_attempt(plan=plan, by=request.user, now=timezone.now(), **form.cleaned_data)
    except Refused as refusal:
        if isinstance(refusal, KeyReused):
            form.renew_key()
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _recall_page(request, get_object_or_404(PLANS, pk=pk), form, status=422)
    messages.success(request, _("%(patient)s: the attempt is in the log.") % {"patient": plan.patient})
    return redirect(target_of(request) or reverse("recalls"))


def _attempt_form(plan: TreatmentPlan, *args: Any, **kwargs: Any) -> AttemptForm:
    return AttemptForm(*args, today=timezone.localdate(None, plan.site.zone), **kwargs)


def _recall_page(request: HttpRequest, plan: TreatmentPlan, form: AttemptForm, status: int = 200) -> HttpResponse:
    put_focus(form)
    sitting = recall_sitting_of(plan)
    context = {
        "plan": plan,
        "marked": getattr(plan.patient, "do_not_contact", None),
        "sitting": sitting,
        "asks_back": sitting is not None or is_to_repeat(plan),
        "back": target_of(request) or reverse("recalls"),
        "attempts": attempts_of(plan),
        "form": form,
    }
    return render(request, "scheduling/recall.html", context, status=status)


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def do_not_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Marks a patient as not to be contacted, with a reason."""
    patient = get_object_or_404(Patient, pk=pk)
    marked = DoNotContact.objects.select_related("made_by").filter(patient=patient).first()
    form = DoNotContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, User)
        calling.mark_do_not_contact(
            patient=patient, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now()
        )
        messages.success(request, _("%(patient)s is not to be contacted.") % {"patient": patient})
        return redirect("patient", pk)
    status = 422 if request.method == "POST" else 200
    context = {"patient": patient, "marked": marked, "form": form}
    return render(request, "scheduling/do_not_contact.html", context, status=status)


@role_required(*AT_DESK)
@pressed_on("patient", "pk")
def contact_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes back that a patient is not to be contacted."""
    patient = get_object_or_404(Patient, pk=pk)
    assert isinstance(request.user, User)
    calling.allow_contact(patient=patient, by=request.user)
    messages.success(request, _("%(patient)s may be contacted again.") % {"patient": patient})
    return redirect("patient", pk)


@role_required(Role.DOCTOR)
@require_http_methods(["GET", "POST"])
def plan_repeat(request: HttpRequest, pk: int) -> HttpResponse:
    """From which day a doctor wants a cycle repeated."""
    plan = get_object_or_404(PLANS.select_related("repeat"), pk=pk)
    stored = getattr(plan, "repeat", None)
    seen = {"due": stored.due, "version": stored.version} if stored else {"version": 0}
    form = RepeatForm(request.POST or None, initial=seen)
    if request.method == "GET" or not form.is_valid():
        return _repeat_page(request, plan, form, status=200 if request.method == "GET" else 422)
    assert isinstance(request.user, User)
    try:
        calling.repeat_cycle_from(plan=plan, by=request.user, **form.cleaned_data)
    except Stale:
        stored = CycleRepeat.objects.filter(plan=plan).first()
        differences = compared_days(stored, form.cleaned_data["due"])
        form.now_knows(stored.version if stored else 0)
        return _repeat_page(request, plan, form, differences, status=409)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return _repeat_page(request, plan, form, status=422)
    words = {"patient": plan.patient, "day": date_format(form.cleaned_data["due"])}
    messages.success(request, _("%(patient)s is asked back from %(day)s.") % words)
    return redirect("plan", pk)


def _repeat_page(
    request: HttpRequest,
    plan: TreatmentPlan,
    form: RepeatForm,
    differences: list[Difference] | None = None,
    *,
    status: int,
) -> HttpResponse:
    context = {"plan": plan, "form": form, "differences": differences}
    return render(request, "scheduling/plan_repeat.html", context, status=status)
