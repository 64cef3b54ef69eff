"""Making a plan: choose the patient and the protocol, fill the form, see the dates, save."""

from datetime import date
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic.desk import desk_of
from clinic.models import User
from clinic.roles import AT_DESK, Role, has_role, role_required
from patients.forms import Difference
from patients.models import Patient
from patients.selectors import find_patients
from scheduling.forms.plan_preview import preview_of
from scheduling.forms.plans import FormKeyForm, PlanSheet, StartForm, plan_sheet
from scheduling.models import PlanState, Protocol, TreatmentPlan
from scheduling.selectors.plans import next_working_day, plans_with_people
from scheduling.selectors.protocols import protocol_lines
from scheduling.services.planning import propose_plan, save_plan
from scheduling.services.refusals import Refused, Stale
from scheduling.views.search import waiting_for_patient

EDITABLE = (PlanState.DRAFT, PlanState.PROPOSED)


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def plan_new(request: HttpRequest) -> HttpResponse:
    """A new plan in three steps: the patient, the protocol, the form. The address carries the first two."""
    start = _start_or_404(request)
    patient, protocol = start.cleaned_data.get("patient"), start.cleaned_data.get("protocol")
    if patient is None:
        return _choose_patient(request, start)
    if protocol is None:
        context = {"patient": patient, "lines": protocol_lines()}
        return render(request, "scheduling/plan_protocol.html", context)
    if desk_of(request) is None:
        messages.error(request, _("There is no site yet: an administrator adds it under Administration."))
        return redirect("patient", patient.pk)
    return _form_page(request, _plan_of_form(request, patient, protocol))


def _start_or_404(request: HttpRequest) -> StartForm:
    """The address of a new plan, cleaned; ids of nothing are a 404, a search that is too long is told."""
    start = StartForm(request.GET)
    start.is_valid()
    if set(start.errors) - {"q"}:
        raise Http404
    return start


def _choose_patient(request: HttpRequest, start: StartForm) -> HttpResponse:
    """The search for the patient of a new plan; what it finds alone while somebody types."""
    typing = request.htmx  # type: ignore[attr-defined]
    template = "scheduling/_plan_patient_found.html" if typing else "scheduling/plan_patient.html"
    if start.errors:
        return render(request, template, {"form": start}, status=422)
    query = start.cleaned_data["q"]
    found = find_patients(query, timezone.localdate()) if query else None
    waiting = waiting_for_patient(request.get_full_path())
    context = {"form": start, "query": query, "found": found, "waiting": waiting}
    return render(request, template, context)


def _plan_of_form(request: HttpRequest, patient: Patient, protocol: Protocol) -> TreatmentPlan:
    """The plan that this very form has saved before, when its answer was lost or it is sent twice; else a new one."""
    sent = FormKeyForm(request.POST)
    sent.is_valid()
    key = sent.cleaned_data.get("form_key")
    same = plans_with_people().filter(form_key=key, patient=patient, protocol=protocol)
    return (same.first() if key else None) or _new_plan(request, patient, protocol, key or uuid4())


def _new_plan(request: HttpRequest, patient: Patient, protocol: Protocol, form_key: UUID) -> TreatmentPlan:
    """The unsaved plan the form begins with: the next working day, prescribed by the doctor who signed in."""
    site = desk_of(request)
    assert site is not None
    own = getattr(request.user, "practitioner", None)
    return TreatmentPlan(
        patient=patient,
        protocol=protocol,
        site=site,
        start_date=next_working_day(site, timezone.localdate(timezone=site.zone)),
        prescriber=own if own and own.active and has_role(request.user, Role.DOCTOR) else None,
        follow=protocol.follow,
        form_key=form_key,
    )


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def plan_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of a draft or proposed plan."""
    plan = get_object_or_404(plans_with_people(), pk=pk)
    if request.method != "POST" and plan.state not in EDITABLE:
        messages.error(request, _("This plan is approved: it can no longer be edited."))
        return redirect("plan", pk)
    return _form_page(request, plan)


def _form_page(request: HttpRequest, plan: TreatmentPlan) -> HttpResponse:
    """The form of a plan; a POST saves it, and a save over somebody else's shows both first."""
    sheet = _sheet(request, plan)
    if request.method != "POST":
        return _form(request, sheet)
    if not sheet.is_valid():
        return _form(request, sheet, status=422)
    try:
        return _saved(request, sheet)
    except Stale:
        current = plans_with_people().get(pk=plan.pk)
        differences = sheet.differences_from(current)
        # Nothing differs: this very form was sent before, or somebody else typed the same.
        return _form(request, sheet, differences, status=409) if differences else _done(request, current)
    except Refused as refused:
        sheet.refuse(refused)
        return _form(request, sheet, status=422)


def _sheet(request: HttpRequest, plan: TreatmentPlan) -> PlanSheet:
    data = request.POST if request.method == "POST" else None
    return plan_sheet(plan, data=data, by_doctor=has_role(request.user, Role.DOCTOR), today=_today(plan))


def _today(plan: TreatmentPlan) -> date:
    return timezone.localdate(timezone=plan.site.zone)


def _saved(request: HttpRequest, sheet: PlanSheet) -> HttpResponse:
    """Saves a valid sheet."""
    assert isinstance(request.user, User)
    plan = save_plan(
        plan=sheet.plan,
        phases=sheet.chosen_phases(),
        areas=sheet.areas.chosen(),
        by=request.user,
        version=sheet.head.cleaned_data["version"],
    )
    return _done(request, plan)


def _done(request: HttpRequest, plan: TreatmentPlan) -> HttpResponse:
    """Proposes a saved plan when asked to, and goes to its page."""
    if "propose" in request.POST and plan.state == PlanState.DRAFT:
        propose_plan(plan=plan, now=timezone.now())
        messages.success(request, _("Saved, and proposed to the doctor."))
    else:
        messages.success(request, _("Saved."))
    return redirect("plan", plan.pk)


def _form(
    request: HttpRequest, sheet: PlanSheet, differences: list[Difference] | None = None, status: int = 200
) -> HttpResponse:
    """The form's page; `differences` are what two people changed at once."""
    context = {
        "sheet": sheet,
        "plan": sheet.plan,
        "differences": differences,
        **_addresses(sheet.plan),
        "preview": preview_of(sheet, _today(sheet.plan)) if request.method == "POST" else None,
    }
    return render(request, "scheduling/plan_form.html", context, status=status)


def _addresses(plan: TreatmentPlan) -> dict[str, str]:
    """What follows the address of the form and of its preview: the plan, or whom and what a new one is for."""
    if plan.pk:
        return {"query": "", "preview_query": "?" + urlencode({"plan": plan.pk})}
    query = "?" + urlencode({"patient": plan.patient_id, "protocol": plan.protocol_id})
    return {"query": query, "preview_query": query}


@role_required(*AT_DESK)
@require_POST
def plan_preview(request: HttpRequest) -> HttpResponse:
    """The dates of a plan as it is typed: a fragment while somebody types, else the form's page with them."""
    start = _start_or_404(request)
    plan, patient, protocol = (start.cleaned_data.get(name) for name in ("plan", "patient", "protocol"))
    if plan is None:
        if patient is None or protocol is None or desk_of(request) is None:
            raise Http404
        plan = _plan_of_form(request, patient, protocol)
    sheet = _sheet(request, plan)
    if not request.htmx:  # type: ignore[attr-defined]
        return _form(request, sheet)
    context = {"preview": preview_of(sheet, _today(plan)), "sheet": sheet}
    return render(request, "scheduling/_plan_preview.html", context)
