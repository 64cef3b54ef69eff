"""The three roles, as groups, and the guard in front of every view. The matrix is written in docs/security.md."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Role(StrEnum):
    """A group somebody belongs to; its value is the group's name."""

    RECEPTION = "reception"
    DOCTOR = "doctor"
    ADMINISTRATOR = "administrator"


AT_DESK = (Role.RECEPTION, Role.DOCTOR)
"""Who books, moves and receives."""

LABELS: dict[Role, Promise | str] = {
    Role.RECEPTION: _("Reception"),
    Role.DOCTOR: _("Doctor"),
    Role.ADMINISTRATOR: _("Administrator"),
}


def roles_of(user: Any) -> frozenset[Role]:
    """The roles of `user`, read once per object; a superuser is an administrator."""
    if not hasattr(user, "_roles"):
        names = set(user.groups.values_list("name", flat=True)) if user.is_authenticated else set()
        if user.is_superuser:
            names.add(Role.ADMINISTRATOR)
        user._roles = frozenset(role for role in Role if role in names)
    roles: frozenset[Role] = user._roles
    return roles


def has_role(user: Any, *roles: Role) -> bool:
    """Whether `user` has at least one of `roles`."""
    return not roles_of(user).isdisjoint(roles)


View = Callable[..., HttpResponseBase]


def _why_not(user: Any) -> str:
    """What to tell somebody who may not open a page: nothing special, unless their account is in no group at all."""
    if user.groups.exists():
        return ""
    return gettext(
        "This account has no role in the clinic. An administrator gives it one: Administration, Users, Roles."
    )


def role_required(*roles: Role) -> Callable[[View], View]:
    """Lets a view through to those with one of `roles`; everybody else gets a 403 page."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not has_role(request.user, *roles):
                raise PermissionDenied(_why_not(request.user))
            return view(request, *args, **kwargs)

        return guarded

    return guard
