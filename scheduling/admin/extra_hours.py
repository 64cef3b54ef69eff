"""Hours on one day beyond the weekly ones."""

from typing import Any

from django import forms
from django.contrib import admin

from clinic.admin_base import HistoryAdmin
from scheduling.forms.times import DATE_LIMITS
from scheduling.models import ExtraHours


class ExtraHoursForm(forms.ModelForm):
    """Hours on one day, which a clinic can mean."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "day" in self.fields:
            self.fields["day"].validators.extend(DATE_LIMITS)


@admin.register(ExtraHours)
class ExtraHoursAdmin(HistoryAdmin):
    form = ExtraHoursForm
    list_display = ("practitioner", "day", "starts", "ends", "site")
    list_filter = ("day", "site", "practitioner")
    list_select_related = ("practitioner", "site")
    search_fields = ("practitioner__name",)
    autocomplete_fields = ("practitioner", "site")
