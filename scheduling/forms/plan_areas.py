"""The areas a plan treats: a box and an extent for each; what may not be injected says why."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from scheduling.models import Area, PlanArea
from scheduling.models.plans import Extent


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area of the form; without a box where it may not be injected, for the reason in its note."""

    area: Area
    box: forms.BoundField | None
    extent: forms.BoundField | None


class AreasForm(forms.Form):
    """Every area of the clinic with its extent, medium unless said otherwise."""

    def __init__(self, data: Any = None, *, areas: Collection[Area], chosen: Collection[PlanArea] = ()) -> None:
        super().__init__(data)
        self.areas = areas
        extents = {area.area_id: area.extent for area in chosen}
        for area in areas:
            if not area.injectable:
                continue
            name, said = capfirst(str(area)), _("Extent of %(area)s") % {"area": area}
            self.fields[f"area-{area.pk}"] = forms.BooleanField(
                label=name,
                required=False,
                initial=area.pk in extents,
                widget=forms.CheckboxInput({"class": "form-check-input"}),
            )
            self.fields[f"extent-{area.pk}"] = forms.ChoiceField(
                label=said,
                choices=Extent.choices,
                initial=extents.get(area.pk, Extent.MEDIUM),
                required=False,
                widget=forms.Select({"class": "form-select form-select-sm", "aria-label": said}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for area in self.areas:
            if not area.injectable and f"area-{area.pk}" in self.data:
                self.add_error(None, _("%(area)s: %(note)s") % {"area": capfirst(str(area)), "note": area.note})
        return cleaned

    def rows(self) -> Iterator[AreaRow]:
        """The areas in order, as the page lists them."""
        for area in self.areas:
            if area.injectable:
                yield AreaRow(area, self[f"area-{area.pk}"], self[f"extent-{area.pk}"])
            else:
                yield AreaRow(area, None, None)

    def chosen(self) -> list[tuple[Area, str]]:
        """The areas ticked, with their extents; only of a valid form."""
        ticked = [area for area in self.areas if self.cleaned_data.get(f"area-{area.pk}")]
        return [(area, self.cleaned_data[f"extent-{area.pk}"] or Extent.MEDIUM) for area in ticked]
