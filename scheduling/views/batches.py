"""Several plans booked in one run: choosing them, going on, stopping, and taking a line back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from clinic.models import User
from clinic.roles import AT_DESK, role_required
from clinic.spreadsheets import csv_response, wants_csv
from scheduling.forms.batches import BatchForm, SeenForm
from scheduling.models import BatchLine
from scheduling.selectors.batches import batches as every_batch
from scheduling.selectors.batches import became_words, line_rows, list_version, progress_of, recent_rows
from scheduling.selectors.files import cells_of_batch, cells_of_batches, head_of_batch, head_of_batches
from scheduling.services.batches import book_next, make_batch, stop_batch, take_back
from scheduling.services.refusals import Refused
from scheduling.views.booking import to_book_page

PAGE = 25
# How many plans one press books where no script goes on by itself.
AT_ONCE = 5
LINES = BatchLine.objects.select_related("batch", "plan__patient")


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def batch_new(request: HttpRequest) -> HttpResponse:
    """Makes a batch of the chosen plans and shows in which order they will be booked."""
    if request.method == "GET":
        return redirect(f"{reverse('to_book')}?{request.GET.urlencode()}")
    assert isinstance(request.user, User)
    form = BatchForm(request.POST)
    chosen = frozenset(request.POST.getlist("plans"))
    if not form.is_valid():
        return to_book_page(request, chosen, Refused(_("This page is damaged or too old: choose again.")))
    plans, key = form.cleaned_data["plans"], form.cleaned_data["key"]
    try:
        batch = make_batch(plans=plans, key=key, by=request.user, now=timezone.now())
    except Refused as refusal:
        return to_book_page(request, chosen, refusal)
    return redirect("batch", batch.pk)


@role_required(*AT_DESK)
@require_GET
def batches(request: HttpRequest) -> HttpResponseBase:
    """The batches of everybody, the newest first; the list alone, or an empty 204, for a page that asks for news."""
    if wants_csv(request):
        return csv_response("batches", head_of_batches(), cells_of_batches(recent_rows(every_batch())))
    page = Paginator(every_batch(), PAGE).get_page(request.GET.get("page"))
    rows = recent_rows(page.object_list)
    version = list_version(rows)
    if _shows(request, version):
        return HttpResponse(status=204)
    going_on = any(row.progress.goes_on for row in rows)
    name = "scheduling/_batches.html" if request.htmx else "scheduling/batches.html"  # type: ignore[attr-defined]
    return render(request, name, {"page": page, "rows": rows, "version": version, "going_on": going_on})


def _shows(request: HttpRequest, version: str) -> bool:
    """Whether a page that asks for news shows this version already."""
    form = SeenForm(request.GET)
    return bool(request.htmx) and form.is_valid() and form.cleaned_data["seen"] == version  # type: ignore[attr-defined]


@role_required(*AT_DESK)
@require_GET
def batch(request: HttpRequest, pk: int) -> HttpResponseBase:
    """How far a batch has come, and what became of each of its plans."""
    if wants_csv(request):
        found = get_object_or_404(every_batch(), pk=pk)
        return csv_response(f"batch-{pk}", head_of_batch(), cells_of_batch(line_rows(found, timezone.now())))
    return _unchanged(request, pk) or _page(request, pk)


def _unchanged(request: HttpRequest, pk: int) -> HttpResponse | None:
    """For a page that asks whether a colleague has booked on: an empty 204 when nothing has changed."""
    if not request.htmx:  # type: ignore[attr-defined]
        return None
    found = get_object_or_404(every_batch(), pk=pk)
    return HttpResponse(status=204) if _shows(request, progress_of(found).version) else None


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def batch_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Books the next plan and, for htmx, answers with the batch as it then stands, which asks for the one after it."""
    found = get_object_or_404(every_batch(), pk=pk)
    if request.method == "GET":
        return redirect("batch", pk)
    assert isinstance(request.user, User)
    by_itself = bool(request.htmx)  # type: ignore[attr-defined]
    done = book_next(batch=found, by=request.user, now=timezone.now(), most=1 if by_itself else AT_ONCE)
    if by_itself:
        return _page(request, pk, said=became_words(done[-1]) if done else "")
    return redirect("batch", pk)


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def batch_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Leaves unbooked what still waits in a batch."""
    found = get_object_or_404(every_batch(), pk=pk)
    if request.method == "POST":
        assert isinstance(request.user, User)
        left = stop_batch(batch=found, by=request.user, now=timezone.now())
        if left:
            words = ngettext("Stopped: %(count)s plan stays unbooked.", "Stopped: %(count)s plans stay unbooked.", left)
            messages.success(request, words % {"count": left})
    return redirect("batch", pk)


@role_required(*AT_DESK)
@require_http_methods(["GET", "POST"])
def batch_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancels all that one line of a batch has booked."""
    line = get_object_or_404(LINES, pk=pk)
    if request.method == "GET":
        return redirect("batch", line.batch_id)
    assert isinstance(request.user, User)
    try:
        freed = take_back(line=line, by=request.user)
    except Refused as refusal:
        return _page(request, line.batch_id, refusal=refusal)
    words = ngettext(
        "%(patient)s: %(count)s appointment is cancelled.", "%(patient)s: %(count)s appointments are cancelled.", freed
    )
    messages.success(request, words % {"patient": line.plan.patient, "count": freed})
    return redirect("batch", line.batch_id)


def _page(request: HttpRequest, pk: int, said: str = "", refusal: Refused | None = None) -> HttpResponse:
    """The batch as it stands now; with `said` about the last line the page goes on by itself."""
    found = get_object_or_404(every_batch(), pk=pk)
    progress = progress_of(found)
    context = {
        "batch": found,
        "made_at": timezone.localtime(found.made_at),
        "progress": progress,
        "rows": line_rows(found, timezone.now()),
        "said": said,
        "refusal": refusal,
        "goes_on_alone": bool(said) and progress.goes_on,
    }
    name = "scheduling/_batch.html" if request.htmx else "scheduling/batch.html"  # type: ignore[attr-defined]
    return render(request, name, context, status=422 if refusal else 200)
