"""The people who sign in, and what each may do, in Django admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from clinic.admin_base import ClinicAdmin
from clinic.models import User
from clinic.roles import LABELS, Role

admin.site.site_header = _("Cadenza administration")
admin.site.site_title = _("Cadenza administration")
admin.site.index_title = _("Administration")
# The groups are the three roles; they are given on the page of the user.
admin.site.unregister(Group)


class RoleFilter(admin.SimpleListFilter):
    """Those who have a role, by its name in the language of the page and not by that of its group."""

    title = _("roles")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(role.value, label) for role, label in LABELS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


class RolesForm(forms.ModelForm):
    """The roles of a user as ticks."""

    roles = forms.MultipleChoiceField(
        label=capfirst(_("roles")),
        choices=[(role.value, label) for role, label in LABELS.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Reception books and tracks, a doctor prescribes and approves, an administrator works here."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            names = {group.name for group in self.instance.groups.all()}
            self.initial["roles"] = [role.value for role in Role if role in names]


class UserAddForm(RolesForm, AdminUserCreationForm):
    """A new user with a first password."""


class UserEditForm(RolesForm, UserChangeForm):
    """A user as they are."""


@admin.register(User)
class UserAdmin(ClinicAdmin, DjangoUserAdmin):
    """Users and their roles. Only a superuser sees, or changes, superusers."""

    form = UserEditForm
    add_form = UserAddForm
    list_display = ("username", "last_name", "first_name", "roles", "is_active", "last_login")
    list_filter = (RoleFilter, "is_active")
    search_fields = ("username", "last_name", "first_name", "email")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", "roles", "is_active")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("Own choices"), {"fields": ("language", "theme", "initials_only", "single_keys")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("username", "first_name", "last_name", "roles", "usable_password", "password1", "password2")},
        ),
    )

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        names = {group.name for group in user.groups.all()}
        return ", ".join(str(LABELS[role]) for role in Role if role in names)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users = super().get_queryset(request).prefetch_related("groups")
        return users if request.user.is_superuser else users.filter(is_superuser=False)

    def save_model(self, request: HttpRequest, obj: User, form: RolesForm, change: bool) -> None:
        obj.is_staff = obj.is_superuser or Role.ADMINISTRATOR in form.cleaned_data["roles"]
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: RolesForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        chosen = form.cleaned_data["roles"]
        form.instance.groups.set([Group.objects.get_or_create(name=name)[0] for name in chosen])
