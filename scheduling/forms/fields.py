"""What several forms have in common: ids, versions, days."""

from django import forms

LARGEST_ID = 2**63 - 1


def date_input() -> forms.DateInput:
    """A field for a day as browsers draw one."""
    return forms.DateInput({"type": "date"}, format="%Y-%m-%d")


def put_focus(form: forms.Form) -> None:
    """Puts the cursor into the first wrong field, or into the first field when nothing is wrong."""
    shown = [field for field in form if not field.is_hidden]
    first = next((field for field in shown if field.errors), shown[0])
    form.fields[first.name].widget.attrs["autofocus"] = True


def version_field() -> forms.IntegerField:
    """The version somebody saw of what they change; 0 when there was nothing yet."""
    return forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=LARGEST_ID)
