"""The Italian tax code: what it says about its owner, and whether that agrees with what was typed."""

import re
from dataclasses import dataclass
from datetime import date

from codicefiscale import codicefiscale
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

CODE_LENGTH = 16
SHAPE = re.compile(rf"[A-Z0-9]{{{CODE_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Reading:
    """A valid code and what it says. The code has two digits for the year: its century is our reading of it."""

    code: str
    birth_date: date
    sex: str
    birthplace: str

    def agrees_with_birth(self, born: date) -> bool:
        """Whether somebody born on `born` can have this code, whatever the century."""
        said = self.birth_date
        return (said.day, said.month, said.year % 100) == (born.day, born.month, born.year % 100)


def compact(text: str) -> str:
    """`text` without blanks and in capitals, as codes are kept."""
    return "".join(text.split()).upper()


def read_code(text: str, today: date) -> Reading:
    """Reads a codice fiscale, also one of those changed because two people had the same; ValidationError when wrong.

    The birth date is the latest one before or on `today` (local) that fits the code.
    """
    code = compact(text)
    if not SHAPE.fullmatch(code):
        raise ValidationError(_("A codice fiscale has 16 letters and digits."), code="shape")
    try:
        said = codicefiscale.decode(code)
    except ValueError as error:
        raise ValidationError(_why_wrong(code), code="invalid") from error
    born = said["birthdate"].date()
    if born > today:
        born = born.replace(year=born.year - 100)
    return Reading(code, born, said["gender"], said["birthplace"]["name"])


def _why_wrong(code: str) -> str:
    """The sentence for a code of the right length that cannot be read."""
    if codicefiscale.encode_cin(code) != code[-1]:
        return _("This codice fiscale is mistyped: its last letter does not fit the rest.")
    return _("This codice fiscale says a birth date or a place that does not exist.")
