"""Judge replies as JSON Lines, one object each, for import and export.

Owns the fields of a line and their validation. Knows no run and no rows: `services.judge_reply_import` checks whether a
line fits a run.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from annotator.canonical import fingerprint
from annotator.constraints.complexbench.marking import MARKS
from annotator.datasets.jsonl import LineError, parse_object, refuse_unstorable, text_field
from annotator.runs.models import JudgeReply, Verdict

LINE_CAP = 32_000_000  # bytes; `raw` and `segments` may repeat a whole response

_CHOICES: Mapping[str, list[str]] = {
    "scope": Verdict.Scope.values,
    "mark": list(MARKS),
    "language": ["zh", "en"],
    "role": JudgeReply.Role.values,
}
_LONGEST = {"judge": 128, "prompt_version": 32}


@dataclass(frozen=True, slots=True)
class JudgeReplyLine:
    """One reply. `raw` and `segments` are None where only the mark is known; `text_hash` identifies the judged text.

    `probability` is that of yes, where the reply was read from the probabilities of the two labels.
    """

    main_id: int
    point_id: int
    scope: str
    mark: str
    judge: str
    prompt_version: str
    language: str
    role: str
    raw: str | None = None
    segments: list[str] | None = None
    truncated: bool = False
    probability: float | None = None
    text_hash: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def text_hash(text: str) -> str:
    """Return the hash of a judged text, so that no judge reply is imported for another text."""
    return fingerprint("judged-text", text)


def read_line(line: bytes | str) -> JudgeReplyLine:
    """Read the judge reply of one line. Raises LineError; unknown fields are ignored."""
    record = parse_object(line, LINE_CAP)
    refuse_unstorable(record, "the line")
    return JudgeReplyLine(
        main_id=_whole(record, "main_id"),
        point_id=_whole(record, "point_id"),
        scope=_chosen(record, "scope"),
        mark=_chosen(record, "mark"),
        judge=_name(record, "judge"),
        prompt_version=_name(record, "prompt_version"),
        language=_chosen(record, "language"),
        role=_chosen(record, "role"),
        # An empty reply is the same as none.
        raw=_optional(record, "raw", str, "a text") or None,
        segments=_segments(record),
        truncated=_optional(record, "truncated", bool, "true or false") or False,
        probability=_probability(record),
        text_hash=_optional(record, "text_hash", str, "a text"),
    )


def _whole(record: dict[str, Any], name: str) -> int:
    if type(record.get(name)) is not int:
        raise LineError(f"'{name}' must be a whole number")
    return int(record[name])


def _chosen(record: dict[str, Any], name: str) -> str:
    value = text_field(record, name)
    if value not in _CHOICES[name]:
        raise LineError(f"'{name}' must be one of {', '.join(_CHOICES[name])}, not {value!r:.80}")
    return value


def _name(record: dict[str, Any], name: str) -> str:
    value = text_field(record, name)
    if not 1 <= len(value) <= _LONGEST[name]:
        raise LineError(f"'{name}' must have 1 to {_LONGEST[name]} characters")
    return value


def _optional(record: dict[str, Any], name: str, kind: type, words: str) -> Any:
    value = record.get(name)
    if value is not None and not isinstance(value, kind):
        raise LineError(f"'{name}' must be {words} or null")
    return value


def _probability(record: dict[str, Any]) -> float | None:
    value = record.get("probability")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise LineError("'probability' must be a number from 0 to 1 or null")
    return float(value)


def _segments(record: dict[str, Any]) -> list[str] | None:
    value = record.get("segments")
    if value is not None and not (isinstance(value, list) and all(isinstance(segment, str) for segment in value)):
        raise LineError("'segments' must be a list of texts or null")
    return value
