"""Protocols of the clinic's own: written here, fixed from the moment a doctor approves them or a plan uses them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from clinic.admin_base import HistoryAdmin
from scheduling.models import AftercareLine, Phase, Protocol
from scheduling.models.indications import FIELDS
from scheduling.models.protocols import Unit
from scheduling.selectors.protocols import GATES
from scheduling.services.protocol_files import LONGEST_GAP
from scheduling.services.protocols import OWN_SOURCE, copy_protocol, is_fixed, make_version, own_sources
from scheduling.services.refusals import Refused


class ProtocolForm(forms.ModelForm):
    """A protocol without its phases and aftercare."""

    fields_of_indication = [(code, words) for code, (words, _choices) in FIELDS.items()]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("fields", self.fields_of_indication), ("gates", list(GATES.items()))):
            if name in self.fields:
                self.fields[name] = forms.MultipleChoiceField(
                    label=self.fields[name].label,
                    choices=choices,
                    required=False,
                    widget=forms.CheckboxSelectMultiple,
                )
        if not self.instance.pk:
            self.initial.setdefault("source", OWN_SOURCE)
            self.initial.setdefault("source_title", _("The clinic's own"))

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        if not self.instance.pk and Protocol.objects.filter(key=key).exists():
            raise ValidationError(_("Another protocol has this key: open it and make a new version."))
        return key


class PhaseForm(forms.ModelForm):
    """One phase; every figure typed here has the clinic as its source."""

    def clean_cadence_options(self) -> list[list[int | str]]:
        options = self.cleaned_data["cadence_options"] or []
        if not isinstance(options, list) or len(options) == 1 or not all(_is_cadence(option) for option in options):
            raise ValidationError(
                _('Write two or more cadences as [[14, "day"], [1, "month"]]: a number from 1 and day, week or month.')
            )
        return options

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("every") and cleaned.get("cadence_options"):
            self.add_error("cadence_options", _("Give either one cadence or several to choose from, not both."))
        return cleaned

    def save(self, commit: bool = True) -> Phase:
        self.instance.sources = own_sources(self.instance.sources, self.instance, self.changed_data)
        saved: Phase = super().save(commit=commit)
        return saved


def _is_cadence(option: Any) -> bool:
    if not isinstance(option, list) or len(option) != 2:
        return False
    every, unit = option
    return type(every) is int and 1 <= every <= LONGEST_GAP and unit in Unit.values


class PhaseFormSet(BaseInlineFormSet):
    """The phases of one protocol together: at least one, each position once, only the last without an end."""

    def clean(self) -> None:
        if any(form.errors for form in self.forms):
            return
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        if not kept:
            raise ValidationError(_("A protocol needs at least one phase."))
        positions: set[int] = set()
        for form in kept:
            position = form.cleaned_data["position"]
            if position in positions:
                form.add_error("position", _("Another phase has this position."))
            positions.add(position)
            if form.cleaned_data["open_ended"] and position != max(f.cleaned_data["position"] for f in kept):
                form.add_error("open_ended", _("Only the last phase can go on until the doctor stops it."))


class FixedWithProtocol(admin.StackedInline):
    """Rows of a protocol, editable as long as it is."""

    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Protocol | None = None) -> bool:
        return not (obj and is_fixed(obj)) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Protocol | None = None) -> bool:
        return not (obj and is_fixed(obj)) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Protocol | None = None) -> bool:
        return not (obj and is_fixed(obj)) and super().has_delete_permission(request, obj)


class PhaseInline(FixedWithProtocol):
    model = Phase
    form = PhaseForm
    formset = PhaseFormSet
    min_num = 1
    readonly_fields = ("sources",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("position", "purpose"),
                    ("count_min", "count_max", "count_default", "open_ended"),
                    ("every", "unit", "cadence_options"),
                    ("early", "late", "minimum_gap"),
                    ("gap_every", "gap_unit"),
                    "sources",
                ),
                "description": gettext_lazy("Leave empty what the source does not say: the plan must fill it."),
            },
        ),
    )


class AftercareInline(FixedWithProtocol):
    model = AftercareLine
    fields = (("position", "topic", "source"), "text_en", "text_it")


@admin.register(Protocol)
class ProtocolAdmin(HistoryAdmin):
    form = ProtocolForm
    change_form_template = "admin/scheduling/protocol/change_form.html"
    list_display = ("name", "key", "version", "source_title", "approved_by", "approved_at", "retired")
    list_filter = ("retired", "approved_at")
    list_select_related = ("approved_by",)
    search_fields = ("key", "name_en", "name_it", "source", "source_title")
    inlines = (PhaseInline, AftercareInline)
    content_fields = (
        "key",
        ("name_en", "name_it"),
        ("summary_en", "summary_it"),
        ("source", "source_title"),
        "fields",
        "gates",
        "follow",
    )

    @admin.display(description=gettext_lazy("protocol"), ordering="name_en")
    def name(self, protocol: Protocol) -> str:
        return protocol.name

    def view_on_site(self, protocol: Protocol) -> str:
        return reverse("protocol", args=[protocol.pk])

    def get_fields(self, request: HttpRequest, obj: Protocol | None = None) -> Any:
        told = ("version", ("approved_by", "approved_at")) if obj else ()
        return (*self.content_fields, "retired", *told)

    def get_readonly_fields(self, request: HttpRequest, obj: Protocol | None = None) -> Any:
        told = ("version", "approved_by", "approved_at")
        if obj is None:
            return told
        content = [name for row in self.content_fields for name in ((row,) if isinstance(row, str) else row)]
        return (*content, *told) if is_fixed(obj) else ("key", *told)

    def has_delete_permission(self, request: HttpRequest, obj: Protocol | None = None) -> bool:
        """One at a time, and only what nobody approved, used or documented: the others are retired."""
        return obj is not None and not is_fixed(obj) and super().has_delete_permission(request, obj)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        protocol = kwargs.get("obj")
        context["fixed"] = bool(protocol and is_fixed(protocol))
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/new-version/", view(require_POST(self.new_version)), name="scheduling_protocol_new_version"),
            path("<int:pk>/copy/", view(self.copy), name="scheduling_protocol_copy"),
        ]
        return [*own, *super().get_urls()]  # type: ignore[no-untyped-call]

    def new_version(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Makes the next version and opens it."""
        protocol = self._to_copy(request, pk)
        try:
            made = make_version(protocol=protocol)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect("admin:scheduling_protocol_changelist")
        messages.success(request, _("Version %(version)s is yours to edit.") % {"version": made.version})
        return redirect("admin:scheduling_protocol_change", made.pk)

    def copy(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks for a key, makes the copy and opens it."""
        protocol = self._to_copy(request, pk)
        form = KeyForm(request.POST or None)
        if form.is_valid():
            try:
                made = copy_protocol(protocol=protocol, key=form.cleaned_data["key"])
            except Refused as refusal:
                form.add_error("key", refusal.message)
            else:
                messages.success(request, _("The copy is yours to edit."))
                return redirect("admin:scheduling_protocol_change", made.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "protocol": protocol,
            "form": form,
            "title": _("Make a copy of %(protocol)s") % {"protocol": protocol},
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/scheduling/protocol/copy.html", context, status=status)

    def _to_copy(self, request: HttpRequest, pk: int) -> Protocol:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return get_object_or_404(Protocol, pk=pk)


class KeyForm(forms.Form):
    """The key of a copy."""

    key = forms.SlugField(
        label=gettext_lazy("Key of the copy"),
        max_length=60,
        help_text=gettext_lazy("Small letters, digits and hyphens, e.g. our-weekly-cycle."),
    )
