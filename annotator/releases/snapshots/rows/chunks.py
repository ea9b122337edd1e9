"""Keyset chunks of querysets, patterns of rows, and the names of a case's prompt."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from annotator.releases.snapshots.columns import json_text
from annotator.studies.models import Case, Study

AT_ONCE = 1_000
_SHORT = 2_000  # characters of JSON
Json = dict[str, Any]
Patterns = dict[int, list[tuple[str, str, int]]]
"""row id -> (slug, codebook, version) of its patterns, in the codebook's order"""


def chunks(rows: QuerySet[Any], *, by: str = "pk") -> Iterator[list[Json]]:
    """Yield the rows of a `.values()` queryset in the order of a unique column, a chunk for each query."""
    after, ordered = None, rows.order_by(by)
    while chunk := list((ordered if after is None else ordered.filter(**{f"{by}__gt": after}))[:AT_ONCE]):
        yield chunk
        after = chunk[-1][by]


def case_chunks(study: Study, *columns: str) -> Iterator[dict[int, Json]]:
    """Yield case id -> dataset, version and key of its prompt, with these columns of the case, in chunks."""
    names = ("prompt__dataset_id", "prompt__dataset__name", "prompt__dataset__version", "prompt__key")
    for chunk in chunks(Case.objects.filter(study=study).values("pk", *names, *columns)):
        yield {
            row["pk"]: {
                **{name: row[name] for name in columns},
                "dataset_id": row["prompt__dataset_id"],
                "dataset": row["prompt__dataset__name"],
                "version": row["prompt__dataset__version"],
                "key": row["prompt__key"],
            }
            for row in chunk
        }


def of_cases(study: Study, case_ids: Collection[int], path: str = "case") -> Q:
    """Return the condition of the rows of a chunk of cases: of the study, between the first and the last.

    A list of 500 ids costs more than the query itself; between two of its own, a chunk has all cases of the study.
    """
    return Q(**{f"{path}__study": study, f"{path}__pk__range": (min(case_ids), max(case_ids))})


def texts_of(*names: str) -> dict[str, Cast]:
    """Return annotations of JSON columns as text: parsing and writing each value would cost more than its reading."""
    return {f"{name}_text": Cast(name, TextField()) for name in names}


def canonical(written: str | None) -> str | None:
    """Return JSON as the database writes it in the one way that does not depend on the database; None for null."""
    if written is None:
        return None
    return _canonical_of_short(written) if len(written) <= _SHORT else json_text(json.loads(written))


@lru_cache(maxsize=4096)
def _canonical_of_short(written: str) -> str | None:
    """The same, remembered: short values repeat a lot, and long ones would fill the memory."""
    return json_text(json.loads(written))


def patterns_of(model: Any, rows: Q) -> Patterns:
    """Return the patterns of rows of a model with the many-to-many field `patterns`; `rows` starts at that model."""
    through, owner = model.patterns.through, f"{model._meta.model_name}_id"
    found: Patterns = defaultdict(list)
    chosen = through.objects.filter(rows).order_by("pattern__position")
    columns = (owner, "pattern__slug", "pattern__codebook__name", "pattern__codebook__version")
    for row_id, slug, codebook, version in chosen.values_list(*columns):
        found[row_id].append((slug, codebook, version))
    return found


def span(stored: Json) -> Json:
    """Return a span of evidence with all of its fields."""
    return {
        "text": stored["text"],
        "start": stored["start"],
        "end": stored["end"],
        "pattern": stored.get("pattern", ""),
        "quote": stored.get("quote"),
    }
