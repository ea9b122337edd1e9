"""Frozen rows: those of a database, with the migrations that it had, as one file that a later version can load.

Loading works on SQLite and PostgreSQL alike, through the models as they were at those migrations.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import JSONField, Model

Json = dict[str, Any]
_OTHERS = frozenset({"User"})
"""Models of other packages whose rows belong to a study; the rest they write anew."""


def freeze(path: Path, figures: Json) -> int:
    """Write all rows to `path`, with `figures` that must still be there after an upgrade; return how many rows."""
    tables = {
        model._meta.label: [_values(row) for row in model._base_manager.order_by("pk")] for model in _models(apps)
    }
    content = {"migrations": _newest_migrations(), "figures": figures, "tables": tables}
    text = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    return sum(map(len, tables.values()))


def thawed(path: Path) -> Json:
    """Read a frozen file."""
    content: Json = json.loads(gzip.decompress(path.read_bytes()))
    return content


def load(path: Path) -> None:
    """Migrate an empty database to the migrations of `path`, and no further, and store its rows."""
    content = thawed(path)
    executor = MigrationExecutor(connection)
    known = executor.loader.graph.nodes
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("annotator.")}
    wanted = [(app, name) for app, name in content["migrations"] if app in ours or (app, name) in known]
    state = executor.migrate(wanted)  # a package may have other migrations by now
    models = {model._meta.label: model for model in _models(state.apps)}
    assert set(models) == set(content["tables"]), set(models) ^ set(content["tables"])
    with transaction.atomic():  # references are checked at its end, in whatever order rows come
        for label, rows in content["tables"].items():
            for row in rows:
                _stored(models[label], row)
    _reset_sequences(list(models.values()))


def _models(registry: Any) -> Iterator[type[Model]]:
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("annotator.")}
    for model in registry.get_models(include_auto_created=True):
        if model._meta.app_label in ours or model.__name__ in _OTHERS:
            yield model


def _newest_migrations() -> list[tuple[str, str]]:
    """The last migration of each app: those before it come with it."""
    return sorted(MigrationExecutor(connection).loader.graph.leaf_nodes())


def _values(row: Model) -> Json:
    return {field.attname: field.value_from_object(row) for field in row._meta.concrete_fields}


def _stored(model: type[Model], values: Json) -> None:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    typed = {
        name: value if isinstance(fields[name], JSONField) or value is None else fields[name].to_python(value)
        for name, value in values.items()
    }
    model(**typed).save_base(raw=True, force_insert=True)


def _reset_sequences(models: list[type[Model]]) -> None:
    """Let new rows get numbers after those of the loaded ones."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
