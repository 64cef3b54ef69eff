"""Protocols, plans, resources and appointments."""

from scheduling.models.appointments import Appointment, BookingKey, CancelReason, Kind, Reservation, Status
from scheduling.models.moves import Follows, Move, MoveLine
from scheduling.models.plans import Area, PlanArea, PlanPhase, PlanState, Sitting, SittingState, TreatmentPlan
from scheduling.models.preferences import BookingPreference, UnavailableDates
from scheduling.models.protocols import AftercareLine, Phase, Protocol
from scheduling.models.resources import (
    Absence,
    Closure,
    Equipment,
    OpeningHours,
    Practitioner,
    Room,
    Site,
    Skill,
    WorkingHours,
)
from scheduling.models.weighing import BookingWeights, PopularHours

__all__ = [
    "Absence",
    "AftercareLine",
    "Appointment",
    "Area",
    "BookingKey",
    "BookingPreference",
    "BookingWeights",
    "CancelReason",
    "Closure",
    "Equipment",
    "Follows",
    "Kind",
    "Move",
    "MoveLine",
    "OpeningHours",
    "Phase",
    "PlanArea",
    "PlanPhase",
    "PlanState",
    "PopularHours",
    "Practitioner",
    "Protocol",
    "Reservation",
    "Room",
    "Site",
    "Sitting",
    "SittingState",
    "Skill",
    "Status",
    "TreatmentPlan",
    "UnavailableDates",
    "WorkingHours",
]
