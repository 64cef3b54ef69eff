"""From a protocol to a plan: fill what the source leaves open, date the sittings, save, propose, approve, stop."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from clinic.models import User
from scheduling.engine.cadence import default_minimum_gap, default_tolerance
from scheduling.engine.duration import Extent, sitting_minutes
from scheduling.engine.protocol import due_sittings
from scheduling.engine.terms import DueSitting
from scheduling.models import (
    Area,
    Phase,
    PlanArea,
    PlanPhase,
    PlanState,
    Protocol,
    Sitting,
    SittingState,
    TreatmentPlan,
)
from scheduling.services.refusals import Refused, Stale
from scheduling.services.sittings import refresh_windows

# The product's own: what a large area adds to its minutes (domain: "a large extent adds more").
LARGE_EXTENT_MINUTES = 5

TRANSITIONS: dict[str, frozenset[str]] = {
    PlanState.DRAFT: frozenset({PlanState.PROPOSED, PlanState.STOPPED}),
    PlanState.PROPOSED: frozenset({PlanState.APPROVED, PlanState.DRAFT, PlanState.STOPPED}),
    PlanState.APPROVED: frozenset({PlanState.RUNNING, PlanState.PAUSED, PlanState.STOPPED}),
    PlanState.RUNNING: frozenset({PlanState.PAUSED, PlanState.STOPPED, PlanState.COMPLETED}),
    # A booked sitting may be given while the plan rests, and be its last.
    PlanState.PAUSED: frozenset({PlanState.RUNNING, PlanState.APPROVED, PlanState.COMPLETED, PlanState.STOPPED}),
    PlanState.COMPLETED: frozenset(),
    PlanState.STOPPED: frozenset(),
}


def suggested_phase(phase: Phase) -> PlanPhase:
    """An unsaved plan phase filled from the protocol's; what the source leaves open stays None, for the doctor."""
    cadence = phase.cadence
    tolerance = phase.tolerance or (default_tolerance(cadence) if cadence else None)
    fixed = phase.count_min if phase.count_min == phase.count_max else None
    figures = {
        "count": phase.count_default or fixed,
        "every": phase.every,
        "early": tolerance.early if tolerance else None,
        "late": tolerance.late if tolerance else None,
        "minimum_gap": phase.minimum_gap or (default_minimum_gap(cadence) if cadence else None),
    }
    return PlanPhase(
        position=phase.position,
        purpose=phase.purpose,
        count_min=phase.count_min,
        count_max=phase.count_max,
        open_ended=phase.open_ended,
        unit=phase.unit,
        gap_every=phase.gap_every,
        gap_unit=phase.gap_unit,
        **figures,
    )


def dated(phases: Sequence[PlanPhase], start: date) -> tuple[DueSitting, ...]:
    """The sittings of `phases` from `start` with ideal dates and windows; Refused beyond the calendar's end."""
    try:
        return due_sittings([phase.spec for phase in phases], start)
    except ValueError as error:
        message = _("These dates run beyond the calendar: start earlier or plan fewer sittings.")
        raise Refused(message, "start_date") from error


def planned_minutes(areas: Sequence[tuple[Area, str]], grid: int) -> int:
    """Minutes of one sitting by the number and extent of its areas, rounded up to the grid (source 004).

    The two areas that the base covers are the longest ones, in whatever order they were ticked.
    """
    longest_first = sorted(areas, key=lambda chosen: -chosen[0].extra_minutes)
    told = [(area.extra_minutes, Extent(extent)) for area, extent in longest_first]
    return sitting_minutes(told, grid, LARGE_EXTENT_MINUTES)


def departures(protocol: Protocol, phases: Sequence[PlanPhase]) -> list[str]:
    """Where `phases` leave what the protocol's source states, a sentence each; any of them needs a written reason.

    So does a gap under half the cadence, which is the product's own rule.
    """
    stated = {phase.position: phase for phase in protocol.phases.all()}
    found = []
    for phase in phases:
        origin = stated[phase.position]
        name = capfirst(phase.get_purpose_display())
        low, high = origin.count_min, origin.count_max
        if (low and phase.count < low) or (high and phase.count > high):
            found.append(
                _("%(phase)s: the source says %(range)s sittings.") % {"phase": name, "range": _range(low, high)}
            )
        if not _cadence_is_stated(origin, phase):
            found.append(_("%(phase)s: the source states another cadence.") % {"phase": name})
        if phase.minimum_gap < (origin.minimum_gap or default_minimum_gap(phase.spec.cadence)):
            found.append(_("%(phase)s: sittings closer than half the cadence.") % {"phase": name})
    return found


def _range(low: int | None, high: int | None) -> str:
    return str(low) if low == high else f"{low or ''}-{high or ''}"


def _cadence_is_stated(origin: Phase, phase: PlanPhase) -> bool:
    """Whether the chosen cadence is the source's or one of its options; a silent source leaves any choice open."""
    chosen = [phase.every, phase.unit]
    if origin.every:
        return chosen == [origin.every, origin.unit]
    return not origin.cadence_options or chosen in [list(option) for option in origin.cadence_options]


def save_plan(
    *,
    plan: TreatmentPlan,
    phases: Sequence[PlanPhase],
    areas: Sequence[tuple[Area, str]],
    by: User,
    version: int | None = None,
) -> TreatmentPlan:
    """Writes a new plan, or anew a draft or proposed one, with its phases, areas and dated sittings.

    `version` is the one the person saw (None for a new plan). Raises Stale when somebody saved in between, and
    Refused when the plan leaves its protocol without a reason, treats an area that may not be injected, or is approved.
    A new plan whose form was sent twice at once is saved once, and returned to both.
    """
    _check_choices(plan, phases, areas)
    sittings = dated(phases, plan.start_date)
    plan.minutes = planned_minutes(areas, plan.site.grid_minutes)
    if plan.pk is None:
        return _saved_once(plan, phases, areas, sittings, by)
    with transaction.atomic():
        _check_editable(plan, version)
        plan.sittings.all().delete()
        plan.phases.all().delete()
        plan.areas.all().delete()
        plan.version += 1
        plan.save()
        _write_parts(plan, phases, areas, sittings)
    return plan


def _saved_once(
    plan: TreatmentPlan,
    phases: Sequence[PlanPhase],
    areas: Sequence[tuple[Area, str]],
    sittings: Sequence[DueSitting],
    by: User,
) -> TreatmentPlan:
    plan.created_by = by
    try:
        with transaction.atomic():
            plan.save()
            _write_parts(plan, phases, areas, sittings)
    except IntegrityError:
        twin = TreatmentPlan.objects.filter(form_key=plan.form_key).first() if plan.form_key else None
        if twin is None:
            raise
        return twin
    return plan


def _check_choices(plan: TreatmentPlan, phases: Sequence[PlanPhase], areas: Sequence[tuple[Area, str]]) -> None:
    if plan.protocol.retired and not plan.pk:
        raise Refused(_("This protocol is retired: choose another."), "protocol")
    if not phases:
        raise Refused(_("This protocol has no phases: an administrator adds them first."))
    if not plan.reason.strip() and (found := departures(plan.protocol, phases)):
        raise Refused(_("%(departures)s Write the doctor's reason.") % {"departures": " ".join(found)}, "reason")
    for area, _extent in areas:
        if not area.injectable:
            raise Refused(_("%(area)s: %(note)s") % {"area": area, "note": area.note}, "areas")


def _check_editable(plan: TreatmentPlan, version: int | None) -> None:
    now_stored = TreatmentPlan.objects.select_for_update().get(pk=plan.pk)
    if now_stored.version != version:
        raise Stale(_("Somebody else saved this plan while you were editing it."))
    if now_stored.state not in (PlanState.DRAFT, PlanState.PROPOSED):
        raise Refused(_("This plan is approved: it can no longer be edited."))


def _write_parts(
    plan: TreatmentPlan, phases: Sequence[PlanPhase], areas: Sequence[tuple[Area, str]], sittings: Sequence[DueSitting]
) -> None:
    for phase in phases:
        phase.pk, phase.plan = None, plan
    saved = PlanPhase.objects.bulk_create(phases)
    PlanArea.objects.bulk_create([PlanArea(plan=plan, area=area, extent=extent) for area, extent in areas])
    bulk_create_with_history([sitting_row(plan, saved[due.phase], due) for due in sittings], Sitting)


def sitting_row(plan: TreatmentPlan, phase: PlanPhase, due: DueSitting) -> Sitting:
    """The unsaved row of one due sitting."""
    return Sitting(
        plan=plan,
        phase=phase,
        number=due.number,
        gap=due.gap,
        ideal=due.ideal,
        earliest=due.earliest,
        latest=due.latest,
    )


def propose_plan(*, plan: TreatmentPlan, now: datetime, version: int | None = None) -> TreatmentPlan:
    """Puts a draft on the list of plans that wait for a doctor."""
    return _move(plan, PlanState.PROPOSED, version, proposed_at=now)


def approve_plan(*, plan: TreatmentPlan, by: User, now: datetime, version: int | None = None) -> TreatmentPlan:
    """A doctor approves, and the sittings may be booked. A diagnosis comes first (sources 000, 001, 004)."""
    with transaction.atomic():
        stored = _locked(plan, PlanState.APPROVED, version)
        prescriber = stored.prescriber or getattr(by, "practitioner", None)
        if not stored.indication or not stored.diagnosis.strip():
            raise Refused(_("Write the diagnosis first: it comes before the choice of treatment."), "diagnosis")
        if prescriber is None:
            raise Refused(_("Choose the prescribing doctor first."), "prescriber")
        if stored.protocol.approved_at is None:
            sentence = _("A doctor of the clinic approves the protocol before its first use: open it and approve it.")
            raise Refused(sentence)
        return _moved(stored, PlanState.APPROVED, approved_by=by, approved_at=now, prescriber=prescriber)


def return_plan(*, plan: TreatmentPlan, version: int | None = None) -> TreatmentPlan:
    """Gives a proposed plan back to be changed."""
    return _move(plan, PlanState.DRAFT, version)


def pause_plan(*, plan: TreatmentPlan, version: int | None = None) -> TreatmentPlan:
    """Lets a plan rest: nothing new is booked until it goes on."""
    return _move(plan, PlanState.PAUSED, version)


def resume_plan(*, plan: TreatmentPlan, version: int | None = None) -> TreatmentPlan:
    """Lets a paused plan go on."""
    begun = plan.sittings.exclude(state=SittingState.DUE).exists()
    return _move(plan, PlanState.RUNNING if begun else PlanState.APPROVED, version)


def stop_plan(*, plan: TreatmentPlan, reason: str, version: int | None = None) -> TreatmentPlan:
    """Ends a plan before its last sitting. Booked sittings must be cancelled first, so that nobody comes in vain."""
    if not reason.strip():
        raise Refused(_("Write why the plan stops."), "reason")
    with transaction.atomic():
        stored = _locked(plan, PlanState.STOPPED, version)
        if stored.sittings.filter(state=SittingState.BOOKED).exists():
            raise Refused(_("Sittings of this plan are still booked: cancel them first."))
        return _moved(stored, PlanState.STOPPED, stop_reason=reason.strip())


def skip_sitting(*, sitting: Sitting, reason: str, version: int | None = None) -> TreatmentPlan:
    """Leaves out a sitting without a slot, for a doctor's written reason; the others keep their dates.

    A sitting missed before a later one was given has no day left: skipped, it no longer holds the rest up. A plan of
    which nothing is left to give is completed.
    """
    if not reason.strip():
        raise Refused(_("Write why the sitting is skipped."), "reason")
    with transaction.atomic():
        plan = TreatmentPlan.objects.select_for_update().get(pk=sitting.plan_id)
        check_seen(plan, version)
        stored = plan.sittings.get(pk=sitting.pk)
        if stored.state != SittingState.DUE or not (plan.is_bookable or plan.state == PlanState.PAUSED):
            raise Refused(_("Only a sitting without a slot, of a plan that goes on, can be skipped."))
        stored.state, stored.skip_reason = SittingState.SKIPPED, reason.strip()
        stored.save()
        states = {row.state for row in refresh_windows(plan)}
        if SittingState.COMPLETED in states <= {SittingState.COMPLETED, SittingState.SKIPPED}:
            plan.state = PlanState.COMPLETED
        plan.version += 1
        plan.save()
    return plan


def _move(plan: TreatmentPlan, to: str, version: int | None, **changes: object) -> TreatmentPlan:
    """One step of the plan's state."""
    with transaction.atomic():
        return _moved(_locked(plan, to, version), to, **changes)


def _locked(plan: TreatmentPlan, to: str, version: int | None) -> TreatmentPlan:
    """The row as it is now, for a step to `to` that is allowed; Stale when it is no longer the `version` seen."""
    stored = TreatmentPlan.objects.select_for_update().get(pk=plan.pk)
    check_seen(stored, version)
    if to not in TRANSITIONS[stored.state]:
        sentence = _("A plan that is %(now)s cannot become %(then)s.")
        raise Refused(sentence % {"now": stored.get_state_display(), "then": PlanState(to).label})
    return stored


def check_seen(stored: TreatmentPlan, version: int | None) -> None:
    """Stale when `stored` is no longer the version the person saw; None is not compared."""
    if version is not None and stored.version != version:
        raise Stale(_("Somebody else changed this plan: here it is as it stands now."))


def _moved(stored: TreatmentPlan, to: str, **changes: object) -> TreatmentPlan:
    stored.state = to
    for name, value in changes.items():
        setattr(stored, name, value)
    stored.version += 1
    stored.save()
    return stored
