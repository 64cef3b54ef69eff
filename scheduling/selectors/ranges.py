"""Phases with a range of sittings that near their end, and what each decision about one would do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from scheduling.engine.protocol import Follow, rewindow
from scheduling.engine.ranges import NEAR_END, Decision, RangeChoice, Step, decided, to_leave_out, to_move
from scheduling.models import (
    Appointment,
    PlanPhase,
    PlanState,
    Sitting,
    SittingState,
    Status,
    TreatmentPlan,
)
from scheduling.selectors.cycles import dates_of
from scheduling.selectors.ribbon import Ribbon, draw_ribbon
from scheduling.selectors.ribbon_terms import Dot, bands_of

TO_COME = (SittingState.DUE, SittingState.BOOKED)
GOES_ON = (*TreatmentPlan.BOOKABLE, PlanState.PAUSED)


# What a phase is settled at when nothing is to be asked any more: no sitting has such a number.
FOR_GOOD = 32_767


def ranges_to_decide() -> QuerySet[PlanPhase]:
    """Phases with a range that a doctor is asked about: of a plan that goes on, below the range's most, near their end.

    Something of them is given (once the doctor went on: since then), and nothing of a later phase. Every page of a
    doctor counts them, so no row is read that need not be.
    """
    own = Sitting.objects.filter(phase=OuterRef("pk")).order_by()
    # One sitting too many is read and no more: most phases of most plans are far from their end.
    too_many = own.filter(state__in=TO_COME)[NEAR_END : NEAR_END + 1]
    return _ranges().filter(
        Exists(own.filter(state=SittingState.COMPLETED, number__gt=OuterRef("settled"))),
        ~Exists(too_many),
        plan__state__in=GOES_ON,
        count__lt=F("count_max"),
    )


def _ranges() -> QuerySet[PlanPhase]:
    """Phases with a range, after which nothing is given yet."""
    later = Sitting.objects.filter(plan=OuterRef("plan"), phase__position__gt=OuterRef("position"))
    given = later.filter(state=SittingState.COMPLETED).order_by()
    return PlanPhase.objects.filter(~Exists(given), open_ended=False, count_min__lt=F("count_max")).order_by()


def _counted(phases: QuerySet[PlanPhase]) -> QuerySet[PlanPhase]:
    """The phases with their sittings `given` and `planned`; skipped ones never count."""
    given = Q(sittings__state=SittingState.COMPLETED)
    planned = Q(sittings__state__in=(*TO_COME, SittingState.COMPLETED))
    return phases.annotate(given=Count("sittings", filter=given), planned=Count("sittings", filter=planned))


def ranges_to_review() -> QuerySet[PlanPhase]:
    """The same with what a list names, those whose last sitting was planned for soonest first."""
    last = Sitting.objects.filter(phase=OuterRef("pk")).order_by("-number")
    named = _counted(ranges_to_decide()).select_related("plan__patient", "plan__protocol")
    return named.annotate(ends=Subquery(last.values("ideal")[:1])).order_by("ends", "pk")


def range_words(phase: PlanPhase) -> str:
    """How far an open range is, in words: 6 of 8 given; the source says 8-15. Its counts must be loaded."""
    words = _("%(given)s of %(planned)s given; the source says %(range)s")
    counts = {"given": phase.given, "planned": phase.planned}  # type: ignore[attr-defined]
    return words % {**counts, "range": f"{phase.count_min}-{phase.count_max}"}


@dataclass(frozen=True, slots=True)
class RangeRow:
    """One line of the review list: the phase, how far it is in words, and the ideal date of its last sitting."""

    phase: PlanPhase
    words: str
    ends: date


def range_rows() -> list[RangeRow]:
    """What `ranges_to_review` finds, as lines of a list. One query."""
    return [RangeRow(phase, range_words(phase), phase.ends) for phase in ranges_to_review()]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class OpenRange:
    """The range of a plan that a doctor may settle now: counts of sittings, and whether the doctor is asked to.

    `given` and `planned` leave out what was skipped; `fewest` and `most` are the range itself.
    """

    phase: PlanPhase
    given: int
    planned: int
    fewest: int
    most: int
    asked: bool
    has_later: bool

    @property
    def words(self) -> str:
        return range_words(self.phase)


def open_range(plan: TreatmentPlan) -> OpenRange | None:
    """The phase of `plan` to decide about now, if any, in one query. A completed plan may still go on."""
    if plan.state not in (*GOES_ON, PlanState.COMPLETED):
        return None
    later = Sitting.objects.filter(plan=plan, phase__position__gt=OuterRef("position"), state__in=TO_COME)
    asked = ranges_to_decide().filter(pk=OuterRef("pk")).values("pk")
    rows = _counted(_ranges().filter(plan=plan)).order_by("-position")
    rows = rows.exclude(given=0)  # type: ignore[misc]
    phase = rows.annotate(asked=Exists(asked), has_later=Exists(later)).first()
    if phase is None:
        return None
    return OpenRange(
        phase=phase,
        given=phase.given,  # type: ignore[attr-defined]
        planned=phase.planned,  # type: ignore[attr-defined]
        fewest=cast(int, phase.count_min),
        most=cast(int, phase.count_max),
        asked=phase.asked,
        has_later=phase.has_later,
    )


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a decision would do: each sitting before and after, and what stands in its way.

    `rows` are the sittings by the number they have now. `given`, `booked` and `moving` cannot be left out or re-dated.
    """

    decision: Decision
    steps: tuple[Step, ...]
    rows: dict[int, Sitting]
    given: tuple[Sitting, ...]
    booked: tuple[Sitting, ...]
    moving: tuple[Sitting, ...]


def outlook(plan: TreatmentPlan, about: OpenRange, choice: RangeChoice, count: int) -> Outlook:
    """What deciding `choice` (with `count` sittings of the phase in all) would do to `plan`. Three queries."""
    sittings = list(plan.sittings.select_related("phase").order_by("number"))
    rows = {sitting.number: sitting for sitting in sittings}
    story = [dates_of(sitting) for sitting in sittings]
    if choice is RangeChoice.RECALLS:
        own = [sitting for sitting in sittings if sitting.phase_id == about.phase.pk]
        count = sum(sitting.state in (SittingState.COMPLETED, SittingState.BOOKED) for sitting in own)
    decision = Decision(choice, about.phase.position, count)
    leaving = [rows[sitting.number] for sitting in to_leave_out(story, decision)]
    ever = Appointment.objects.filter(sitting__plan=plan).order_by().values_list("sitting__number", flat=True)
    specs = {phase.position: phase.spec for phase in plan.phases.all()}
    steps = decided(story, specs, decision, rule=Follow(plan.follow), remembered=set(ever))
    return Outlook(
        decision=decision,
        steps=steps,
        rows=rows,
        given=tuple(row for row in leaving if row.state == SittingState.COMPLETED),
        booked=tuple(row for row in leaving if row.state == SittingState.BOOKED),
        moving=tuple(rows[sitting.number] for sitting in to_move(steps)),
    )


def appointments_of(sittings: Sequence[Sitting]) -> list[tuple[Sitting, int]]:
    """Some booked sittings, each with the key of its appointment. One query, none for none."""
    if not sittings:
        return []
    rows = Appointment.objects.filter(sitting__in=sittings).exclude(status__in=[Status.CANCELLED, Status.NO_SHOW])
    booked = dict(rows.order_by().values_list("sitting_id", "pk"))
    return [(sitting, booked[sitting.pk]) for sitting in sittings]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One line of before and after: numbers, local ideal dates (nothing when new, or left out), booked day."""

    was_number: int | None
    number: int | None
    phase: PlanPhase
    was: date | None
    becomes: date | None
    booked: date | None


def change_rows(plan: TreatmentPlan, seen: Outlook) -> tuple[ChangeRow, ...]:
    """What a decision changes, in the order of the plan; sittings that keep their ideal date are not told."""
    phases = {phase.position: phase for phase in plan.phases.all()}
    rows = []
    for step in seen.steps:
        was, becomes = step.was, None if step.left_out else step.becomes
        if (was and was.ideal) == (becomes and becomes.ideal):
            continue
        told = was or becomes
        if told and (was is None or not was.skipped):
            rows.append(
                ChangeRow(
                    was_number=was.number if was else None,
                    number=becomes.number if becomes else None,
                    phase=phases[told.phase],
                    was=was.ideal if was else None,
                    becomes=becomes.ideal if becomes else None,
                    booked=told.booked,
                )
            )
    return tuple(rows)


def ribbon_after(plan: TreatmentPlan, seen: Outlook, today: date) -> Ribbon:
    """The plan's ribbon as a decision would make it, at `today` (local)."""
    phases = {phase.position: phase for phase in plan.phases.all()}
    told = [step.becomes for step in seen.steps if step.becomes]
    rows = {step.becomes.number: seen.rows[step.was.number] for step in seen.steps if step.becomes and step.was}
    dots = []
    for sitting, (earliest, latest) in zip(told, rewindow(told), strict=True):
        row = rows.get(sitting.number)
        # New ones are due, and so are those whose slot must go first.
        stands = row is not None and row not in seen.moving
        state = SittingState.SKIPPED if sitting.skipped else row.state if row and stands else SittingState.DUE
        at = sitting.given or sitting.booked if stands else None
        dots.append(Dot(sitting.number, phases[sitting.phase].purpose, sitting.ideal, earliest, latest, at, state))
    for position, phase in phases.items():
        phase.count = sum(sitting.phase == position for sitting in told)
    return draw_ribbon(dots, bands_of(phases.values()), today)
