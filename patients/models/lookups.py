"""Comparisons that Django's own lookups cannot ask of an index."""

from typing import Any

from django.db.models import CharField
from django.db.models.lookups import StartsWith

LAST_CHARACTER = "\U0010ffff"


class Begins(StartsWith):
    """`search__begins`: begins with these letters, case and all, answered from the index on both databases.

    PostgreSQL reads LIKE 'x%' from its pattern index. SQLite's LIKE ignores case, and with it the index: it gets the
    span of texts that begin so.
    """

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        return f"({column} >= %s AND {column} < %s)", [*params, self.rhs, *params, f"{self.rhs}{LAST_CHARACTER}"]


CharField.register_lookup(Begins, "begins")
