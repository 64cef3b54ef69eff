"""What every page of the desk shows while the clinic has no site."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from clinic.context import label_of
from clinic.roles import Role, has_role


def no_site_page(request: HttpRequest) -> HttpResponse:
    """The page under its own title, with what an administrator has to do first."""
    context = {"heading": label_of(request) or _("Today"), "administers": has_role(request.user, Role.ADMINISTRATOR)}
    return render(request, "scheduling/no_site.html", context)
