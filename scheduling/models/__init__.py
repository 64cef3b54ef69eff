"""Protocols, plans, resources and appointments."""

from scheduling.models.appointments import Appointment, BookingKey, CancelReason, Kind, Reservation, Status
from scheduling.models.batches import Batch, BatchLine, LineState
from scheduling.models.busy import BusyMask, ResourceKind
from scheduling.models.moves import Follows, Move, MoveLine
from scheduling.models.plans import Area, PlanArea, PlanPhase, PlanState, Sitting, SittingState, TreatmentPlan
from scheduling.models.preferences import BookingPreference, UnavailableDates
from scheduling.models.protocols import AftercareLine, Phase, Protocol
from scheduling.models.ranges import RangeChoice, RangeDecision
from scheduling.models.recalls import Channel, CycleRepeat, DoNotContact, Outcome, RecallAttempt
from scheduling.models.resources import (
    Absence,
    Closure,
    Equipment,
    ExtraHours,
    OpeningHours,
    Practitioner,
    Room,
    Site,
    Skill,
    WorkingHours,
)
from scheduling.models.waiting import Answer, EarlierWish, FreedSlot, SlotOffer
from scheduling.models.weighing import BookingWeights, PopularHours

__all__ = [
    "Absence",
    "AftercareLine",
    "Answer",
    "Appointment",
    "Area",
    "Batch",
    "BatchLine",
    "BookingKey",
    "BookingPreference",
    "BookingWeights",
    "BusyMask",
    "CancelReason",
    "Channel",
    "Closure",
    "CycleRepeat",
    "DoNotContact",
    "EarlierWish",
    "Equipment",
    "ExtraHours",
    "Follows",
    "FreedSlot",
    "Kind",
    "LineState",
    "Move",
    "MoveLine",
    "OpeningHours",
    "Outcome",
    "Phase",
    "PlanArea",
    "PlanPhase",
    "PlanState",
    "PopularHours",
    "Practitioner",
    "Protocol",
    "RangeChoice",
    "RangeDecision",
    "RecallAttempt",
    "Reservation",
    "ResourceKind",
    "Room",
    "Site",
    "Sitting",
    "SittingState",
    "Skill",
    "SlotOffer",
    "Status",
    "TreatmentPlan",
    "UnavailableDates",
    "WorkingHours",
]
