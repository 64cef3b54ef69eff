"""The person. Nothing here knows of plans or appointments."""

from patients.models import lookups as lookups
from patients.models.person import Patient

__all__ = ["Patient"]
