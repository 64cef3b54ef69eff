"""Sheets as PDF files, where WeasyPrint and the libraries of the machine it needs are there."""

from functools import cache
from pathlib import Path
from types import ModuleType

from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

SHEET = "build/paper.css"


@cache
def pdf_maker() -> ModuleType | None:
    """WeasyPrint, or None where it is not installed or the machine lacks Pango."""
    # Imported on first use: it takes half a second, and fails with OSError where Pango is missing.
    try:
        import weasyprint
    except (ImportError, OSError):
        return None
    return weasyprint


def wants_pdf(request: HttpRequest) -> bool:
    """Whether a sheet is asked for as a PDF file (`?format=pdf`) on a machine that can make one."""
    return request.GET.get("format") == "pdf" and can_make_pdf()


def can_make_pdf() -> bool:
    """Whether this machine has what a PDF needs; without it the browser's own printing is all there is."""
    return pdf_maker() is not None


def pdf_response(name: str, html: str) -> HttpResponse:
    """`html`, a page without its own styles, as the file `name`.pdf in A4.

    Raises ImproperlyConfigured when the style sheet was not built, or when `can_make_pdf` says no.
    """
    weasyprint, sheet = pdf_maker(), finders.find(SHEET)
    if weasyprint is None or not isinstance(sheet, str):
        raise ImproperlyConfigured("A PDF needs WeasyPrint and the built style sheet (docs/operations.md).")
    # What a sheet shows was typed by people: only the style sheet's own fonts are read, nothing from the network.
    fetcher = weasyprint.URLFetcher(allowed_protocols=("file",))
    style = weasyprint.CSS(filename=Path(sheet), url_fetcher=fetcher)
    body = weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(stylesheets=[style])
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response
