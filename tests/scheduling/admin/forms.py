"""Administration forms as a browser would send them back."""

from typing import Any

from django.forms.widgets import Input
from django.http import HttpResponse
from django.test import Client

Data = dict[str, Any]


def filled(response: HttpResponse) -> Data:
    """Everything the page's forms hold, ready to be posted unchanged."""
    context = response.context
    data: Data = dict(_fields(context["adminform"].form))
    for inline in context["inline_admin_formsets"]:
        data |= dict(_fields(inline.formset.management_form))
        for form in inline.formset.forms:
            data |= dict(_fields(form))
    return data


def _fields(form: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for bound in form:
        widget = bound.field.widget
        parts = widget.decompress(bound.value()) if hasattr(widget, "decompress") else None
        if parts is not None:
            rendered = widget.get_context(bound.html_name, bound.value(), {})["widget"]["subwidgets"]
            found += [(part["name"], part["value"] or "") for part in rendered]
        elif isinstance(value := bound.value(), bool):
            found += [(bound.html_name, "on")] if value else []
        else:
            # A date is written as the page writes it.
            written = widget.format_value(value) if isinstance(widget, Input) else value
            names = [bound.html_name] + [bound.html_initial_name] * bound.field.show_hidden_initial
            found += [(name, "" if written is None else written) for name in names]
    return found


def errors(response: HttpResponse) -> str:
    """All that the page says is wrong."""
    context = response.context
    said = [str(context["adminform"].form.errors)]
    for inline in context["inline_admin_formsets"]:
        said += [str(form.errors) for form in inline.formset.forms] + [str(inline.formset.non_form_errors())]
    return " ".join(said)


def save(client: Client, url: str, **changed: Any) -> HttpResponse:
    """Opens the form at `url`, changes what is named (None takes a field away), and posts it."""
    data = filled(client.get(url)) | {name.replace("__", "-"): value for name, value in changed.items()}
    return client.post(url, {name: value for name, value in data.items() if value is not None})
