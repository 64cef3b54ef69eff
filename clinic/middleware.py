"""What every request passes through: login, language, names, caches, a page that says when nothing could be saved."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control

from clinic.desk import desk_of
from clinic.views import session_expired
from patients.naming import names_as

GetResponse = Callable[[HttpRequest], HttpResponse]


def stored_nowhere(get_response: GetResponse) -> GetResponse:
    """Keeps every answer out of caches: what is on it is nothing for the next person at this screen, or for a proxy."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response

    return middleware


def user_language(get_response: GetResponse) -> GetResponse:
    """Speaks the language the user chose, else the browser's best among ours."""

    def middleware(request: HttpRequest) -> HttpResponse:
        language = getattr(request.user, "language", "") or translation.get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    return middleware


def patients_names(get_response: GetResponse) -> GetResponse:
    """Shows patients by their names, or by initials to those who chose that for the screen they work at."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with names_as(initials_only=getattr(request.user, "initials_only", False)):
            return get_response(request)

    return middleware


class DeskClock:
    """Tells days and times on the clock of the desk's site, also where nobody names a zone: a page shows one clock."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(None):  # what the request sets ends with it
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase], view_args: Any, view_kwargs: Any
    ) -> None:
        if request.user.is_authenticated and not getattr(view_func, "reads_desk", False):
            desk_of(request)


class SignedIn(LoginRequiredMiddleware):
    """Every page needs a login. What was typed while a session ended is kept, not sent after the sign-in page."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        to_sign_in = super().process_view(request, view_func, view_args, view_kwargs)
        if to_sign_in and request.method == "POST":
            return session_expired(request)
        if to_sign_in and request.htmx:  # type: ignore[attr-defined]
            return HttpResponse(headers={"HX-Refresh": "true"})
        return to_sign_in


class NotSaved:
    """Answers 503 "not saved, try again" when the database is unreachable, locked or full."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            # Reads the session and the user: what fails in here, and not in a view, Django answers with a 500.
            request.user.get_username()
        except (DatabaseError, InterfaceError) as error:
            answer = self.process_exception(request, error)
            if answer is None:
                raise
            return answer
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, OperationalError | InterfaceError) or _disk_full(exception):
            language = getattr(request, "LANGUAGE_CODE", "") or translation.get_language_from_request(request)
            with translation.override(language):
                # Without the request: the context processors would ask the same database again.
                return HttpResponse(render_to_string("503.html"), status=503)
        return None


def _disk_full(exception: Exception) -> bool:
    return isinstance(exception, DatabaseError) and "full" in str(exception).lower()
