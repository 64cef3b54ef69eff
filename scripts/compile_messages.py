"""Compiles a .po catalogue to .mo: with msgfmt where it is installed, else in plain Python."""

import ast
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Entry:
    """One message: its context, its singular and plural, and the translations by plural form."""

    words: dict[str, str] = field(default_factory=dict)
    fuzzy: bool = False

    @property
    def key(self) -> str:
        context = f"{self.words['msgctxt']}\x04" if "msgctxt" in self.words else ""
        plural = f"\0{self.words['msgid_plural']}" if "msgid_plural" in self.words else ""
        return f"{context}{self.words['msgid']}{plural}"

    @property
    def translation(self) -> str:
        return "\0".join(text for keyword, text in self.words.items() if keyword.startswith("msgstr"))


def read_entries(text: str) -> Iterator[Entry]:
    """The messages of a .po file in its order, obsolete ones left out."""
    entry, keyword = Entry(), ""
    for line in [*text.splitlines(), ""]:
        line = line.strip()
        if "msgstr" in keyword and (not line or line.startswith("#")):
            yield entry
            entry, keyword = Entry(), ""
        if line.startswith("#,") and "fuzzy" in line:
            entry.fuzzy = True
        elif line.startswith("msg"):
            keyword, _, quoted = line.partition(" ")
            entry.words[keyword] = ast.literal_eval(quoted.strip())
        elif line.startswith('"'):
            entry.words[keyword] += ast.literal_eval(line)


def to_mo(messages: dict[str, str]) -> bytes:
    """The binary catalogue of GNU gettext (little-endian, sorted, no hash table)."""
    keys = sorted(key.encode() for key in messages)
    values = [messages[key.decode()].encode() for key in keys]
    table_size = 8 * len(keys)
    offset = 28 + 2 * table_size
    tables, body = b"", b""
    for texts in (keys, values):
        for text in texts:
            tables += struct.pack("<II", len(text), offset + len(body))
            body += text + b"\0"
    header = struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + table_size, 0, offset)
    return header + tables + body


def compile_in_python(catalogue: Path) -> None:
    """Writes the .mo beside `catalogue`: translated messages only, as msgfmt does."""
    entries = list(read_entries(catalogue.read_text(encoding="utf-8")))
    ready = [entry for entry in entries if entry.translation.strip("\0") and not (entry.fuzzy and entry.key)]
    catalogue.with_suffix(".mo").write_bytes(to_mo({entry.key: entry.translation for entry in ready}))


def compile_catalogue(catalogue: Path) -> None:
    """Writes the .mo beside `catalogue`."""
    msgfmt = shutil.which("msgfmt")
    if msgfmt is None:
        return compile_in_python(catalogue)
    subprocess.run([msgfmt, "-o", catalogue.with_suffix(".mo"), catalogue], check=True)
    return None
