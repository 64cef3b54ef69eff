"""Appointments in Django admin: booked and moved by the booking service, under its rules; never deleted."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinic.admin_base import HistoryAdmin, LookedAt, ReadOnlyInline
from clinic.models import User
from scheduling.forms.times import MinutesField, WallTimeField, aware_local
from scheduling.models import Appointment, BookingKey, Move, MoveLine, Reservation
from scheduling.services.booking import book_appointment, move_appointment
from scheduling.services.refusals import Refused

# The form's name for what the booking service calls otherwise.
FIELDS = {"starts": "when"}
LONGEST_MINUTES = 720


class AppointmentForm(forms.ModelForm):
    """Books a new appointment, or moves one, as the last step of its own validation."""

    by: User  # whoever is signed in: set on the class made for the request

    when = WallTimeField(
        label=pgettext_lazy("day and time", "From"),
        widget=AdminSplitDateTime,
        help_text=_("In the local time of the room."),
    )
    minutes = MinutesField(label=_("Minutes"), most=LONGEST_MINUTES, initial=15)
    seen_version = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1, label=""
    )

    class Meta:
        model = Appointment
        fields = ("patient", "kind", "sitting", "practitioner", "room", "equipment")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance
        if stored.pk:
            self.initial["when"] = timezone.make_naive(stored.starts, stored.room.site.zone)
            self.initial["minutes"] = round((stored.ends - stored.starts).total_seconds() / 60)
            self.initial["seen_version"] = stored.version

    def _post_clean(self) -> None:
        """Books once everything typed is right, so that a refusal stands beside its field like any other mistake."""
        super()._post_clean()  # type: ignore[misc]
        self.appointment = self.instance
        if self.errors or not self.has_changed():
            return
        try:
            self.appointment = self._moved() if self.instance.pk else self._booked()
        except ValidationError as error:
            self.add_error("when", error)
        except Refused as refusal:
            field = FIELDS.get(refusal.field or "", refusal.field)
            self.add_error(field if field in self.fields else None, refusal.message)

    def _booked(self) -> Appointment:
        wanted = self.cleaned_data
        return book_appointment(
            patient=wanted["patient"],
            kind=wanted["kind"],
            sitting=wanted["sitting"],
            practitioner=wanted["practitioner"],
            room=wanted["room"],
            equipment=wanted["equipment"],
            starts=aware_local(wanted["when"], wanted["room"].site.zone),
            minutes=wanted["minutes"],
            by=self.by,
            now=timezone.now(),
        )

    def _moved(self) -> Appointment:
        wanted = self.cleaned_data
        return move_appointment(
            appointment=self.instance,
            practitioner=wanted["practitioner"],
            room=wanted["room"],
            equipment=wanted["equipment"],
            starts=aware_local(wanted["when"], wanted["room"].site.zone),
            minutes=wanted["minutes"],
            by=self.by,
            now=timezone.now(),
            version=wanted["seen_version"] or 0,
        )

    def save(self, commit: bool = True) -> Appointment:
        """The appointment that the service has written."""
        self.save_m2m = self._save_m2m  # type: ignore[method-assign, attr-defined]
        return self.appointment


@admin.register(Appointment)
class AppointmentAdmin(HistoryAdmin):
    form = AppointmentForm
    list_display = ("local_start", "patient", "kind", "practitioner", "room", "equipment", "status")
    list_display_links = ("local_start", "patient")
    list_filter = ("status", "kind", "practitioner", "room", "starts")
    list_select_related = ("patient", "practitioner", "room__site", "equipment")
    search_fields = ("patient__search",)
    ordering = ("-starts", "pk")
    autocomplete_fields = ("patient", "practitioner", "room", "equipment")
    raw_id_fields = ("sitting",)  # chosen from its list: a sitting's number alone does not say whose it is
    booking_fields = ("patient", "kind", "sitting", "practitioner", "room", "equipment", "when", "minutes")
    told_fields = ("status", "cancel_reason", "cancel_note", "note", "arrived_at", "started_at", "finished_at")

    @admin.display(description=_("from"), ordering="starts")
    def local_start(self, appointment: Appointment) -> Any:
        return timezone.make_naive(appointment.starts, appointment.room.site.zone)

    def view_on_site(self, appointment: Appointment) -> str:
        return reverse("appointment", args=[appointment.pk])

    def get_fields(self, request: HttpRequest, obj: Appointment | None = None) -> Any:
        return (*self.booking_fields, *self.told_fields, "seen_version") if obj else self.booking_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Appointment | None = None) -> Any:
        return ("patient", "kind", "sitting", *self.told_fields) if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user  # type: ignore[attr-defined]
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Without a transaction around it: the booking service is one of its own and may have to try it again."""
        response: HttpResponse = self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined]
        return response

    def save_model(self, request: HttpRequest, obj: Appointment, form: Any, change: bool) -> None:
        """Nothing: the form has booked it."""

    def has_delete_permission(self, request: HttpRequest, obj: Appointment | None = None) -> bool:
        return False  # an appointment is cancelled, with a reason, on its own page


@admin.register(BookingKey)
class BookingKeyAdmin(LookedAt):
    list_display = ("key", "made_by", "made_at", "later")
    list_filter = ("made_at",)
    list_select_related = ("made_by",)
    search_fields = ("=key", "made_by__username")


@admin.register(Reservation)
class ReservationAdmin(LookedAt):
    list_display = ("booking", "plan", "plan_version")
    list_select_related = ("booking", "plan__patient", "plan__protocol")


class MoveLineInline(ReadOnlyInline):
    model = MoveLine


@admin.register(Move)
class MoveAdmin(LookedAt):
    list_display = ("booking", "follows", "undone_at", "undone_by")
    list_filter = ("follows", "undone_at")
    list_select_related = ("booking", "undone_by")
    inlines = (MoveLineInline,)
