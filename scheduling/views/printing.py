"""Pages made for paper: the day, the week, a patient's cycle card, and whom to call."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clinic.desk import desk_of
from clinic.paper import can_make_pdf, pdf_response, wants_pdf
from clinic.roles import AT_DESK, Role, role_required
from scheduling.forms.printing import PrintForm
from scheduling.models import Site
from scheduling.selectors.cards import card_of
from scheduling.selectors.plans import plans_with_people
from scheduling.selectors.sheets import by_day, grouped, lines_of, week_of
from scheduling.selectors.worklists import plans_to_call, to_book_rows
from scheduling.views.no_site import no_site_page


@role_required(*Role)
@require_safe
def print_day(request: HttpRequest) -> HttpResponse:
    """The day sheet: a page of paper for each practitioner, or for each room."""
    site, context = _begin(request)
    if site is None:
        return no_site_page(request)
    day = context["day"]
    by_room = context["by_room"]
    lines = lines_of(site, day, day, context["now"])
    context["sheets"] = grouped(lines, (lambda line: line.room) if by_room else (lambda line: line.practitioner))
    context["heading"] = capfirst(date_format(day, "l j F Y"))
    return _sheet(request, "day", context, f"day-{day}")


@role_required(*Role)
@require_safe
def print_week(request: HttpRequest) -> HttpResponse:
    """The week from Monday to Sunday, day by day."""
    site, context = _begin(request)
    if site is None:
        return no_site_page(request)
    first, last = week_of(context["day"])
    context["days"] = by_day(lines_of(site, first, last, context["now"]))
    words = {"first": date_format(first, "j F"), "last": date_format(last, "j F Y")}
    context["heading"] = _("Week %(first)s – %(last)s") % words
    return _sheet(request, "week", context, f"week-{first}")


@role_required(*Role)
@require_safe
def print_card(request: HttpRequest, pk: int) -> HttpResponse:
    """The card a patient takes home: all dates of the cycle, what to do after a sitting, whom to call."""
    plan = get_object_or_404(plans_with_people(), pk=pk)
    now = timezone.now()
    context = {"plan": plan, "card": card_of(plan, now), "printed": timezone.localtime(now, plan.site.zone)}
    return _sheet(request, "card", context, f"cycle-card-{plan.pk}")


@role_required(*AT_DESK)
@require_safe
def print_calls(request: HttpRequest) -> HttpResponse:
    """Whom to call: who has sittings to book and may be contacted, soonest closing window first, with room to write."""
    site, context = _begin(request)
    if site is None:
        return no_site_page(request)
    context["rows"] = to_book_rows(plans_to_call(), context["now"])
    return _sheet(request, "calls", context, f"call-list-{context['day']}")


def _begin(request: HttpRequest) -> tuple[Site | None, dict[str, Any]]:
    """The site of the desk, the cleaned address, and what every sheet says: its day, and when it was printed."""
    site, form, now = desk_of(request), PrintForm(request.GET), timezone.now()
    here = timezone.localtime(now, site.zone if site else None)
    told = form.told()
    context = {
        "site": site,
        "day": told["day"] or here.date(),
        "by_room": told["by"] == "room",
        "now": now,
        "printed": here,
        "refused": form.sentence(),
    }
    return site, context


def _sheet(request: HttpRequest, name: str, context: dict[str, Any], file: str) -> HttpResponse:
    """The sheet `name` as a page; as a PDF named `file` when that is asked for and the address can be read."""
    refused, template = context.get("refused"), f"print/{name}.html"
    if wants_pdf(request) and not refused:
        html = render_to_string(template, {**context, "frame": "print/_paper.html"}, request)
        return pdf_response(file, html)
    return render(request, template, {**context, "can_make_pdf": can_make_pdf()}, status=422 if refused else 200)
