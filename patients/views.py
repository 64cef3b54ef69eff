"""The pages of one patient: create, change."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic.roles import Role, role_required
from clinic.ways import own_address
from patients.codice_fiscale import CODE_LENGTH, compact
from patients.forms import CarriedForm, Difference, PatientForm, filled_by_code
from patients.models import Patient
from patients.services import ChangedMeanwhile, CodeTaken, change_patient, create_patient


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
    return _created(request, patient)


def _created(request: HttpRequest, patient: Patient) -> HttpResponse:
    """Back to the page that somebody came from, which then has its patient; without one, to the patient's page."""
    words = _("%(patient)s is created.") % {"patient": patient}
    page, target = reverse("patient", args=[patient.pk]), _target(request)
    if not target:
        messages.success(request, words)
        return redirect(page)
    messages.success(request, format_html('{} <a href="{}">{}</a>', words, page, _("Open the patient")))
    address, _mark, query = target.partition("?")
    fields = QueryDict(query, mutable=True)
    # A page that waits for a patient says so with an empty one in its address.
    if fields.get("patient") == "":
        fields["patient"] = str(patient.pk)
    return redirect(f"{address}?{fields.urlencode()}" if fields else address)


def _target(request: HttpRequest) -> str:
    """The page that somebody came from; nothing but an address of ours."""
    return own_address(request, request.POST.get("next") or request.GET.get("next", ""))


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
    form.put_focus()
    context = {"form": form, "name": name, "differences": differences, "next": _target(request)}
    return render(request, "patients/form.html", context, status=status)


@role_required(*Role)
@require_POST
def patient_decode(request: HttpRequest) -> HttpResponse:
    """The birth date and sex that a codice fiscale says, as fields; nothing before it has all its characters."""
    if len(compact(request.POST.get("codice_fiscale", ""))) != CODE_LENGTH:
        return HttpResponse(status=204)
    form, sentence = filled_by_code(request.POST)
    return render(request, "patients/_birth.html", {"form": form, "sentence": sentence})
