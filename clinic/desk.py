"""The clinic's sites and the one the desk works at, asked for once in a request: all that it passes shares them."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest
from django.utils import timezone

from scheduling.models import Site

View = TypeVar("View", bound=Callable[..., Any])


def sites_of(request: HttpRequest) -> list[Site]:
    """Every site by its name. One query for each request."""
    if not hasattr(request, "sites"):
        request.sites = list(Site.objects.all())  # type: ignore[attr-defined]
    sites: list[Site] = request.sites  # type: ignore[attr-defined]
    return sites


def desk_of(request: HttpRequest) -> Site | None:
    """The site the desk works at, the first by name (one is the usual clinic); nothing while there is none."""
    if not hasattr(request, "desk"):
        keep_desk(request, next(iter(sites_of(request)), None))
    site: Site | None = request.desk  # type: ignore[attr-defined]
    return site


def keep_desk(request: HttpRequest, site: Site | None) -> None:
    """Keeps the site for the rest of the request, which from now on tells days and times on its clock."""
    request.desk = site  # type: ignore[attr-defined]
    if site:
        timezone.activate(site.zone)


def reads_desk(view: View) -> View:
    """Marks a view that reads the site together with more, and keeps it: it is not asked for before."""
    view.reads_desk = True  # type: ignore[attr-defined]
    return view
