"""The site the desk works at, asked for once in a request: views and the shell around every page share it."""

from django.http import HttpRequest

from scheduling.models import Site
from scheduling.selectors.worklists import site_of_the_desk


def desk_of(request: HttpRequest) -> Site | None:
    """The desk's site, or nothing while the clinic has none. One query for each request."""
    if not hasattr(request, "desk"):
        request.desk = site_of_the_desk()  # type: ignore[attr-defined]
    site: Site | None = request.desk  # type: ignore[attr-defined]
    return site
