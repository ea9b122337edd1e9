"""Card of a snapshot: the README of the Hugging Face hub, with what `datasets` loads. Pure.

Its sentences are made of what the database knows; what it does not know is said to be unknown.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from annotator.releases.snapshots.columns import Column, Table
from annotator.releases.snapshots.facts import Facts
from annotator.releases.snapshots.statements import (
    UNKNOWN,
    agreement_sentence,
    annotation_protocol,
    collection,
    known_limits,
    time_frame,
)
from annotator.releases.snapshots.table_files import WrittenFile

NAME = "README.md"
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~])")


def card_text(facts: Facts, files: Sequence[WrittenFile], tables: Sequence[Table], *, licence: str) -> str:
    """Return the card."""
    head = yaml.safe_dump(_head(facts, files, tables, licence), sort_keys=False, allow_unicode=True, width=1000)
    return f"---\n{head}---\n\n" + "\n".join(_body(facts, files, tables, licence)) + "\n"


def _head(facts: Facts, files: Sequence[WrittenFile], tables: Sequence[Table], licence: str) -> dict[str, Any]:
    rows = {file.name: file.rows for file in files}
    chosen = "parquet" if any(name.endswith(".parquet") for name in rows) else "jsonl"
    loadable = [table for table in tables if rows.get(f"{table.name}.{chosen}")]
    return {
        "pretty_name": facts.title,
        "license": licence.lower() or "other",
        "tags": ["instruction-following", "chain-of-thought", "human-annotation", "cotrast"],
        "task_categories": ["text-generation"],
        "configs": [
            {
                "config_name": table.name,
                "data_files": [{"split": "train", "path": f"{table.name}.{chosen}"}],
                **({"default": True} if table.name == "cases" else {}),
            }
            for table in loadable
        ],
        "dataset_info": [
            {
                "config_name": table.name,
                "splits": [{"name": "train", "num_examples": rows[f"{table.name}.{chosen}"]}],
            }
            for table in loadable
        ],
    }


def _body(facts: Facts, files: Sequence[WrittenFile], tables: Sequence[Table], licence: str) -> Iterator[str]:
    rows = {file.name: file.rows for file in files}
    yield f"# {_plain(facts.title)}\n"
    yield _plain(collection(facts)) + "\n"
    yield "Read `index.html` in a browser: it needs no server. `manifest.json` has the SHA-256 of every file.\n"
    yield "## Data statement\n"
    yield f"- Annotation: {_plain(annotation_protocol(facts))}"
    yield f"- Time: {_plain(' to '.join(time_frame(facts))) or 'no annotation yet'}"
    yield f"- Agreement: {agreement_sentence(facts)}"
    yield f"- Limits: {_plain(known_limits(facts))}"
    yield f"- Annotators, recruitment, pay, consent and ethics review: {UNKNOWN}"
    yield "- Maintenance: a snapshot never changes; corrections are new snapshots.\n"
    yield "## Licences and terms\n"
    yield f"Annotations: {_plain(licence) or UNKNOWN}.\n"
    yield "| part | licence | terms | texts released |\n| --- | --- | --- | --- |"
    for row in facts.licences:
        known = [_plain(row[name] or "unknown") for name in ("part", "licence", "terms")]
        yield f"| {' | '.join(known)} | {'yes' if row['texts'] else 'no: keys and labels only'} |"
    yield "\n## Tables\n"
    yield "Every table is in `NAME.jsonl` and, unless it was left out, in `NAME.parquet` and `NAME.csv`."
    for table in tables:
        yield f"\n### {table.name}\n\n{table.meaning}: {rows[f'{table.name}.jsonl']} rows, by {', '.join(table.key)}.\n"
        yield "| column | kind | meaning |\n| --- | --- | --- |"
        yield from _columns(table.columns)


def _columns(columns: Sequence[Column], path: str = "") -> Iterator[str]:
    for column in columns:
        yield f"| `{path}{column.name}` | {column.kind} | {column.meaning} |"
        if column.kind == "rows":
            yield from _columns(column.columns, f"{path}{column.name}.")


def _plain(text: str) -> str:
    """Return a text as one line of Markdown without marks of its own: titles and terms are typed by people."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
