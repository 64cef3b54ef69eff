"""What a doctor decides when approving a protocol."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from scheduling.models import AftercareLine

ADVICE = "advice_"


class ApproveForm(forms.Form):
    """The content that was read, and for aftercare lines that disagree the one that patients will be given."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(
        self, data: Any = None, *, seen: str, disputed: dict[str, list[AftercareLine]], titles: dict[str, str]
    ) -> None:
        super().__init__(data, initial={"seen": seen})
        for topic, lines in disputed.items():
            self.fields[f"{ADVICE}{topic}"] = forms.TypedChoiceField(
                label=_("These lines disagree: which one will patients be given?"),
                choices=[(line.pk, f"{line.text} ({titles.get(line.source, line.source)})") for line in lines],
                coerce=int,
                widget=forms.RadioSelect,
            )

    @property
    def kept(self) -> list[int]:
        """The lines chosen, by their keys."""
        return [value for name, value in self.cleaned_data.items() if name.startswith(ADVICE)]
