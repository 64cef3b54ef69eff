"""Finding from everywhere: the list of patients, and what comes up under the search box while somebody types."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.desk import desk_of
from clinic.roles import Role, role_required
from clinic.spreadsheets import csv_response, wants_csv
from patients.forms import SearchForm
from patients.selectors import PAGE, cells_of_patients, head_of_patients
from scheduling.selectors.appointments import span_words
from scheduling.selectors.finding import search

SHORT = 8  # as many as fit under the box without scrolling
# Pages that ask for a patient: somebody who creates one from there comes back with that one chosen.
WAITING = frozenset({"appointment_new", "book", "plan_new", "walk_in"})


@role_required(*Role)
@require_GET
def patients(request: HttpRequest) -> HttpResponseBase:
    """Whatever matches the search, one patient alone at once; a fragment while somebody types, or of a list; a file."""
    form = SearchForm(request.GET)
    if not form.is_valid():
        return render(request, _list_template(request, 0), {"form": form}, status=422)
    query, offset = form.cleaned_data["q"], form.cleaned_data["offset"] or 0
    if wants_csv(request):
        return csv_response("patients", head_of_patients(), cells_of_patients(query, timezone.localdate()))
    found = search(query, site=desk_of(request), now=timezone.now(), limit=PAGE, offset=offset)
    alone = query and found.count == len(found.hits) == 1 and not offset
    if alone and not request.htmx:  # type: ignore[attr-defined]
        return redirect("patient", found.hits[0].patient.pk)
    context = {
        "form": form,
        "query": query,
        "offset": offset,
        "found": found,
        "next_offset": offset + PAGE,
        "appointment_when": span_words(found.appointment) if found.appointment else "",
    }
    return render(request, _list_template(request, offset), context)


def _list_template(request: HttpRequest, offset: int) -> str:
    if not request.htmx:  # type: ignore[attr-defined]
        return "scheduling/patients.html"
    return "scheduling/_patients_rows.html" if offset else "scheduling/_patients_found.html"


@role_required(*Role)
@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """The lines under the search box, and nothing for nothing typed.

    Drawn without the context of a page: counting for the rail would cost more than the search.
    """
    form = SearchForm(request.GET)
    if not form.is_valid():
        return HttpResponse(render_to_string("scheduling/_find_results.html", {"form": form}), status=422)
    query = form.cleaned_data["q"]
    if not query:
        return HttpResponse()
    found = search(query, site=desk_of(request), now=timezone.now(), limit=SHORT)
    carried = {"q": query, "next": _way_back(request)}
    context = {
        "query": query,
        "found": found,
        "appointment_when": span_words(found.appointment) if found.appointment else "",
        "new_patient": f"{reverse('patient_new')}?{urlencode(carried)}",
    }
    return HttpResponse(render_to_string("scheduling/_find_results.html", context))


def _way_back(request: HttpRequest) -> str:
    """The page that the search box stands on; one that waits for a patient says so, and gets the new one."""
    here: str = request.htmx.current_url_abs_path or ""  # type: ignore[attr-defined]
    path, _mark, query = here.partition("?")
    try:
        waits = resolve(path).url_name in WAITING
    except Resolver404:
        return ""
    return waiting_for_patient(here) if waits and "patient=" not in query else here


def waiting_for_patient(address: str) -> str:
    """The address of a page without its search for a patient, with the empty place for a new one."""
    path, _mark, query = address.partition("?")
    fields = QueryDict(query, mutable=True)
    fields.pop("q", None)
    fields["patient"] = ""
    return f"{path}?{fields.urlencode()}"
