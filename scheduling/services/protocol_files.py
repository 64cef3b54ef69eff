"""Reads documented protocols from TOML into plain values, or says which file and line is wrong.

Nothing here knows the database, so the migration that loads the shipped protocols can use it too.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scheduling.engine.cadence import Cadence, Unit
from scheduling.engine.terms import PhasePurpose
from scheduling.models.indications import FIELDS
from scheduling.models.protocols import Follow
from scheduling.selectors.protocols import GATES
from scheduling.services.toml_tables import Table, read_table

SHIPPED = Path(__file__).resolve().parent.parent / "protocols"
MOST_SITTINGS = 60
LONGEST_GAP = 366
WIDEST_TOLERANCE = 60
MOST_PHASES = 12
# Each figure of a phase and the fields that hold it; every figure given names its source.
FIGURES = {
    "count": ("count_min", "count_max", "count_default"),
    "cadence": ("every", "unit", "cadence_options"),
    "tolerance": ("early", "late"),
    "minimum_gap": ("minimum_gap",),
    "gap_before": ("gap_every", "gap_unit"),
    "open_ended": ("open_ended",),
}

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ProtocolText:
    """One documented protocol: values named as the fields of Protocol, Phase and AftercareLine."""

    path: Path
    values: Values
    phases: tuple[Values, ...]
    aftercare: tuple[Values, ...]

    @property
    def key(self) -> str:
        return str(self.values["key"])

    @property
    def digest(self) -> str:
        """Changes with the content, not with comments or layout."""
        return digest_of(self.values, self.phases, self.aftercare)


def digest_of(values: Values, phases: Sequence[Values], aftercare: Sequence[Values]) -> str:
    """A hexadecimal SHA-256 of a protocol's content."""
    content = json.dumps([values, list(phases), list(aftercare)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def read_folder(folder: Path) -> list[ProtocolText]:
    """Every protocol of a folder, by file name; raises Malformed for the first file that is wrong."""
    texts: dict[str, ProtocolText] = {}
    for path in sorted(folder.glob("*.toml")):
        table = read_table(path)
        text = _protocol(table, path)
        if text.key in texts:
            raise table.refusal("key", f"'{text.key}' is the key of {texts[text.key].path.name} already")
        texts[text.key] = text
    return list(texts.values())


def _protocol(table: Table, path: Path) -> ProtocolText:
    table.only("key", "name", "summary", "source", "source_title", "fields", "gates", "follow", "phase", "aftercare")
    name, summary = table.table("name"), table.table("summary")
    name.only("en", "it")
    summary.only("en", "it")
    values = {
        "key": _slug(table, "key", 60),
        **_both_languages(name, "name", 120),
        **_both_languages(summary, "summary", 1000),
        "source": table.text("source", 120),
        "source_title": table.text("source_title", 200),
        "fields": table.choices("fields", tuple(FIELDS)),
        "gates": table.choices("gates", tuple(GATES)),
        "follow": table.choice("follow", tuple(Follow)) if "follow" in table else Follow.KEEP_TARGETS.value,
    }
    phases = table.tables("phase")
    if not 1 <= len(phases) <= MOST_PHASES:
        raise table.refusal("phase", f"a protocol has 1 to {MOST_PHASES} phases, not {len(phases)}")
    return ProtocolText(
        path,
        values,
        tuple(_phase(phase, position, last=position == len(phases)) for position, phase in enumerate(phases, 1)),
        tuple(_aftercare(line, position) for position, line in enumerate(table.tables("aftercare"), 1)),
    )


def _slug(table: Table, key: str, longest: int) -> str:
    text = table.text(key, longest)
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text):
        raise table.refusal(key, f"'{text}' is no key: use small letters, digits and single hyphens")
    return text


def _both_languages(table: Table, name: str, longest: int) -> Values:
    return {f"{name}_en": table.text("en", longest), f"{name}_it": table.text("it", longest)}


def _phase(table: Table, position: int, *, last: bool) -> Values:
    """A phase; a figure that is absent is one on which the source is silent."""
    table.only("purpose", "count", "cadence", "tolerance", "minimum_gap", "gap_before", "open_ended")
    cadence = _cadence(table)
    figures = [_count(table), cadence, _tolerance(table), _minimum_gap(table, cadence), _gap_before(table)]
    if "open_ended" in table:
        table.table("open_ended").only("source")
        if not last:
            raise table.refusal("open_ended", "only the last phase can go on until the doctor stops it")
    values: Values = {"position": position, "purpose": table.choice("purpose", tuple(PhasePurpose))}
    for figure in figures:
        values |= figure
    sources = {figure: table.table(figure).text("source", 120) for figure in FIGURES if figure in table}
    return {**values, "open_ended": "open_ended" in table, "sources": sources}


def _count(phase: Table) -> Values:
    """At least, at most and usual number of sittings."""
    if "count" not in phase:
        return {"count_min": None, "count_max": None, "count_default": None}
    count = phase.table("count")
    count.only("exactly", "min", "max", "usual", "source")
    if "exactly" in count:
        if {"min", "max", "usual"} & set(count):
            raise count.refusal("exactly", "give either 'exactly' or 'min' and 'max'")
        exactly = count.number("exactly", 1, MOST_SITTINGS)
        return {"count_min": exactly, "count_max": exactly, "count_default": exactly}
    low, high = (count.number(key, 1, MOST_SITTINGS) for key in ("min", "max"))
    if low > high:
        raise count.refusal("min", f"at least {low} is more than at most {high}")
    usual = count.number("usual", low, high) if "usual" in count else None
    return {"count_min": low, "count_max": high, "count_default": usual}


def _cadence(phase: Table) -> Values:
    """The one cadence a source states, or those it leaves to choose from."""
    empty: Values = {"every": None, "unit": "", "cadence_options": []}
    if "cadence" not in phase:
        return empty
    cadence = phase.table("cadence")
    if "options" not in cadence:
        cadence.only("every", "unit", "source")
        every, unit = _interval(cadence)
        return {**empty, "every": every, "unit": unit}
    cadence.only("options", "source")
    options = cadence.tables("options")
    if len(options) < 2:
        raise cadence.refusal("options", "a choice needs at least two cadences")
    for option in options:
        option.only("every", "unit")
    return {**empty, "cadence_options": [list(_interval(option)) for option in options]}


def _interval(table: Table) -> tuple[int, str]:
    return table.number("every", 1, LONGEST_GAP), table.choice("unit", tuple(Unit))


def _tolerance(phase: Table) -> Values:
    """Days early and days late."""
    if "tolerance" not in phase:
        return {"early": None, "late": None}
    tolerance = phase.table("tolerance")
    tolerance.only("early", "late", "source")
    return {key: tolerance.number(key, 0, WIDEST_TOLERANCE) for key in ("early", "late")}


def _minimum_gap(phase: Table, cadence: Values) -> Values:
    """Days two sittings are always apart."""
    if "minimum_gap" not in phase:
        return {"minimum_gap": None}
    gap = phase.table("minimum_gap")
    gap.only("days", "source")
    days = gap.number("days", 1, LONGEST_GAP)
    if cadence["every"] and days > Cadence(cadence["every"], Unit(cadence["unit"])).nominal_days:
        raise gap.refusal("days", f"{days} days are more than the cadence itself")
    return {"minimum_gap": days}


def _gap_before(phase: Table) -> Values:
    if "gap_before" not in phase:
        return {"gap_every": None, "gap_unit": ""}
    gap = phase.table("gap_before")
    gap.only("every", "unit", "source")
    every, unit = _interval(gap)
    return {"gap_every": every, "gap_unit": unit}


def _aftercare(table: Table, position: int) -> Values:
    table.only("en", "it", "source", "topic")
    return {
        "position": position,
        **_both_languages(table, "text", 300),
        "source": table.text("source", 120),
        "topic": _slug(table, "topic", 40) if "topic" in table else "",
    }
