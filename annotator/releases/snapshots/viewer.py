"""Viewer of a snapshot: one HTML file that opens without a server, with a part of the cases in it.

It has no address to load anything from. Its policy allows the one script and the one style that stand in it, by hash.
Texts of models are hostile: they are data in a script element that is never run, and reach the page as text nodes.
"""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from html import escape
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

import orjson

from annotator.releases.snapshots.facts import Facts
from annotator.releases.snapshots.statements import agreement_sentence, collection, known_limits

NAME = "index.html"
CASES_SHOWN = 500
_LONGEST_TEXT = 10_000
_FOLDER = Path(__file__).parent / "viewer_files"
_RUN = b'{"run":'
Json = dict[str, Any]
Name = tuple[str, int, str]


def viewer_text(folder: Path, facts: Facts) -> str:
    """Return the page, made of the JSON lines in `folder`."""
    style, script = ((_FOLDER / name).read_text(encoding="utf-8") for name in ("viewer.css", "viewer.js"))
    policy = f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'"
    cases = list(_cases(folder))
    whole = facts.counts["cases"]
    part = (
        "" if len(cases) == whole else f" The first {len(cases):,} of {whole:,} cases are here; all are in the tables."
    )
    sentences = f"{collection(facts)} {agreement_sentence(facts)} {known_limits(facts)}{part}"
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{escape(facts.title)}</title>",
            f"<style>{style}</style></head><body>",
            f'<header><h1>{escape(facts.title)}</h1><p>{escape(sentences)}</p></header><main id="main"></main>',
            f'<script type="application/json" id="data">{_data(cases, facts)}</script>',
            f"<script>{script}</script></body></html>",
            "",
        )
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _data(cases: list[Json], facts: Facts) -> str:
    """The data as JSON in which no end of an element and no comment can stand."""
    content = {"first": facts.first_role, "second": facts.second_role, "cases": cases}
    text = json.dumps(content, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _cases(folder: Path) -> Iterator[Json]:
    """The first cases with their prompts, answers, verdicts and annotations."""
    cases: dict[Name, Json] = {}
    for row in islice(_rows(folder, "cases"), CASES_SHOWN):
        cases[_name(row)] = {name: row[name] for name in ("key", "outcome", "gold", "gold_by", "practice")} | {
            "check": bool(row["known_label"]),
            "runs": (row["first_run"], row["second_run"]),
            "annotations": [],
        }
    for row in islice(_matching(folder, "prompts", cases), len(cases)):
        cases[_name(row)] |= {
            "prompt": _shown(row["text"]),
            "constraints": [constraint["kind"] for constraint in row["constraints"]],
            "defects": [defect["sentence"] for defect in row["known_defects"]],
        }
    for side in ("first", "second"):
        _add_generations(folder, cases, side)
    for row in takewhile(lambda row: _name(row) in cases, _rows(folder, "annotations")):
        if row["is_latest"]:
            shown = {name: row[name] for name in ("annotator", "label", "patterns", "note")}
            cases[_name(row)]["annotations"].append(shown)
    return iter(cases.values())


def _add_generations(folder: Path, cases: Mapping[Name, Json], side: str) -> None:
    """Add one side of the cases; the lines of other runs are passed over unread, because there may be very many."""
    place = ("first", "second").index(side)
    waiting = Counter(case["runs"][place] for case in cases.values())
    with (folder / "generations.jsonl").open("rb") as lines:
        for line in lines:
            run = int(line[len(_RUN) : line.index(b",")])
            if waiting[run]:
                row = orjson.loads(line)
                case = cases.get(_name(row))
                if case and case["runs"][place] == run:
                    case[side] = _generation(row)
                    waiting[run] -= 1
                    if not waiting.total():
                        return


def _generation(row: Json) -> Json:
    return {
        "reasoning": _shown(row["reasoning"]),
        "answer": _shown(row["answer"]),
        "verdicts": [[verdict["constraint"], verdict["scope"], verdict["strict"]] for verdict in row["verdicts"]],
    }


def _shown(text: str | None) -> str | None:
    return text if text is None or len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]} […]"


def _name(row: Mapping[str, Any]) -> Name:
    return row["dataset"], row["version"], row["key"]


def _matching(folder: Path, table: str, cases: Collection[Name]) -> Iterator[Json]:
    return (row for row in _rows(folder, table) if _name(row) in cases)


def _rows(folder: Path, table: str) -> Iterator[Json]:
    with (folder / f"{table}.jsonl").open("rb") as lines:
        yield from map(orjson.loads, lines)
