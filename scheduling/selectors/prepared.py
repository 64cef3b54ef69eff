"""Questions to the database that are put into SQL once and asked many times, each time with other values.

Django builds a query and puts it into SQL whenever it is asked. For the small questions of the day board, which every
desk asks every few seconds, that costs several times what the answer does. The wording is kept here, never an answer.
"""

from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, DateField, DateTimeField, Expression, Field, QuerySet, SmallIntegerField
from django.db.models.sql.compiler import SQLCompiler


class Given(Expression):
    """A value that is told when the question is asked, by `name`; never none, which SQL compares in its own way."""

    def __init__(self, name: str, output_field: Field) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """Itself as the parameter, which `Prepared.rows` replaces."""
        return "%s", (self,)


class Prepared:
    """A `values_list` with Given values, as SQL. Keep it in a cache beside what builds it."""

    def __init__(self, query: QuerySet[Any, tuple[Any, ...]]) -> None:
        compiler = query.query.get_compiler(connection=connection)
        self._sql, self._values = compiler.as_sql()
        self._converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])

    def rows(self, **given: Any) -> list[tuple[Any, ...]]:
        """The answer, its values as the models' fields have them. One query."""
        values = [
            value.output_field.get_db_prep_value(given[value.name], connection) if isinstance(value, Given) else value
            for value in self._values
        ]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, values)
            found = cursor.fetchall()
        return [self._converted(row) for row in found] if self._converters else found

    def _converted(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for at, (converters, column) in self._converters.items():
            for converter in converters:
                values[at] = converter(values[at], column, connection)
        return tuple(values)


# What most questions are about: the site by its key, an instant, a local day, a weekday from Monday 0.
SITE = Given("site", BigIntegerField())
NOW = Given("now", DateTimeField())
SINCE = Given("since", DateTimeField())
UNTIL = Given("until", DateTimeField())
DAY = Given("day", DateField())
WEEKDAY = Given("weekday", SmallIntegerField())
