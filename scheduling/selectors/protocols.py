"""Protocols as pages show them: every figure in words, with where it was read, and where sources disagree."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from scheduling.engine.cadence import Tolerance, default_minimum_gap, default_tolerance
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
    """A figure in words with its source's title; both are empty where the source is silent, and a note says more."""

    label: str
    words: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """A phase with its figures."""

    phase: Phase
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class AdviceRow:
    """An aftercare line, its source, and the lines of other sources that say otherwise."""

    line: AftercareLine
    source: str
    contrary: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ProtocolLine:
    """A protocol in the list: each phase's name with its figures in one phrase, empty where nothing is stated."""

    protocol: Protocol
    phases: tuple[tuple[Phase, str], ...]


@dataclass(frozen=True, slots=True)
class ProtocolPage:
    """All that the page of one protocol shows."""

    protocol: Protocol
    source_number: str
    fields: tuple[str, ...]
    gates: tuple[str, ...]
    phases: tuple[PhaseRow, ...]
    advice: tuple[AdviceRow, ...]
    versions: tuple[Protocol, ...]


def protocol_lines() -> list[ProtocolLine]:
    """Every version that plans may be made from, or that waits for a doctor. Two queries."""
    phases = Prefetch("phases", Phase.objects.order_by("position"))
    shown = Protocol.objects.filter(retired=False).select_related("approved_by").prefetch_related(phases)
    return [
        ProtocolLine(protocol, tuple((phase, _phrase(phase)) for phase in protocol.phases.all())) for protocol in shown
    ]


def _phrase(phase: Phase) -> str:
    return ", ".join(words for words in (count_words(phase), cadences_words(phase)) if words)


def protocol_page(protocol: Protocol) -> ProtocolPage:
    """One version, every figure and line with its source. Five queries."""
    titles = source_titles()
    # Its own source is named in full once, and by its number beside each figure.
    short = {**titles, protocol.source: source_number(protocol) or protocol.source_title}
    others = Protocol.objects.filter(key=protocol.key).exclude(pk=protocol.pk)
    return ProtocolPage(
        protocol,
        source_number(protocol),
        tuple(str(FIELDS[field][0]) for field in protocol.fields if field in FIELDS),
        tuple(str(GATES[gate]) for gate in protocol.gates if gate in GATES),
        tuple(PhaseRow(phase, _figures(phase, short)) for phase in protocol.phases.all()),
        tuple(advice_rows(protocol, titles, short)),
        tuple(others),
    )


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


def source_number(protocol: Protocol) -> str:
    """The number by which docs/clinical-sources.md lists a protocol's source; empty for any other source."""
    number = protocol.source.partition("_")[0]
    return _("source %(number)s") % {"number": number} if number.isdecimal() else ""


def _figures(phase: Phase, titles: dict[str, str]) -> tuple[Figure, ...]:
    doctor = _("the doctor fills it in for each plan")

    def figure(name: str, label: str, words: str, note: str) -> Figure:
        source = str(phase.sources.get(name, "")) if words else ""
        return Figure(label, words, titles.get(source, source), "" if words else note)

    found = (
        figure("open_ended" if phase.open_ended else "count", _("Sittings"), count_words(phase), doctor),
        figure("cadence", _("Interval"), cadences_words(phase), doctor),
        figure("tolerance", _("Days early or late"), tolerance_words(phase.tolerance), _own_tolerance(phase)),
        figure("minimum_gap", _("Never closer than"), days_words(phase.minimum_gap), _own_gap(phase)),
    )
    if phase.position == 1:
        return found
    gap = cadence_words(phase.gap_every, phase.gap_unit)
    return (*found, figure("gap_before", _("After the phase before"), gap, _("plans take the interval of this phase")))


def _own_tolerance(phase: Phase) -> str:
    if not phase.cadence:
        return _("plans take this product's own, by the interval chosen")
    return _("plans start from %(days)s, this product's own") % {
        "days": tolerance_words(default_tolerance(phase.cadence))
    }


def _own_gap(phase: Phase) -> str:
    if not phase.cadence:
        return _("plans take half the interval, this product's own")
    return _("plans start from %(days)s, this product's own") % {"days": days_words(default_minimum_gap(phase.cadence))}


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


def tolerance_words(tolerance: Tolerance | None) -> str:
    """Days early and late in words; empty where the cadence decides them."""
    return _("%(early)s early, %(late)s late") % {"early": tolerance.early, "late": tolerance.late} if tolerance else ""


def advice_rows(protocol: Protocol, titles: dict[str, str], short: dict[str, str]) -> list[AdviceRow]:
    """The aftercare of a protocol, each line beside what other sources say on the same topic."""
    lines = list(protocol.aftercare.all())
    others = _other_lines({line.topic for line in lines if line.topic}, protocol)
    return [
        AdviceRow(line, short.get(line.source, line.source), _contrary(line, [*lines, *others], titles))
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
