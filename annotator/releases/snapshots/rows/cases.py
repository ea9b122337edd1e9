"""Rows of the cases: their outcome, gold, and every decision about them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from annotator.releases.snapshots.contents import Contents
from annotator.releases.snapshots.rows.chunks import case_chunks, of_cases, patterns_of, span
from annotator.studies.models import Adjudication, Practice
from annotator.studies.selectors.gold import BY_RULE

Json = dict[str, Any]
CASE_FIELDS = (
    "outcome",
    "contrast",
    "disagreeing_constraints",
    "submissions",
    "complete",
    "undecided",
    "known_label",
    "known_choice",
)
DECISION_FIELDS = ("revision", "label", "other_text", "spans", "reason", "decided_at")


def case_rows(contents: Contents) -> Iterator[Json]:
    for chunk in case_chunks(contents.study, "first__run_id", "second__run_id", *CASE_FIELDS):
        decisions, practice = _decisions(contents, chunk), _practice(contents, chunk)
        for case_id, case in chunk.items():
            yield {
                **case,
                "first_run": contents.numbers[case["first__run_id"]],
                "second_run": contents.numbers[case["second__run_id"]],
                **practice.get(case_id, _NO_PRACTICE),
                **_gold(contents, case, decisions[case_id], counted=case_id not in practice),
                "decisions": decisions[case_id],
            }


def _gold(contents: Contents, case: Json, decisions: list[Json], *, counted: bool) -> Json:
    """The newest decision, unless it withdrew the label; practice cases and hidden checks have no gold."""
    if not decisions or not decisions[-1]["label"] or case["known_label"] or not counted:
        return {"gold": None, "gold_by": None}
    author = decisions[-1]["author"]
    by = BY_RULE if author is None else "lead" if author in contents.leads else "adjudicator"
    return {"gold": decisions[-1]["label"], "gold_by": by}


def _decisions(contents: Contents, case_ids: Collection[int]) -> Mapping[int, list[Json]]:
    found: dict[int, list[Json]] = defaultdict(list)
    rows = Adjudication.objects.filter(of_cases(contents.study, case_ids)).order_by("case", "revision")
    stored = list(rows.values("pk", "case_id", "author_id", *DECISION_FIELDS))
    patterns = patterns_of(Adjudication, of_cases(contents.study, case_ids, "adjudication__case"))
    for row in stored:
        chosen = patterns[row["pk"]]
        found[row["case_id"]].append(
            {
                **row,
                "spans": [span(mark) for mark in row["spans"]],
                "author": contents.person(row["author_id"]),
                **pattern_columns(chosen),
            }
        )
    return found


def pattern_columns(chosen: list[tuple[str, str, int]]) -> Json:
    """Return the slugs, and the codebook that they are of; null without any."""
    return {
        "patterns": [slug for slug, _codebook, _version in chosen],
        "codebook": chosen[0][1] if chosen else None,
        "codebook_version": chosen[0][2] if chosen else None,
    }


def _practice(contents: Contents, case_ids: Collection[int]) -> Mapping[int, Json]:
    stored = Practice.objects.filter(of_cases(contents.study, case_ids))
    rows = list(stored.values("pk", "case_id", "label", "feedback"))
    patterns = patterns_of(Practice, of_cases(contents.study, case_ids, "practice__case"))
    return {
        row["case_id"]: {
            "practice": True,
            "practice_label": row["label"],
            "practice_feedback": row["feedback"],
            **{f"practice_{name}": value for name, value in pattern_columns(patterns[row["pk"]]).items()},
        }
        for row in rows
    }


_NO_PRACTICE: Json = {
    "practice": False,
    "practice_label": None,
    "practice_patterns": None,
    "practice_codebook": None,
    "practice_codebook_version": None,
    "practice_feedback": None,
}
