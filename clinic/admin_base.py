"""What every administration page of ours keeps to: an address typed wrongly is no crash, and history is only read."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from simple_history.admin import SimpleHistoryAdmin

LONGEST_KEY = 19  # digits of the largest key a database holds


class SoundAutocomplete(AutocompleteSelect):
    """Django's own choice by search, which breaks when a form comes back with what is no key of a row."""

    def optgroups(self, name: str, value: list[str], attr: Any = None) -> Any:
        keys = [key for key in value if str(key).isdecimal() and len(str(key)) < LONGEST_KEY]
        return super().optgroups(name, keys, attr)


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
            # As Django does for a filter it does not know: the list without filters, and a line that says so.
            return HttpResponseRedirect(f"{request.path}?e=1")


class HistoryAdmin(SimpleHistoryAdmin, ClinicAdmin):
    """The pages of a model with history. What was is never written again: it would pass by every service."""

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        response: HttpResponse = super().history_form_view(request, object_id, version_id, extra_context)
        return response
