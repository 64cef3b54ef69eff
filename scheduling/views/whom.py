"""Whom an appointment is for: the first step of every booking, a list while somebody types."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from patients.mistyped import near_names
from patients.selectors import find_patients
from scheduling.forms.visits import WhoForm
from scheduling.views.search import waiting_for_patient


def whom_page(
    request: HttpRequest, *, kept: Mapping[str, str], choose: Callable[[int], str], step: str, errors: str = ""
) -> HttpResponse:
    """The search for the patient; who is alone in matching what was typed is chosen by Enter.

    `choose` is the address that goes on with a patient (its id), `kept` what the next step has to know, `step` the
    words over the heading, `errors` what could not be read of it.
    """
    form = WhoForm(request.GET)
    query = form.cleaned_data["q"] if form.is_valid() else ""
    today = timezone.localdate()
    found = find_patients(query, today) if query else None
    typing = request.htmx  # type: ignore[attr-defined]
    if found and len(found.patients) == 1 and not typing:
        return redirect(choose(found.patients[0].pk))
    context = {
        "form": form,
        "query": query,
        "found": found,
        "near": [
            (name, f"{request.path}?{urlencode({**kept, 'q': name})}")
            for name in (near_names(query, today) if found and not found.patients else ())
        ],
        "rows": [(patient, choose(patient.pk)) for patient in found.patients] if found else [],
        "address": request.path,
        "kept": kept,
        "step": step,
        "errors": errors,
        "here": waiting_for_patient(f"{request.path}?{urlencode(kept)}"),
    }
    name = "scheduling/_book_who.html" if typing else "scheduling/book_who.html"
    return render(request, name, context, status=422 if form.errors or errors else 200)
