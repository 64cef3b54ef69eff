"""Ways back: the page somebody came from, carried through every step until something is booked; that of an act."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext as _

from clinic.roles import View
from clinic.ways import own_address


def pressed_on(page: str, *kept: str) -> Callable[[View], View]:
    """Lets only a press (POST) through to an act; whoever opens its address is led to the page it is pressed on.

    They come there from a page that refused, when they choose another language, or by the address bar. `kept` are the
    parts of the address that name the page as well.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **parts: Any) -> HttpResponseBase:
            if request.method == "POST":
                return view(request, *args, **parts)
            return redirect(page, **{name: parts[name] for name in kept})

        return guarded

    return guard


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
