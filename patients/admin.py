"""Patients in Django admin, under the rules of the desk's own form."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.admin_base import HistoryAdmin
from patients.forms import FIELDS, PatientForm
from patients.models import Patient
from patients.selectors import matching
from patients.services import ChangedMeanwhile, CodeTaken, change_patient, create_patient
from patients.typed import take_apart


@admin.register(Patient)
class PatientAdmin(HistoryAdmin):
    """Patients: found as on the patients' page, saved by the same services."""

    form = PatientForm
    list_display = ("surname", "given_name", "birth_date", "sex", "codice_fiscale", "phone")
    list_display_links = ("surname", "given_name")
    list_filter = ("sex", "created_at")
    date_hierarchy = "birth_date"
    search_fields = ("search",)
    search_help_text = gettext_lazy("Names in any order, phone, codice fiscale, birth date")
    list_per_page = 50
    fields = (*FIELDS, "somebody_else", "version")
    exclude = ("version",)  # the model's own, not editable: the form has its hidden twin

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Patient], search_term: str
    ) -> tuple[QuerySet[Patient], bool]:
        """The search of the patients' page, also behind every autocomplete."""
        text = search_term.replace("\x00", "")
        if not text.strip():
            return queryset, False
        return queryset & matching(take_apart(text, timezone.localdate())).order_by(), False

    def save_model(self, request: HttpRequest, obj: Patient, form: PatientForm, change: bool) -> None:
        if change:
            saved = change_patient(patient=obj, version=form.cleaned_data["version"], **form.values())
        else:
            saved = create_patient(**form.values())
        obj.pk, obj.version = saved.pk, saved.version

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form; when somebody else was faster, nothing is saved and the page says so."""
        try:
            response: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        except (ChangedMeanwhile, CodeTaken):
            messages.error(
                request, _("Somebody else saved this patient meanwhile: nothing was changed. Look and try again.")
            )
            return HttpResponseRedirect(request.get_full_path())
        return response
