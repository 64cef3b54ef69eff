"""What every request passes through: the user's language, and a page that says so when nothing could be saved."""

from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

GetResponse = Callable[[HttpRequest], HttpResponse]


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


class NotSaved:
    """Answers 503 "not saved, try again" when the database is unreachable, locked or full."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, OperationalError | InterfaceError) or _disk_full(exception):
            # Without the request: the context processors would ask the same database again.
            return HttpResponse(render_to_string("503.html"), status=503)
        return None


def _disk_full(exception: Exception) -> bool:
    return isinstance(exception, DatabaseError) and "full" in str(exception).lower()
