"""TOML tables that know where in their file they stand, so that a refusal names file, line and reason."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Address = tuple[str | int, ...]


class Malformed(Exception):
    """A file that cannot be taken: `path:line: reason`."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}")


@dataclass(frozen=True, slots=True)
class _File:
    """A file's path and, for each key and table header in it, the line it stands on."""

    path: Path
    lines: dict[Address, int]

    def line_of(self, address: Address) -> int:
        """The line of an address, else of the nearest one around it that is written out."""
        while address and address not in self.lines:
            address = address[:-1]
        return self.lines.get(address, 1)


@dataclass(frozen=True, slots=True)
class Table:
    """A TOML table whose values are taken by key, each checked as it is taken."""

    file: _File
    address: Address
    content: dict[str, Any]

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def refusal(self, key: str, reason: str) -> Malformed:
        """What to raise about the value at `key`."""
        return Malformed(self.file.path, self.file.line_of((*self.address, key)), reason)

    def only(self, *keys: str) -> None:
        """Refuses any other key."""
        for key in self.content:
            if key not in keys:
                raise self.refusal(key, f"'{key}' is not known here; known are {', '.join(keys)}")

    def text(self, key: str, longest: int) -> str:
        """A text of 1 to `longest` characters on one line."""
        value = self._take(key, str, "a text")
        if not value.strip() or len(value) > longest or not value.isprintable():
            raise self.refusal(key, f"'{key}' must be one line of 1 to {longest} characters")
        return str(value)

    def number(self, key: str, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        value = self._take(key, int, "a whole number")
        if not least <= value <= most:
            raise self.refusal(key, f"'{key}' must be from {least} to {most}, not {value}")
        return int(value)

    def choice(self, key: str, known: Sequence[str]) -> str:
        """One of the known words."""
        value = self._take(key, str, "a text")
        if value not in known:
            raise self.refusal(key, f"'{value}' is none of {', '.join(known)}")
        return str(value)

    def choices(self, key: str, known: Sequence[str]) -> list[str]:
        """A list of known words, each once."""
        values = self._take(key, list, "a list")
        for value in values:
            if value not in known or values.count(value) > 1:
                raise self.refusal(key, f"'{key}' takes each of these at most once: {', '.join(known)}")
        return list(values)

    def table(self, key: str) -> "Table":
        """The table at `key`."""
        return Table(self.file, (*self.address, key), self._take(key, dict, "a table"))

    def tables(self, key: str) -> list["Table"]:
        """The list of tables at `key`; none when it is absent."""
        if key not in self.content:
            return []
        values = self._take(key, list, "a list of tables")
        if not all(isinstance(value, dict) for value in values):
            raise self.refusal(key, f"'{key}' must be a list of tables")
        return [Table(self.file, (*self.address, key, place), value) for place, value in enumerate(values)]

    def _take(self, key: str, kind: type, words: str) -> Any:
        if key not in self.content:
            raise self.refusal(key, f"'{key}' is missing")
        value = self.content[key]
        # True and False are whole numbers to Python, not to a reader.
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.refusal(key, f"'{key}' must be {words}")
        return value


def read_table(path: Path) -> Table:
    """The whole file as one table; raises Malformed when it is no TOML in UTF-8."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Malformed(path, 1, f"cannot be read: {error.strerror}") from error
    try:
        text = content.decode()
        return Table(_File(path, _lines(text)), (), tomllib.loads(text))
    except UnicodeDecodeError as error:
        raise Malformed(path, content.count(b"\n", 0, error.start) + 1, "not written in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        # Python 3.11 tells the place only in words; without one it is the end of the file.
        place = re.search(r" \(at line (\d+), column \d+\)", str(error))
        line = int(place[1]) if place else len(text.splitlines())
        raise Malformed(path, max(line, 1), str(error).replace(place[0] if place else "", "")) from error


_HEADER = re.compile(r"\s*\[(?P<many>\[)?\s*(?P<name>[\w.-]+)\s*\]")
_KEY = re.compile(r"\s*(?P<name>[\w-]+)\s*=")


def _lines(text: str) -> dict[Address, int]:
    """The line, from 1, of every table header and key that starts a line."""
    lines: dict[Address, int] = {}
    seen: dict[str, int] = {}
    here: Address = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            here = _address(header["name"], bool(header["many"]), seen)
            lines.setdefault(here, number)
        elif key := _KEY.match(line):
            lines.setdefault((*here, key["name"]), number)
    return lines


def _address(name: str, many: bool, seen: dict[str, int]) -> Address:
    """Where a header leads: each name, with its place in the list for names that come many times."""
    if many:
        seen[name] = seen.get(name, -1) + 1
    parts = name.split(".")
    address: Address = ()
    for depth, part in enumerate(parts, 1):
        address = (*address, part)
        if (place := seen.get(".".join(parts[:depth]))) is not None:
            address = (*address, place)
    return address
