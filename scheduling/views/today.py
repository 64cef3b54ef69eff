"""The day board: who comes, who waits, who is being treated, and what needs somebody."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from clinic.desk import desk_of, keep_desk, reads_desk
from clinic.models import User
from clinic.roles import AT_DESK, Role, has_role, role_required
from clinic.spreadsheets import csv_response, wants_csv
from scheduling.forms.times import FIRST_YEAR, LAST_YEAR
from scheduling.forms.tracking import EVERY_NEED, SHOW_CANCELLED, DayForm
from scheduling.models import Appointment, Status
from scheduling.selectors.appointments import appointments_for_page
from scheduling.selectors.board import Board, board_of
from scheduling.selectors.board_rows import day_version, read_lost
from scheduling.selectors.needs import needs_of
from scheduling.selectors.setting_up import desk_with_lacks
from scheduling.selectors.sheets import cells_of, head_of_lines, lines_of
from scheduling.views.following import following
from scheduling.views.no_site import no_site_page

# After these something is to be done at once for the same patient.
FOLLOWED = (Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class Said:
    """What the page answers to a press: a sentence, and the appointment when the step can be taken back."""

    words: str
    refused: bool = False
    undo: Appointment | None = None


@reads_desk
@role_required(*Role)
@require_safe
def today(request: HttpRequest) -> HttpResponseBase:
    """The board of today, or of the day in the address; the page, its board alone for htmx, or the list as a file."""
    form = DayForm(request.GET)
    if form.is_valid() and wants_csv(request):
        return _file(request, form.cleaned_data)
    if form.is_valid():
        return _news(request, form.cleaned_data) or day_page(request, form.cleaned_data)
    known = {name: form.cleaned_data.get(name) for name in form.fields}
    words = " ".join(str(error) for errors in form.errors.values() for error in errors)
    return day_page(request, known, Said(words, refused=True), status=422)


def _file(request: HttpRequest, chosen: dict[str, Any]) -> HttpResponseBase:
    site = desk_of(request)
    if site is None:
        return redirect("today")
    now = timezone.now()
    day = chosen["day"] or timezone.localdate(now, site.zone)
    lines = lines_of(site, day, day, now, cancelled=chosen["show"] == SHOW_CANCELLED)
    return csv_response(f"{day:%Y-%m-%d}", head_of_lines(), map(cells_of, lines))


def _news(request: HttpRequest, chosen: dict[str, Any]) -> HttpResponse | None:
    """For the board that asks for news: an empty 204 when there are none; a whole new page once its day is over."""
    site = desk_of(request) if request.htmx and chosen["seen"] else None  # type: ignore[attr-defined]
    if site is None:
        return None
    now = timezone.now()
    here = timezone.localdate(now, site.zone)
    day = chosen["day"] or here
    if day != here and _follows(request):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return HttpResponse(status=204) if chosen["seen"] == day_version(site, day, now) else None


def _follows(request: HttpRequest) -> bool:
    """Whether the page on the screen was opened as that of today, whatever day that is: its address names none."""
    address = request.htmx.current_url_abs_path  # type: ignore[attr-defined]
    return bool(address) and not QueryDict(address.partition("?")[2]).get("day")


def day_page(request: HttpRequest, chosen: dict[str, Any], said: Said | None = None, status: int = 200) -> HttpResponse:
    """Draws the day that a clean DayForm chose, with what there is to say about the last press."""
    now = timezone.now()
    site, lacks = desk_with_lacks(cast(User, request.user), now)
    administers = has_role(request.user, Role.ADMINISTRATOR)
    if site is None:
        return no_site_page(request)
    keep_desk(request, site)
    here = timezone.localdate(now, site.zone)
    day = chosen.get("day") or here
    lost = read_lost(site, day, now)
    board = board_of(site, day, now, lost)
    every_need = chosen.get("needs") == EVERY_NEED
    context = {
        "board": board,
        "heading": _heading(day, here),
        "short_heading": capfirst(date_format(day, "D j b" if day.year == here.year else "D j b Y")),
        "days": _days(day, here),
        "as_of": timezone.localtime(now, site.zone),
        "needs": needs_of(site, day, now, lost, approves=has_role(request.user, Role.DOCTOR), every=every_need),
        "every_need": every_need,
        "lane": _lane_on_phone(request, board, chosen.get("who")),
        "lacks": lacks,
        "administers": administers,
        "tracks": has_role(request.user, *AT_DESK),
        "with_cancelled": chosen.get("show") == SHOW_CANCELLED,
        # Looked up once: a reverse for each of hundreds of cards would cost more than drawing them.
        "appointments": reverse("appointment", args=[0]).removesuffix("0/"),
        **_addresses(board, chosen | {"day": day, "seen": None}),
        "poll": day_address(chosen | {"day": day, "seen": board.version}),
        "said": said,
        "given": _given(chosen.get("given"), now, back=day_address(chosen | {"day": day, "seen": None})),
    }
    template = "scheduling/_board.html" if request.htmx else "scheduling/today.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=status)


def day_address(chosen: dict[str, Any], **changes: Any) -> str:
    """The address of the board with what is chosen on it."""
    told = {name: value for name, value in (chosen | changes).items() if value and name in DayForm.base_fields}
    return f"{reverse('today')}?{urlencode(told)}" if told else reverse("today")


def _addresses(board: Board, chosen: dict[str, Any]) -> dict[str, Any]:
    """The board's own address, and those that change one thing about it."""
    other = None if chosen.get("show") else SHOW_CANCELLED
    return {
        "address": day_address(chosen),
        "cancelled_address": day_address(chosen, show=other),
        "needs_address": day_address(chosen, needs=EVERY_NEED),
        "close_address": day_address(chosen, given=None),
        "file_address": _file_address(chosen),
        "switch": [{"lane": lane, "address": day_address(chosen, who=lane.pk)} for lane in board.lanes],
    }


def _file_address(chosen: dict[str, Any]) -> str:
    told = {name: chosen[name] for name in ("day", "show") if chosen.get(name)}
    return f"{reverse('today')}?{urlencode(told | {'format': 'csv'})}"


def _heading(day: date, here: date) -> str:
    return capfirst(date_format(day, "l j F" if day.year == here.year else "l j F Y"))


def _days(day: date, here: date) -> dict[str, str]:
    """The addresses of the days around; nothing beyond the years the board knows."""
    around = {"previous": day - timedelta(days=1), "today": here, "next": day + timedelta(days=1)}
    known = {name: at for name, at in around.items() if FIRST_YEAR <= at.year <= LAST_YEAR}
    return {name: day_address({"day": at if at != here else None}) for name, at in known.items()}


def _lane_on_phone(request: HttpRequest, board: Board, who: int | None) -> int:
    """The one column a phone shows: the chosen one, else the signed-in practitioner's own, else the first."""
    own = [lane.pk for lane in board.lanes if lane.user == request.user.pk]
    chosen = [lane.pk for lane in board.lanes if lane.pk == who]
    return next(iter([*chosen, *own, *(lane.pk for lane in board.lanes)]), 0)


def _given(pk: int | None, now: datetime, back: str) -> dict[str, Any] | None:
    """What follows the sitting that has just been given, missed or cancelled; nothing for any other appointment."""
    done = appointments_for_page().filter(pk=pk, status__in=FOLLOWED).first() if pk else None
    return following(done, now, back=back) if done else None
