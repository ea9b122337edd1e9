"""Kinds of columns as short functions, and the columns that several tables share. Pure."""

from typing import Any

from annotator.releases.snapshots.columns import Column, Kind


def _of(kind: Kind) -> Any:
    def column(name: str, meaning: str, **more: Any) -> Column:
        return Column(name, kind, meaning, **more)

    return column


text, integer, number, boolean = _of("text"), _of("integer"), _of("number"), _of("boolean")
moment, json, texts, integers = _of("moment"), _of("json"), _of("texts"), _of("integers")


def rows(name: str, meaning: str, *columns: Column, **more: Any) -> Column:
    """Return a column whose values are lists of rows."""
    return Column(name, "rows", meaning, columns=columns, **more)


DATASET = (text("dataset", "name of the dataset"), integer("version", "version of the dataset"))
PROMPT = (*DATASET, text("key", "key of the prompt in its source"))
SCOPES = ("answer", "completion", "reasoning")
LABELS = ("helped", "hurt", "no_difference", "cant_tell")
SHOWN = ("from_start", "after_blind", "after_label", "never")
STATUS = ("done", "failed")
RUN_STATUS = ("running", "paused", "done", "cancelled", "failed")
MARKS = ("", "obeyed", "violated", "unknown_verb", "unparsed")
SIDES = ("first", "second")
EFFECTS = ("both", "neither", "gained", "lost", "unverifiable")
SPANS = rows(
    "spans",
    "evidence: characters [start, end) of a text",
    text("text", "prompt, first.answer, first.reasoning, second.answer or second.reasoning"),
    integer("start", "first character"),
    integer("end", "character after the last"),
    text("pattern", "slug of the failure pattern that it shows, or empty"),
    text("quote", "the marked words", licensed=True),
)
PATTERNS = (
    texts("patterns", "slugs of the failure patterns, in the codebook's order"),
    text("codebook", "codebook of the patterns"),
    integer("codebook_version", "version of it"),
)
