"""Statements that are compiled once: for the few reads and writes of a rush, where building SQL costs more than running it.

Django builds the SQL of a query anew each time, which takes it longer than the database needs to answer. ``Lookup`` and
``insert`` keep the SQL that Django's own compiler built the first time and fill in other values. Everything else of a query is
Django's: converters of fields, what ``pre_save`` sets, the connection and its log.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Field, Model, QuerySet
from django.db.models.query import get_related_populators

Row = TypeVar("Row", bound=Model)

#: SQLite takes no more values than this in one statement, by default.
_MOST_VALUES = 900


class Lookup(Generic[Row]):
    """A query for the first row, written as for any values: ``Lookup(lambda key: Event.objects.filter(pk=key))``.

    Calling it with values returns the row, or None. The values must be as the columns hold them, such as keys and slugs.
    ``select_related`` and annotations work, prefetches do not. The SQL is kept for each kind of database.
    """

    def __init__(self, query: Callable[..., QuerySet[Row]]) -> None:
        self._query = query
        self._compiled: dict[str, _Compiled] = {}

    def __call__(self, *values: Any) -> Row | None:
        """The first row for these values."""
        compiled = self._compiled.get(connection.vendor)
        if compiled is None:
            compiled = self._compiled[connection.vendor] = _Compiled(self._query, len(values))
        found: Row | None = compiled.first(values)
        return found


class _Compiled:
    def __init__(self, query: Callable[..., QuerySet[Any]], number: int) -> None:
        marks = [-(1_000_000_007 + place) for place in range(number)]  # values that stand for their places
        compiler = query(*marks)[:1].query.get_compiler(connection=connection)
        self.sql, params = compiler.as_sql()
        # Each parameter is one of the values, by its place, or what the query always says.
        places = {str(mark): place for place, mark in enumerate(marks)}
        self.params = [(places.get(str(value)), value) for value in params]
        info = compiler.klass_info or {}
        start, end = info["select_fields"][0], info["select_fields"][-1] + 1
        self.columns = slice(start, end)
        self.model = info["model"]
        self.names = [column[0].target.attname for column in compiler.select[start:end]]
        self.converters = compiler.get_converters([column[0] for column in compiler.select])
        self.annotations = compiler.annotation_col_map
        self.related = get_related_populators(info, compiler.select, connection.alias)  # type: ignore[call-arg]

    def first(self, values: Sequence[Any]) -> Any:
        params = [said if place is None else values[place] for place, said in self.params]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            found = cursor.fetchone()
        if found is None:
            return None
        row = list(found)
        for place, (functions, expression) in self.converters.items():
            for function in functions:
                row[place] = function(row[place], expression, connection)
        instance = self.model.from_db(connection.alias, self.names, row[self.columns])
        for name, place in self.annotations.items():
            setattr(instance, name, row[place])
        for populator in self.related:
            populator.populate(row, instance)
        return instance


def insert(rows: Sequence[Row], *, ignore_conflicts: bool = False) -> None:
    """Write new rows of one model, in as few statements as the database allows, and give them their keys.

    Like ``bulk_create``: ``save()`` is not called and sends no signals; with ``ignore_conflicts`` a row that a unique
    constraint forbids is left out, and no row gets its key.
    """
    if not rows:
        return
    model = type(rows[0])
    fields = _written(model)
    size = max(1, _MOST_VALUES // len(fields))
    for start in range(0, len(rows), size):
        chunk = rows[start : start + size]
        values = [
            field.get_db_prep_save(field.pre_save(row, add=True), connection=connection) for row in chunk for field in fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(_insertion(model, len(chunk), ignore_conflicts, connection.vendor), values)
            keys = [] if ignore_conflicts else cursor.fetchall()
        for row, (key,) in zip(chunk, keys, strict=not ignore_conflicts):
            row.pk = key
            row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001 - as Django notes what it wrote


@cache
def _written(model: type[Model]) -> list["Field[Any, Any]"]:
    """The columns of a model but for its key, which the database gives."""
    return [field for field in model._meta.concrete_fields if not field.primary_key]  # noqa: SLF001


@cache
def _insertion(model: type[Model], number: int, ignore_conflicts: bool, vendor: str) -> str:
    quote, meta = connection.ops.quote_name, model._meta  # noqa: SLF001
    columns = [quote(str(field.column)) for field in _written(model)]
    row = f"({', '.join(['%s'] * len(columns))})"
    rows = ", ".join([row] * number)
    ending = "ON CONFLICT DO NOTHING" if ignore_conflicts else f"RETURNING {quote(str(meta.pk.column))}"
    return f"INSERT INTO {quote(meta.db_table)} ({', '.join(columns)}) VALUES {rows} {ending}"  # noqa: S608 - names of ours
