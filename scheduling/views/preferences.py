"""What suits a patient, asked before anything is booked."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.roles import Role, role_required
from patients.models import Patient
from scheduling.forms.preferences import PreferenceForm, compared, unavailable_formset, wishes_from
from scheduling.selectors.preferences import wishes_of
from scheduling.services.preferences import save_preference
from scheduling.services.refusals import Stale
from scheduling.views.ways_back import target_of


@role_required(*Role)
@require_http_methods(["GET", "POST"])
def preferences_patient(request: HttpRequest, pk: int) -> HttpResponse:
    """The days, hours and practitioner one patient would rather have, and the dates to leave out.

    Saved, it leads back to the booking it was opened from; else to the patient.
    """
    patient = get_object_or_404(Patient, pk=pk)
    today = timezone.localdate()
    wishes = wishes_of(patient, today)
    data = request.POST if request.method == "POST" else None
    form, rows = PreferenceForm(data, wishes=wishes), unavailable_formset(data, wishes)
    back = target_of(request) or reverse("patient", args=[pk])
    context = {"patient": patient, "form": form, "rows": rows, "back": back}
    if data is None:
        return render(request, "scheduling/preferences.html", context)
    if not (form.is_valid() and rows.is_valid()):
        return render(request, "scheduling/preferences.html", context, status=422)
    typed = wishes_from(form, rows)
    try:
        save_preference(patient=patient, wishes=typed, version=form.cleaned_data["version"], today=today)
    except Stale:
        current = wishes_of(patient, today)
        form.now_knows(current)
        context["differences"] = compared(current, typed)
        return render(request, "scheduling/preferences.html", context, status=409)
    messages.success(request, _("Saved."))
    return redirect(back)
