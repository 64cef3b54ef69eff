"""What every administration page of ours keeps to: an address typed wrongly is no crash, and history is only read."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from simple_history.admin import SimpleHistoryAdmin

LONGEST_KEY = 18  # digits that fit the key of a row on both databases


def is_key(text: object) -> bool:
    """Whether `text`, from an address or a form, can be the key of a row."""
    return str(text).isdecimal() and len(str(text)) <= LONGEST_KEY


class SoundAutocomplete(AutocompleteSelect):
    """Django's own choice by search, which breaks when a form comes back with what is no key of a row."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        return super().optgroups(name, [key for key in value if is_key(key)], attr)


class ClinicAdmin(admin.ModelAdmin):
    """A list whose filters in the address may hold anything: year 1, a NUL, a number of a hundred digits."""

    list_per_page = 50

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", SoundAutocomplete(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        try:
            return super().changelist_view(request, extra_context)
        except (OverflowError, ValueError, DataError):
            if request.method != "GET" or ERROR_FLAG in request.GET:
                raise
            # As Django does for a filter it does not know: the list without filters, and a line that says so.
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")


class HistoryAdmin(SimpleHistoryAdmin, ClinicAdmin):
    """The pages of a model with history. What was is never written again: it would pass by every service."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not is_key(object_id):
            raise Http404
        # The package is not typed, and the exclusion of such calls does not reach through `super()`.
        response: HttpResponse = super().history_view(  # type: ignore[no-untyped-call]
            request, object_id, extra_context
        )
        return response

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        if not is_key(object_id) or not is_key(version_id):
            raise Http404
        response: HttpResponse = super().history_form_view(  # type: ignore[no-untyped-call]
            request, object_id, version_id, extra_context
        )
        return response


class LookedAt(ClinicAdmin):
    """Written by a service only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline):
    """Rows that are only looked at."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
