"""The patient's overview: who, when next, what suits, how it goes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.roles import AT_DESK, Role, has_role, role_required
from patients.models import Patient
from scheduling.selectors.patients import patient_page


@role_required(*Role)
@require_GET
def patient(request: HttpRequest, pk: int) -> HttpResponse:
    """One patient at a glance."""
    patient = get_object_or_404(Patient.objects.select_related("do_not_contact"), pk=pk)
    context = {
        "patient": patient,
        "page": patient_page(patient, timezone.now()),
        "not_to_contact": getattr(patient, "do_not_contact", None),
        "at_desk": has_role(request.user, *AT_DESK),
    }
    return render(request, "scheduling/patient.html", context)
