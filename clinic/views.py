"""The pages that belong to no app: home, health, the user's own choices."""

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.models import User
from clinic.roles import AT_DESK, Role, has_role
from clinic.ways import own_address
from scheduling import guard
from scheduling.selectors.setting_up import desk_with_lacks


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Where somebody starts: an administrator in Django admin, everybody else with the day.

    While the clinic cannot book yet, the day also says to the administrator what it lacks.
    """
    user = request.user
    if has_role(user, Role.ADMINISTRATOR) and not has_role(user, *AT_DESK):
        site, lacks = desk_with_lacks(cast(User, user), timezone.now())
        if site and not lacks:
            return redirect("admin:index")
    return redirect("today")


class ChoicesForm(forms.ModelForm):
    """What one user chose for themselves; whatever is not sent is left as it is."""

    class Meta:
        model = User
        fields = ("language", "theme", "initials_only", "single_keys")


@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Keeps what the user chose for themselves, then goes back to where they were."""
    if request.method == "GET":
        return redirect("home")
    assert isinstance(request.user, User)
    kept = {name: getattr(request.user, name) for name in ChoicesForm.Meta.fields}
    form = ChoicesForm({**kept, **request.POST.dict()}, instance=request.user)
    if form.is_valid():
        form.save()
    else:
        messages.error(request, _("That choice does not exist; nothing was changed."))
    return redirect(own_address(request, request.POST.get("next", "")) or "home")


@login_not_required
@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """Says whether the database answers and every no-overlap rule stands; 503 when not."""
    try:
        missing = guard.missing()
    except DatabaseError:
        return JsonResponse({"database": "unreachable"}, status=503)
    return JsonResponse({"database": "ok", "missing_rules": missing}, status=503 if missing else 200)


def session_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answers a form whose session or token no longer fits: nothing is saved, and what was typed can be sent again."""
    if getattr(request, "htmx", None):
        # Among the messages and not where the answer would have gone: what stands there is still the best there is.
        headers = {"HX-Retarget": "#messages", "HX-Reswap": "innerHTML"}
        return HttpResponse(render_to_string("_session_expired.html", request=request), status=403, headers=headers)
    return render(request, "403_csrf.html", {"kept": _typed_here(request)}, status=403)


def _typed_here(request: HttpRequest) -> list[tuple[str, str]]:
    """The names and values of a form of ours; nothing of another site's, for nobody typed that, and no passwords."""
    ours = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    if not ours or any("password" in name for name in request.POST):
        return []
    fields = ((name, str(value)) for name, values in request.POST.lists() for value in values)
    return [(name, value) for name, value in fields if name != "csrfmiddlewaretoken"]
