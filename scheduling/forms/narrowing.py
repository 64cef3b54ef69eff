"""What a list is narrowed to, in words, for the button that its filters fold behind on a telephone."""

from typing import Any

from django import forms


def narrowed_words(form: forms.Form) -> list[str]:
    """What is chosen in a form of filters, field by field: "Window: has closed"; nothing of what is usual or unread."""
    form.is_valid()
    chosen = []
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        if value not in field.empty_values and value != field.initial:
            chosen.append(f"{field.label}: {_words(field, value)}")
    return chosen


def _words(field: forms.Field, value: Any) -> str:
    """A clean value as its field shows it; a row speaks for itself."""
    choices: Any = () if isinstance(field, forms.ModelChoiceField) else getattr(field, "choices", ())
    return next((str(words) for key, words in choices if str(key) == str(value)), str(value))
