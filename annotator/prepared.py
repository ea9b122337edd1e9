"""Queries that Django builds once: for the few that run with every click of an annotator, and for no others.

To build a QuerySet and its SQL takes 300 to 2,000 calls of Python, each time anew for the same words; with a click that
was more than rendering the page. Here the words are kept, and only the values are put in.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row")
# Stand in for the values while a query is built: whole numbers that the smallest column of numbers can hold, since
# Django drops a filter that is out of its range, and that no query of ours has among its own.
_FIRST_STAND_IN = 32_001


@dataclass(frozen=True, slots=True)
class _Plan:
    """What Django made of a query. For each parameter of its SQL, `values` says which value it is, or None: `fixed`."""

    rows: Any
    compiler: SQLCompiler
    sql: str
    fixed: Sequence[Any]
    values: Sequence[int | None]


class Prepared(Generic[Row]):
    """A query written as a function of its values, which is called with stand-ins, once for each number of values.

    So the function may not look at its values, and each must end as it is in the SQL: ids, numbers, and in a RawSQL
    what `adapt_datetimefield_value` makes of a time. Rows are what iterating the QuerySet would give, but nothing is
    prefetched.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Row]]) -> None:
        self._build = build
        self._plans: dict[int, _Plan] = {}

    def __call__(self, *values: Any) -> list[Row]:
        """The rows for these values, asked of the database now."""
        connection = connections[DEFAULT_DB_ALIAS]
        plan = self._plans.get(len(values))
        if plan is None:
            plan = self._plans[len(values)] = _plan(self._build, len(values))
        if plan.compiler.query.select_for_update and connection.get_autocommit():
            raise TransactionManagementError("A query that locks rows was asked outside of a transaction.")
        parameters = [
            constant if place is None else values[place]
            for constant, place in zip(plan.fixed, plan.values, strict=True)
        ]
        compiler: Any = copy(plan.compiler)  # it belongs to one thread's connection, and is not built again
        compiler.connection = connection
        compiler.as_sql = lambda *_, **__: (plan.sql, parameters)
        query: Any = copy(plan.compiler.query)
        query.get_compiler = lambda *_, **__: compiler
        rows = SimpleNamespace(
            query=query,
            db=connection.alias,
            model=plan.rows.model,
            _known_related_objects={},
            _fields=plan.rows._fields,
        )
        return list(plan.rows._iterable_class(rows))


def _plan(build: Callable[..., QuerySet[Any, Any]], count: int) -> _Plan:
    stand_ins = range(_FIRST_STAND_IN, _FIRST_STAND_IN + count)
    rows = build(*stand_ins)
    compiler = rows.query.get_compiler(using=DEFAULT_DB_ALIAS)
    sql, parameters = compiler.as_sql()
    places = [_place(stand_ins, each) for each in parameters]
    if set(places) - {None} != set(range(count)):
        raise TypeError("Each value of a prepared query must be among the parameters of its SQL, unchanged.")
    return _Plan(rows, compiler, sql, parameters, places)


def _place(stand_ins: range, parameter: object) -> int | None:
    return stand_ins.index(parameter) if isinstance(parameter, int) and parameter in stand_ins else None
