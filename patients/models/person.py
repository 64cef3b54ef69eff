"""The patient as the clinic knows them."""

import unicodedata

from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField
from simple_history.models import HistoricalRecords

from patients.naming import born_words, short_name, shown_name

# Letters that are no letter with an accent to Unicode, and that people type without.
PLAIN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


def folded(text: str) -> str:
    """`text` in lower case without accents, apostrophes joined and runs of blanks made one: how names are compared."""
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", text.casefold().translate(PLAIN)) if not unicodedata.combining(c)
    )
    return " ".join(plain.replace("'", "").replace("’", "").split())


class Sex(models.TextChoices):
    FEMALE = "F", _("female")
    MALE = "M", _("male")


class Patient(models.Model):
    """A person treated by the clinic. `search` is derived on save and serves finding people on both databases."""

    surname = models.CharField(_("surname"), max_length=80)
    given_name = models.CharField(_("name"), max_length=80)
    birth_date = models.DateField(_("birth date"))
    sex = models.CharField(_("sex"), max_length=1, choices=Sex.choices)
    codice_fiscale = models.CharField(_("codice fiscale"), max_length=16, blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    note = models.TextField(_("note for the desk"), max_length=2000, blank=True, help_text=_("Never clinical."))
    search = models.CharField(max_length=260, editable=False, db_index=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    history = HistoricalRecords(excluded_fields=["search"])

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        ordering = ["surname", "given_name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["codice_fiscale"],
                condition=~models.Q(codice_fiscale=""),
                name="patient_codice_fiscale_once",
                violation_error_message=_("Another patient has this codice fiscale."),
            ),
        ]
        indexes = [models.Index(fields=["birth_date"], name="patient_by_birth")]

    def __str__(self) -> str:
        return shown_name(self.given_name, self.surname)

    def save(self, *args: object, **kwargs: object) -> None:
        digits = "".join(c for c in str(self.phone) if c.isdigit())
        self.search = folded(f"{self.surname} {self.given_name} {self.codice_fiscale} {digits}")[:260]
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def short_name(self) -> str:
        """Initial and surname, for narrow columns."""
        return short_name(self.given_name, self.surname)

    @property
    def full_name(self) -> str:
        """Surname and given name whatever is shown on screen: for files, the patient's own papers, comparing."""
        return f"{self.surname} {self.given_name}"

    @property
    def born(self) -> str:
        """The birth date in figures."""
        return born_words(self.birth_date)

    @property
    def dialled(self) -> str:
        """The telephone as it is dialled in the country, empty without one."""
        return str(getattr(self.phone, "as_national", ""))
