"""Protocols: loaded from files, approved by a doctor, copied, made anew as the next version."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from clinic.models import User
from scheduling.models import AftercareLine, Phase, Protocol
from scheduling.selectors.protocols import disputed_topics
from scheduling.services.protocol_files import FIGURES, ProtocolText, Values, digest_of, read_folder
from scheduling.services.refusals import Refused, Stale

OWN_SOURCE = "clinic"
_PROTOCOL_FIELDS = (
    "key",
    "name_en",
    "name_it",
    "summary_en",
    "summary_it",
    "source",
    "source_title",
    "fields",
    "gates",
    "follow",
)
_FIGURE_FIELDS = tuple(field for fields in FIGURES.values() for field in fields)
_PHASE_FIELDS = ("position", "purpose", *_FIGURE_FIELDS, "sources")
_AFTERCARE_FIELDS = ("position", "text_en", "text_it", "source", "topic")


class Outcome(StrEnum):
    """What loading a file did."""

    UNCHANGED = "unchanged"
    NEW = "new"
    NEXT_VERSION = "next version"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The outcome for one file's key, with the version that now holds its content."""

    key: str
    version: int
    outcome: Outcome


def load_protocols(*, folder: Path) -> list[Loaded]:
    """Loads every file of `folder`, or nothing: raises Malformed for the first one that is wrong.

    Content that any version of the key already holds changes nothing; other content becomes the next version. Old
    versions, and the plans made from them, stay as they are.
    """
    texts = read_folder(folder)
    with transaction.atomic():
        return [_load(text) for text in texts]


def compare_protocols(*, folder: Path) -> list[Loaded]:
    """What `load_protocols` would do with `folder`, without doing it."""
    return [_outcome(text) for text in read_folder(folder)]


def _outcome(text: ProtocolText) -> Loaded:
    versions = dict(Protocol.objects.filter(key=text.key).order_by("version").values_list("version", "digest"))
    for version, digest in versions.items():
        if digest == text.digest:
            return Loaded(text.key, version, Outcome.UNCHANGED)
    latest = max(versions, default=0)
    return Loaded(text.key, latest + 1, Outcome.NEXT_VERSION if latest else Outcome.NEW)


def _load(text: ProtocolText) -> Loaded:
    loaded = _outcome(text)
    if loaded.outcome is not Outcome.UNCHANGED:
        protocol = Protocol.objects.create(version=loaded.version, digest=text.digest, **text.values)
        _write_parts(protocol, text.phases, text.aftercare)
    return loaded


def _write_parts(protocol: Protocol, phases: Iterable[Values], aftercare: Iterable[Values]) -> None:
    Phase.objects.bulk_create([Phase(protocol=protocol, **values) for values in phases])
    AftercareLine.objects.bulk_create([AftercareLine(protocol=protocol, **values) for values in aftercare])


def content_of(protocol: Protocol) -> tuple[Values, list[Values], list[Values]]:
    """What a protocol says, as plain values: its own, its phases' and its aftercare lines', in order."""
    return (
        _values(protocol, _PROTOCOL_FIELDS),
        [_values(phase, _PHASE_FIELDS) for phase in protocol.phases.all()],
        [_values(line, _AFTERCARE_FIELDS) for line in protocol.aftercare.all()],
    )


def _values(row: Any, fields: Iterable[str]) -> Values:
    return {field: getattr(row, field) for field in fields}


def content_digest(protocol: Protocol) -> str:
    """Names exactly the content a person saw, so that nobody approves what changed meanwhile."""
    return digest_of(*content_of(protocol))


def is_fixed(protocol: Protocol) -> bool:
    """Whether a version may no longer be edited: documented by a source, approved by a doctor, or used by a plan."""
    return bool(protocol.digest or protocol.approved_at) or protocol.plans.exists()


def approve_protocol(
    *, protocol: Protocol, by: User, now: datetime, seen: str | None = None, keep: Collection[int] = ()
) -> Protocol:
    """A doctor takes responsibility for a version before its first use.

    `seen` is the digest of the content the doctor read. Where aftercare lines disagree, `keep` holds the one chosen
    for each topic; the others leave this version.
    """
    with transaction.atomic():
        stored = Protocol.objects.select_for_update().get(pk=protocol.pk)
        if stored.approved_at:
            raise Refused(_("This version is approved already."))
        if seen is not None and seen != content_digest(stored):
            raise Stale(_("This protocol was changed since you opened it: read it again before you approve it."))
        if not stored.phases.exists():
            raise Refused(_("A protocol needs at least one phase before it can be approved."))
        _settle_aftercare(stored, keep)
        stored.approved_by, stored.approved_at = by, now
        stored.save()
    return stored


def _settle_aftercare(protocol: Protocol, keep: Collection[int]) -> None:
    """Leaves one line of each disputed topic."""
    for lines in disputed_topics(protocol).values():
        kept = [line for line in lines if line.pk in keep]
        if len(kept) != 1:
            raise Refused(_("Two aftercare lines disagree: choose the one that patients will be given."), "aftercare")
        protocol.aftercare.filter(pk__in=[line.pk for line in lines if line not in kept]).delete()


def make_version(*, protocol: Protocol) -> Protocol:
    """The next version of a protocol, with the same content, to be edited and then approved."""
    return _copy(protocol, protocol.key)


def copy_protocol(*, protocol: Protocol, key: str) -> Protocol:
    """A protocol of the clinic's own under a new key, with the same content, to be edited and then approved."""
    if Protocol.objects.filter(key=key).exists():
        raise Refused(_("Another protocol has this key."), "key")
    return _copy(protocol, key)


def _copy(protocol: Protocol, key: str) -> Protocol:
    values, phases, aftercare = content_of(protocol)
    try:
        with transaction.atomic():
            latest = Protocol.objects.filter(key=key).aggregate(latest=Max("version"))["latest"] or 0
            made = Protocol.objects.create(**{**values, "key": key, "version": latest + 1})
            _write_parts(made, phases, aftercare)
    except IntegrityError as error:
        raise Stale(_("Somebody else has just made this version: look at the list again.")) from error
    return made


def own_sources(sources: dict[str, str], phase: Phase, changed: Collection[str]) -> dict[str, str]:
    """The source of each figure of an edited phase: a figure that somebody here wrote is the clinic's own."""
    found = {}
    for figure, fields in FIGURES.items():
        if any(getattr(phase, field) not in (None, "", [], False) for field in fields):
            edited = not set(fields).isdisjoint(changed)
            found[figure] = OWN_SOURCE if edited else sources.get(figure, OWN_SOURCE)
    return found
