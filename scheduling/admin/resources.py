"""Sites, practitioners, rooms, equipment and their time."""

import dataclasses
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from clinic.admin_base import ClinicAdmin, HistoryAdmin
from scheduling.engine.rules import Weights
from scheduling.forms.times import DATE_LIMITS, WallTimeField, aware_local
from scheduling.models import (
    Absence,
    BookingWeights,
    Closure,
    Equipment,
    OpeningHours,
    PopularHours,
    Practitioner,
    Room,
    Site,
    Skill,
    WorkingHours,
)


class HoursFormSet(BaseInlineFormSet):
    """Weekly hours typed together: no two rows may overlap."""

    def clean(self) -> None:
        super().clean()
        rows = [form for form in self.forms if form.is_valid() and form.has_changed() | bool(form.instance.pk)]
        kept = [form for form in rows if not form.cleaned_data.get("DELETE") and form.cleaned_data]
        for place, form in enumerate(kept):
            for other in kept[:place]:
                if hours_overlap(form.instance, other.instance):
                    form.add_error("starts", _("These hours overlap %(other)s.") % {"other": other.instance})
                    break


def hours_overlap(one: Any, other: Any) -> bool:
    """Whether two rows of weekly hours share any minute of any week."""
    if one.weekday != other.weekday or one.starts >= other.ends or other.starts >= one.ends:
        return False
    return _valid_together(one, other) if isinstance(one, WorkingHours) else True


def _valid_together(one: WorkingHours, other: WorkingHours) -> bool:
    first_ends_in_time = one.valid_until is None or one.valid_until >= other.valid_from
    other_ends_in_time = other.valid_until is None or other.valid_until >= one.valid_from
    return first_ends_in_time and other_ends_in_time


class OpeningHoursInline(admin.TabularInline):
    model = OpeningHours
    formset = HoursFormSet
    extra = 1


class RoomInline(admin.TabularInline):
    model = Room
    extra = 0


class EquipmentInline(admin.TabularInline):
    model = Equipment
    extra = 0


class PopularHoursInline(admin.TabularInline):
    model = PopularHours
    formset = HoursFormSet
    extra = 1
    show_change_link = True


class BookingWeightsInline(admin.StackedInline):
    """The defaults until one is changed; taking the row away brings them back."""

    model = BookingWeights
    show_change_link = True
    fieldsets = (
        (
            None,
            {
                "fields": (*(field.name for field in dataclasses.fields(Weights)), "useful_minutes"),
                "description": gettext_lazy(
                    "Points from 0, does not matter, to 100. Delete them to go back to the defaults."
                ),
            },
        ),
    )


@admin.register(Site)
class SiteAdmin(HistoryAdmin):
    list_display = ("name", "address", "phone", "time_zone", "grid_minutes", "public_holidays")
    list_filter = ("public_holidays",)
    search_fields = ("name", "address")
    inlines = (OpeningHoursInline, RoomInline, EquipmentInline, PopularHoursInline, BookingWeightsInline)


class WorkingHoursForm(forms.ModelForm):
    """Weekly hours, with dates that a clinic can mean."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("valid_from", "valid_until"):
            if name in self.fields:
                self.fields[name].validators.extend(DATE_LIMITS)


class SoleWorkingHoursForm(WorkingHoursForm):
    """A row edited alone, held against the stored ones; rows edited together are held against each other."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if not self.errors and (clash := self.instance.stored_clash()):
            message = _("These hours overlap %(other)s of the same practitioner.") % {"other": clash}
            self.add_error("starts", message)


class WorkingHoursInline(admin.TabularInline):
    model = WorkingHours
    form = WorkingHoursForm
    formset = HoursFormSet
    extra = 1

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Without the buttons to add, change and delete a site in every row."""
        formset = super().get_formset(request, obj, **kwargs)
        widget = formset.form.base_fields["site"].widget
        widget.can_add_related = widget.can_change_related = False
        widget.can_delete_related = widget.can_view_related = False
        return formset


def zone_of_work(practitioner: Practitioner) -> ZoneInfo:
    """The zone of the first site where a practitioner works, else the clinic's own."""
    site = practitioner.sites.first() if practitioner.pk else None
    return site.zone if site else ZoneInfo(timezone.get_default_timezone_name())


class SpanForm(forms.ModelForm):
    """A span of time typed as the clock on the wall shows it, stored as instants."""

    starts = WallTimeField(label=pgettext_lazy("day and time", "From"), widget=AdminSplitDateTime)
    ends = WallTimeField(label=pgettext_lazy("day and time", "Until"), widget=AdminSplitDateTime)

    def __init__(self, *args: Any, zone: ZoneInfo | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        if self.instance.pk:
            here = zone or self._zone_of(self.instance)
            for name in ("starts", "ends"):
                self.initial[name] = timezone.make_naive(getattr(self.instance, name), here)

    def _zone_of(self, place: Any) -> ZoneInfo:
        return place.site.zone if self._meta.model is Closure else zone_of_work(place.practitioner)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "site" not in cleaned and "practitioner" not in cleaned:
            return cleaned  # whose clock is not known: that is said beside its own field
        here = self.zone or self._zone_of(SimpleNamespace(**cleaned))
        for name in ("starts", "ends"):
            if cleaned.get(name):
                try:
                    cleaned[name] = aware_local(cleaned[name], here)
                except forms.ValidationError as error:
                    self.add_error(name, error)
        return cleaned


class AbsenceFormSet(BaseInlineFormSet):
    """The absences that are not over yet, in the zone of the practitioner's first site."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        if not hasattr(self, "zone"):
            self.zone = zone_of_work(self.instance)
        return {**super().get_form_kwargs(index), "zone": self.zone}


class AbsenceInline(admin.TabularInline):
    model = Absence
    form = SpanForm
    formset = AbsenceFormSet
    extra = 0
    verbose_name_plural = gettext_lazy("absences that are not over yet")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Absence]:
        return super().get_queryset(request).filter(ends__gte=timezone.now())


@admin.register(Practitioner)
class PractitionerAdmin(HistoryAdmin):
    list_display = ("name", "user", "works_at", "active")
    list_filter = ("active", "sites", "skills")
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "user__last_name")
    autocomplete_fields = ("user",)
    inlines = (WorkingHoursInline, AbsenceInline)

    @admin.display(description=gettext_lazy("sites"))
    def works_at(self, practitioner: Practitioner) -> str:
        return _names(practitioner.sites.all())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Practitioner]:
        return super().get_queryset(request).prefetch_related("sites")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, widget=forms.CheckboxSelectMultiple, **kwargs)


def _names(things: Iterable[Any]) -> str:
    return ", ".join(str(thing) for thing in things)


@admin.register(Skill)
class SkillAdmin(ClinicAdmin):
    list_display = ("code", "name_en", "name_it")
    search_fields = ("code", "name_en", "name_it")


@admin.register(Room)
class RoomAdmin(HistoryAdmin):
    list_display = ("name", "site", "cleaning_minutes", "active")
    list_filter = ("active", "site")
    list_select_related = ("site",)
    search_fields = ("name", "site__name")
    autocomplete_fields = ("site",)


@admin.register(Equipment)
class EquipmentAdmin(HistoryAdmin):
    list_display = ("name", "delivery", "site", "active")
    list_filter = ("active", "delivery", "site")
    list_select_related = ("site",)
    search_fields = ("name", "site__name")
    autocomplete_fields = ("site",)


@admin.register(PopularHours)
class PopularHoursAdmin(HistoryAdmin):
    list_display = ("site", "weekday", "starts", "ends")
    list_filter = ("weekday", "site")
    list_select_related = ("site",)
    search_fields = ("site__name",)
    autocomplete_fields = ("site",)


@admin.register(BookingWeights)
class BookingWeightsAdmin(HistoryAdmin):
    list_display = ("site", "early", "late", "drift", "off_days", "off_hours", "off_usual_weekday", "off_usual_time")
    list_select_related = ("site",)
    search_fields = ("site__name",)
    autocomplete_fields = ("site",)


@admin.register(WorkingHours)
class WorkingHoursAdmin(HistoryAdmin):
    form = SoleWorkingHoursForm
    list_display = ("practitioner", "weekday", "starts", "ends", "site", "valid_from", "valid_until")
    list_filter = ("weekday", "site", "practitioner")
    list_select_related = ("practitioner", "site")
    search_fields = ("practitioner__name",)
    autocomplete_fields = ("practitioner", "site")


@admin.register(Absence)
class AbsenceAdmin(HistoryAdmin):
    form = SpanForm
    list_display = ("practitioner", "starts", "ends", "reason")
    list_filter = ("starts", "practitioner")
    list_select_related = ("practitioner",)
    search_fields = ("practitioner__name", "reason")
    autocomplete_fields = ("practitioner",)


@admin.register(Closure)
class ClosureAdmin(HistoryAdmin):
    form = SpanForm
    list_display = ("site", "room", "equipment", "starts", "ends", "reason")
    list_filter = ("starts", "site")
    list_select_related = ("site", "room", "equipment")
    search_fields = ("site__name", "room__name", "equipment__name", "reason")
    autocomplete_fields = ("site", "room", "equipment")
