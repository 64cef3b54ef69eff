"""Ways back: the page somebody came from, carried in the address through every step until something is booked."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext as _

from clinic.ways import own_address


def target_of(request: HttpRequest) -> str:
    """Where the person came from, as the path of a page of ours; nothing for any other address."""
    return own_address(request, request.POST.get("next") or request.GET.get("next", ""))


def carried(request: HttpRequest) -> str:
    """Where to go back to, as the query of the next step; nothing when that is not known."""
    target = target_of(request)
    return f"?{urlencode({'next': target})}" if target else ""


def here(request: HttpRequest, page: str, *left_out: str) -> str:
    """The page with what this request's address asks of it, but for the names left out."""
    asked = request.GET.copy()
    for name in left_out:
        asked.pop(name, None)
    return f"{page}?{asked.urlencode()}" if asked else page


def back_from_booking(request: HttpRequest, words: str, plan_page: str) -> HttpResponse:
    """Says what was booked and goes back to where the person began, with a link to the plan; else to the plan."""
    target = target_of(request) or plan_page
    if target.partition("?")[0] == plan_page:
        messages.success(request, words)
    else:
        messages.success(request, format_html('{} <a href="{}">{}</a>', words, plan_page, _("To the plan")))
    return redirect(target)
