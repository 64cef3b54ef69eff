"""The calendar: a page that is a list by itself and drawn by the browser where it can be, and the feed of that."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from clinic.desk import sites_of
from clinic.roles import AT_DESK, role_required
from clinic.spreadsheets import csv_response, wants_csv
from scheduling.forms.calendar import CalendarForm, choice_of
from scheduling.forms.times import FIRST_YEAR, LAST_YEAR
from scheduling.models import Kind, Site, Status
from scheduling.selectors.board_cards import CSS
from scheduling.selectors.calendar import calendar_of, groups_of
from scheduling.selectors.calendar_feed import feed_of
from scheduling.selectors.calendar_terms import By, Calendar, Choice, View
from scheduling.selectors.placing import undo_of
from scheduling.selectors.sheets import cells_of, head_of_lines, lines_of
from scheduling.views.following import follow_address
from scheduling.views.no_site import no_site_page

SHOWN = (Status.RESERVED, Status.BOOKED, Status.ARRIVED, Status.IN_TREATMENT, Status.COMPLETED, Status.NO_SHOW)


@role_required(*AT_DESK)
@require_GET
def calendar(request: HttpRequest) -> HttpResponseBase:
    """A day or a week by practitioner, room or site, with every appointment and the acts on it; its list as a file."""
    form = CalendarForm(request.GET)
    told = form.told()
    sites = sites_of(request)
    if not sites:
        return no_site_page(request)
    now = timezone.now()
    site = told["site"] or sites[0]
    choice = choice_of(told, site, timezone.localdate(now, site.zone))
    if wants_csv(request) and form.is_valid():
        return _file(choice, sites, now)
    shown = calendar_of(choice, sites, now)
    choice = replace(choice, by=shown.by)
    undo = undo_of(told["moved"], request.user, now) if told["moved"] else None
    context = {
        "calendar": shown,
        "choice": choice,
        "refused": form.sentence(),
        "undo": undo,
        "follow": follow_address(undo.moved, now) if undo else "",
        "heading": heading_of(choice, shown.today),
        "short_heading": heading_of(choice, shown.today, short=True),
        "days": [(day, capfirst(date_format(day, "l j F")), groups_of(shown, day)) for day in shown.days],
        "legend": [(CSS[status], status.label) for status in SHOWN],
        "kinds": [(kind.value, kind.label) for kind in Kind],
        "shape": told["shape"] or "auto",
        "told": _told_words(choice, shown),
        "sites": sites,
        "all_sites": choice.by_asked and choice.by is By.SITE,
        # Looked up once: a reverse for each of hundreds of lines would cost more than drawing them.
        "appointments": reverse("appointment", args=[0]).removesuffix("0/"),
        **_addresses(told, choice, shown),
    }
    context["data"] = _data(choice, shown, now, context["address"])
    return render(request, "scheduling/calendar.html", context, status=422 if form.errors else 200)


def _file(choice: Choice, sites: list[Site], now: datetime) -> HttpResponseBase:
    """The appointments of the list, those of each site after another."""
    kept: dict[str, Any] = {"cancelled": choice.cancelled, "kind": choice.kind, "practitioner": choice.practitioner}
    shown = sites if choice.by is By.SITE else [choice.site]
    lines = [line for site in shown for line in lines_of(site, choice.first, choice.last, now, **kept)]
    days = dict.fromkeys((choice.first.isoformat(), choice.last.isoformat()))
    return csv_response("-".join(["calendar", *days]), head_of_lines(), map(cells_of, lines))


@role_required(*AT_DESK)
@require_GET
def calendar_events(request: HttpRequest) -> JsonResponse:
    """The same calendar as JSON, with the wall times of its site; 422 with a sentence for what cannot be read."""
    form = CalendarForm(request.GET)
    told = form.told()
    sites = sites_of(request)
    if form.errors or not sites:
        return JsonResponse({"said": form.sentence() or _("There is no site yet.")}, status=422)
    now = timezone.now()
    site = told["site"] or sites[0]
    return JsonResponse(feed_of(calendar_of(choice_of(told, site, timezone.localdate(now, site.zone)), sites, now)))


def _told_words(choice: Choice, shown: Calendar) -> list[str]:
    """What of the calendar is left out or put in, in words."""
    who = dict(shown.practitioners).get(choice.practitioner, "")
    kind = str(Kind(choice.kind).label) if choice.kind else ""
    return [words for words in (who, kind, _("with cancelled ones") if choice.cancelled else "") if words]


def heading_of(choice: Choice, today: date, short: bool = False) -> str:
    """The day or the week in words, with the year when it is another one; `short` as a telephone has room for."""
    year = "" if choice.last.year == today.year else " Y"
    weekday, month = ("D", "b") if short else ("l", "F")
    if choice.view is View.DAY:
        return capfirst(date_format(choice.day, f"{weekday} j {month}{year}"))
    first = date_format(choice.first, "j" if choice.first.month == choice.last.month else "j b")
    return _("%(first)s – %(last)s") % {"first": first, "last": date_format(choice.last, f"j {month}{year}")}


def calendar_address(told: dict[str, Any], **changes: Any) -> str:
    """The address of the calendar with what was told, some of it changed."""
    kept = {name: getattr(value, "pk", value) for name, value in (told | changes).items() if value}
    kept.pop("moved", None)
    return f"{reverse('calendar')}?{urlencode(kept)}" if kept else reverse("calendar")


def _addresses(told: dict[str, Any], choice: Choice, shown: Calendar) -> dict[str, Any]:
    """The page's own address, and those that change one thing about it."""
    step = timedelta(days=7 if choice.view is View.WEEK else 1)
    around = {"previous": choice.day - step, "next": choice.day + step}
    known = {name: day for name, day in around.items() if FIRST_YEAR <= day.year <= LAST_YEAR}
    names = {By.PRACTITIONER: _("Practitioners"), By.ROOM: _("Rooms"), By.SITE: _("Sites")}
    views = {View.DAY: (_("Day"), "d"), View.WEEK: (_("Week"), "w")}
    return {
        "address": calendar_address(told),
        "steps": {name: calendar_address(told, date=day) for name, day in known.items()}
        | {"today": calendar_address(told, date=None)},
        "by_links": [(name, calendar_address(told, by=by), by is choice.by) for by, name in names.items()],
        "view_links": [
            (word, key, calendar_address(told, view=view), view is choice.view) for view, (word, key) in views.items()
        ],
        "shape_links": {shape: calendar_address(told, shape=shape) for shape in ("calendar", "list")},
        "cancelled_link": calendar_address(told, show=None if choice.cancelled else "cancelled"),
        "file_link": calendar_address(told, format="csv"),
    }


def _data(choice: Choice, shown: Calendar, now: datetime, address: str) -> dict[str, Any]:
    """What the browser draws from: the feed, and what stays the same while the page is open."""
    offset = f"{timezone.localtime(now, choice.site.zone):%z}"
    return {
        **feed_of(shown),
        "date": choice.day.isoformat(),
        "days": {day.isoformat(): date_format(day, "D j b") for day in shown.days},
        "view": choice.view,
        "by": choice.by,
        "grid": choice.site.grid_minutes,
        "offset": f"{offset[:3]}:{offset[3:]}",
        "locale": get_language(),
        "feed": address.replace(reverse("calendar"), reverse("calendar_events"), 1),
        "open": reverse("appointment", args=[0]),
        "move": reverse("appointment_put", args=[0]),
        "book": reverse("appointment_new"),
        "back": address,
        "follows": "date=" not in address,
        "words": {
            "undo": _("Undo"),
            "signedOut": _("You have been signed out and nothing was changed: sign in, then open the calendar again."),
            "unknown": _("No answer came. Look where it stands now before you try again."),
            "broken": _("That could not be done and nothing was changed: open the calendar again."),
            "unread": _("The calendar could not be read again: it is shown as it was."),
            "otherSite": _("At another site it needs another room: open it and press Move."),
        },
    }
