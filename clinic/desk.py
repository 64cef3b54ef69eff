"""The clinic's sites and the one the desk works at, asked for once in a request: all that it passes shares them."""

from django.http import HttpRequest

from scheduling.models import Site


def sites_of(request: HttpRequest) -> list[Site]:
    """Every site by its name. One query for each request."""
    if not hasattr(request, "sites"):
        request.sites = list(Site.objects.all())  # type: ignore[attr-defined]
    sites: list[Site] = request.sites  # type: ignore[attr-defined]
    return sites


def desk_of(request: HttpRequest) -> Site | None:
    """The site the desk works at, the first by name (one is the usual clinic); nothing while there is none."""
    return next(iter(sites_of(request)), None)
