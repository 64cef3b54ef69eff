"""The pages of the patients: find, create, change."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.roles import Role, role_required
from patients.codice_fiscale import CODE_LENGTH, compact
from patients.forms import CarriedForm, Difference, PatientForm, SearchForm, filled_by_code
from patients.models import Patient
from patients.selectors import PAGE, find_patients
from patients.services import ChangedMeanwhile, CodeTaken, change_patient, create_patient


@role_required(*Role)
@require_GET
def patients(request: HttpRequest) -> HttpResponse:
    """The patients who match the search; a fragment while somebody types, or for the next ones of a list."""
    form = SearchForm(request.GET)
    if not form.is_valid():
        return render(request, _list_template(request, 0), {"form": form}, status=422)
    query, offset = form.cleaned_data["q"], form.cleaned_data["offset"] or 0
    found = find_patients(query, timezone.localdate(), PAGE, offset)
    context = {"form": form, "query": query, "offset": offset, "found": found, "next_offset": offset + PAGE}
    return render(request, _list_template(request, offset), context)


def _list_template(request: HttpRequest, offset: int) -> str:
    if not request.htmx:  # type: ignore[attr-defined]
        return "patients/list.html"
    return "patients/_rows.html" if offset else "patients/_found.html"


@role_required(*Role)
@require_http_methods(["GET", "POST"])
def patient_new(request: HttpRequest) -> HttpResponse:
    """The form of a new patient, begun with what a search brought."""
    if request.method != "POST":
        form = PatientForm(initial=CarriedForm(request.GET).initial_patient())
        return _form_page(request, form)
    form = PatientForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    try:
        patient = create_patient(**form.values())
    except CodeTaken:
        form.refuse_code()
        return _form_page(request, form, status=409)
    messages.success(request, _("%(patient)s is created.") % {"patient": patient})
    return redirect(_after_creating(request, patient))


def _after_creating(request: HttpRequest, patient: Patient) -> str:
    """The patient's page, or the new plan or booking that was waiting for its patient. No other is followed."""
    path, _mark, query = request.POST.get("next", "").partition("?")
    if path in [reverse(name) for name in ("plan_new", "appointment_new", "book")]:
        kept = QueryDict(query, mutable=True)
        kept["patient"] = str(patient.pk)
        return f"{path}?{kept.urlencode()}"
    return reverse("patient", args=[patient.pk])


@role_required(*Role)
@require_http_methods(["GET", "POST"])
def patient_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of one patient; a save over somebody else's shows both first."""
    patient = get_object_or_404(Patient, pk=pk)
    name = str(patient)
    if request.method != "POST":
        return _form_page(request, PatientForm(instance=patient), name)
    form = PatientForm(request.POST, instance=patient)
    if not form.is_valid():
        return _form_page(request, form, name, status=422)
    try:
        change_patient(patient=patient, version=form.cleaned_data["version"], **form.values())
    except CodeTaken:
        form.refuse_code()
        return _form_page(request, form, name, status=409)
    except ChangedMeanwhile as stale:
        return _form_page(request, form, name, form.differences_from(stale.current), status=409)
    messages.success(request, _("Saved."))
    return redirect("patient", pk)


def _form_page(
    request: HttpRequest,
    form: PatientForm,
    name: str = "",
    differences: list[Difference] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form's page; `name` is the patient as saved, `differences` are what two people changed at once."""
    target = request.POST.get("next") or request.GET.get("next", "")
    context = {"form": form, "name": name, "differences": differences, "next": target}
    return render(request, "patients/form.html", context, status=status)


@role_required(*Role)
@require_POST
def patient_decode(request: HttpRequest) -> HttpResponse:
    """The birth date and sex that a codice fiscale says, as fields; nothing before it has all its characters."""
    if len(compact(request.POST.get("codice_fiscale", ""))) != CODE_LENGTH:
        return HttpResponse(status=204)
    form, sentence = filled_by_code(request.POST)
    return render(request, "patients/_birth.html", {"form": form, "sentence": sentence})
