"""Protocols as pages show them: every figure in words, with where it was read, and where sources disagree."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from scheduling.models import AftercareLine, Phase, Protocol
from scheduling.models.indications import FIELDS

# What comes before the first sitting, with the words for it (sources 000, 001, 002, 003, 004).
GATES: dict[str, Promise | str] = {
    "diagnosis": gettext_lazy("a diagnosis by the doctor"),
    "contraindications": gettext_lazy("contraindications checked"),
    "sensitivity-test": gettext_lazy("a skin sensitivity test to the substances that will be used"),
    "antisepsis": gettext_lazy("antisepsis before, during and after each sitting"),
}
PRODUCT, CLINIC = "product", "clinic"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in words with the title of its source; both empty where the source is silent."""

    words: str
    source: str


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """One line of the table of phases."""

    position: int
    purpose: str
    purpose_label: str
    count: Figure
    cadence: Figure
    tolerance: Figure
    minimum_gap: Figure
    gap_before: Figure


@dataclass(frozen=True, slots=True)
class AdviceRow:
    """An aftercare line, its source, and the lines of other sources that say otherwise."""

    line: AftercareLine
    source: str
    contrary: tuple[tuple[str, str], ...]


def protocols_to_show() -> QuerySet[Protocol]:
    """Every version that plans may be made from, or that waits for a doctor, with all that a list needs."""
    phases = Prefetch("phases", Phase.objects.order_by("position"))
    return Protocol.objects.filter(retired=False).select_related("approved_by").prefetch_related(phases)


def disputed_topics(protocol: Protocol) -> dict[str, list[AftercareLine]]:
    """The aftercare lines of a protocol that disagree among themselves, by topic."""
    topics: dict[str, list[AftercareLine]] = defaultdict(list)
    for line in protocol.aftercare.all():
        if line.topic:
            topics[line.topic].append(line)
    return {topic: lines for topic, lines in topics.items() if len(lines) > 1}


def source_titles() -> dict[str, str]:
    """The title of every source by its file name; of two titles the newest version's."""
    titles = dict(Protocol.objects.order_by("version").values_list("source", "source_title"))
    return {**titles, PRODUCT: _("this product's own"), CLINIC: _("this clinic's own")}


def phase_rows(protocol: Protocol, titles: dict[str, str]) -> list[PhaseRow]:
    """The phases of a protocol, every figure with its source."""
    return [_phase_row(phase, titles) for phase in protocol.phases.all()]


def _phase_row(phase: Phase, titles: dict[str, str]) -> PhaseRow:
    def figure(name: str, words: str) -> Figure:
        source = str(phase.sources.get(name, "")) if isinstance(phase.sources, dict) else ""
        return Figure(words, titles.get(source, source) if words else "")

    return PhaseRow(
        phase.position,
        phase.purpose,
        phase.get_purpose_display(),
        figure("open_ended" if phase.open_ended else "count", count_words(phase)),
        figure("cadence", cadences_words(phase)),
        figure("tolerance", tolerance_words(phase)),
        figure("minimum_gap", days_words(phase.minimum_gap)),
        figure("gap_before", cadence_words(phase.gap_every, phase.gap_unit)),
    )


def count_words(phase: Phase) -> str:
    """The number of sittings of a phase; empty where the source is silent."""
    if phase.open_ended:
        return _("until the doctor stops")
    low, high = phase.count_min, phase.count_max
    if low and high and low != high:
        words = _("%(low)s to %(high)s") % {"low": low, "high": high}
    elif low and not high:
        words = _("at least %(low)s") % {"low": low}
    elif high and not low:
        words = _("at most %(high)s") % {"high": high}
    else:
        words = str(low or "")
    usual = phase.count_default
    if not usual or usual == low == high:
        return words
    return _("%(range)s, usually %(usual)s") % {"range": words, "usual": usual} if words else str(usual)


def cadence_words(every: int | None, unit: str) -> str:
    """An interval in words: every 15 days, every week; empty where the source is silent."""
    if not every:
        return ""
    if unit == "month":
        return ngettext("every month", "every %(every)s months", every) % {"every": every}
    if unit == "week":
        return ngettext("every week", "every %(every)s weeks", every) % {"every": every}
    return ngettext("every day", "every %(every)s days", every) % {"every": every}


def cadences_words(phase: Phase) -> str:
    """The cadence of a phase, or those its source leaves to choose from."""
    if phase.every:
        return cadence_words(phase.every, phase.unit)
    return _(" or ").join(cadence_words(every, unit) for every, unit in phase.cadence_options)


def days_words(days: int | None) -> str:
    """A number of days in words."""
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days} if days else ""


def tolerance_words(phase: Phase) -> str:
    """Days early and late in words; empty where the cadence decides them."""
    if phase.early is None or phase.late is None:
        return ""
    return _("%(early)s early, %(late)s late, in days") % {"early": phase.early, "late": phase.late}


def advice_rows(protocol: Protocol, titles: dict[str, str]) -> list[AdviceRow]:
    """The aftercare of a protocol, each line beside what other sources say on the same topic."""
    lines = list(protocol.aftercare.all())
    others = _other_lines({line.topic for line in lines if line.topic}, protocol)
    return [
        AdviceRow(line, titles.get(line.source, line.source), _contrary(line, [*lines, *others], titles))
        for line in lines
    ]


def _other_lines(topics: Iterable[str], protocol: Protocol) -> list[AftercareLine]:
    found = AftercareLine.objects.filter(topic__in=topics, protocol__retired=False)
    return list(found.exclude(protocol__key=protocol.key).order_by("source", "pk"))


def _contrary(
    line: AftercareLine, lines: Iterable[AftercareLine], titles: dict[str, str]
) -> tuple[tuple[str, str], ...]:
    """What lines on the same topic say otherwise, each once, with its source's title."""
    if not line.topic:
        return ()
    said = {
        other.text: titles.get(other.source, other.source)
        for other in lines
        if other.topic == line.topic and other.text_en != line.text_en
    }
    return tuple(said.items())


def field_words(protocol: Protocol) -> list[str]:
    """The fields of indication of a protocol."""
    return [str(FIELDS[field][0]) for field in protocol.fields if field in FIELDS]


def gate_words(protocol: Protocol) -> list[str]:
    """What a protocol asks for before, or at, its sittings."""
    return [str(GATES[gate]) for gate in protocol.gates if gate in GATES]
