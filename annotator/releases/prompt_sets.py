"""Prompt sets as files: chat messages, text as it is sent, JSON, DSPy demos, and rows for `verify`.

Withdrawn exemplars are left out of every format and counted.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from annotator.datasets.models import Constraint
from annotator.exemplars.errors import PromptSetError
from annotator.exemplars.models import PromptSet
from annotator.exemplars.selectors.prompt_sets import contents_of
from annotator.json_lines import json_line
from annotator.releases.chat import assistant, user
from annotator.releases.exemplars import ReleasedExemplar, released_exemplars
from annotator.releases.files import ReleasedFile
from annotator.strategies.exemplar_messages import exemplar_messages
from annotator.strategies.parameters import FewShotParameters

FORMAT = "cotrast.prompt_set.1"
TARGET = "{prompt}"  # stands for the prompt that is asked last
_ROLES = {"user": "USER:", "assistant": "ASSISTANT:"}
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReleasedSet:
    """A prompt set with its released exemplars in order; `withdrawn` counts those that are left out."""

    prompt_set: PromptSet
    exemplars: Sequence[ReleasedExemplar]
    withdrawn: int


@dataclass(frozen=True, slots=True)
class PromptSetFormat:
    """One format: its name, the end of its file's name, its media type, and what it is, for API and command line."""

    name: str
    suffix: str
    media_type: str
    description: str
    write: Callable[[ReleasedSet], Iterator[str]]


def prompt_set_file(prompt_set: PromptSet, format: str) -> ReleasedFile:
    """Return a prompt set in a format of PROMPT_SET_FORMATS. Raises PromptSetError where nothing can be exported."""
    known = PROMPT_SET_FORMATS[format]
    released = _released(prompt_set)
    if not released.exemplars:
        sentence = (
            _("Every exemplar of %(set)s of %(study)s is withdrawn; add others in a new version of it.")
            if released.withdrawn
            else _("%(set)s of %(study)s has no exemplar to export; add one on its page first.")
        )
        raise PromptSetError(sentence % {"set": prompt_set, "study": prompt_set.study.slug})
    name = f"{prompt_set.study.slug}-{prompt_set.name}-v{prompt_set.version}{known.suffix}"
    return ReleasedFile(name, known.media_type, known.write(released), {"withdrawn": released.withdrawn})


def _released(prompt_set: PromptSet) -> ReleasedSet:
    members = prompt_set.members.order_by("position").values_list("exemplar_id", "exemplar__withdrawn_at")
    ids = [pk for pk, withdrawn_at in members if withdrawn_at is None]
    return ReleasedSet(prompt_set, released_exemplars(prompt_set.study, ids), len(members) - len(ids))


def _messages(released: ReleasedSet) -> Iterator[str]:
    for exemplar in released.exemplars:
        turns = [user(exemplar.prompt), assistant(exemplar.answer, exemplar.reasoning)]
        yield json_line({"messages": turns, "key": exemplar.key, "terms": exemplar.terms})


def _text(released: ReleasedSet) -> Iterator[str]:
    """The messages of a request; where there are several, each under its role."""
    messages = list(exemplar_messages(_parameters(released.prompt_set), TARGET))
    several = len(messages) > 1
    return iter(["\n\n".join(f"{_ROLES[role]}\n{text}" if several else text for role, text in messages) + "\n"])


def _parameters(prompt_set: PromptSet) -> FewShotParameters:
    """The parameters of a few-shot run with what is left of the set. Raises PromptSetError."""
    contents = contents_of(prompt_set)
    kept = tuple(exemplar for exemplar in contents.exemplars if exemplar.withdrawn_at is None)
    shown = replace(contents, exemplars=kept)
    shown.check()
    return FewShotParameters(**shown.parameters())


def _json(released: ReleasedSet) -> Iterator[str]:
    prompt_set = released.prompt_set
    dataset = prompt_set.study.first_run.dataset
    pseudonyms = prompt_set.study.memberships.pseudonyms()
    record = {
        "format": FORMAT,
        "study": prompt_set.study.slug,
        "dataset": {"name": dataset.name, "version": dataset.version, "content_hash": dataset.content_hash},
        "name": prompt_set.name,
        "version": prompt_set.version,
        "template": prompt_set.template,
        "shows_reasoning": prompt_set.shows_reasoning,
        "budget_tokens": prompt_set.budget_tokens,
        "content_hash": prompt_set.content_hash or None,
        "frozen_at": prompt_set.frozen_at and prompt_set.frozen_at.isoformat(),
        "created_by": pseudonyms.get(prompt_set.created_by_id) if prompt_set.created_by_id else None,
        "created_at": prompt_set.created_at.isoformat(),
        "left_out": {"withdrawn": released.withdrawn},
        "exemplars": [_without_copies(exemplar) for exemplar in released.exemplars],
    }
    yield json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def _without_copies(exemplar: ReleasedExemplar) -> Json:
    """All fields, but for the failing texts, which the provenance has."""
    record = asdict(exemplar)
    del record["failing_reasoning"], record["failing_answer"]
    return record


def _dspy(released: ReleasedSet) -> Iterator[str]:
    demos = [
        {"prompt": exemplar.prompt, **_reasoning(exemplar), "answer": exemplar.answer}
        for exemplar in released.exemplars
    ]
    terms = [exemplar.terms for exemplar in released.exemplars]
    record = {"demos": demos, "terms": terms, "left_out": {"withdrawn": released.withdrawn}}
    yield json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def _reasoning(exemplar: ReleasedExemplar) -> Json:
    return {"reasoning": exemplar.reasoning} if exemplar.reasoning else {}


def _verify(released: ReleasedSet) -> Iterator[str]:
    """Prompts in IFEval's schema and their responses, on one line each: both files of `manage.py verify`.

    `verify` reads one text, the answer: constraints about the reasoning stand in the JSON format alone.
    """
    times = Counter[str]()
    for exemplar in released.exemplars:
        times[exemplar.key] += 1
        number = times[exemplar.key]
        constraints = [row for row in exemplar.constraints if row["scope"] == Constraint.Scope.ANSWER]
        yield json_line(
            {
                # Both answers to a prompt can have been repaired, and every line needs a key of its own.
                "key": exemplar.key if number == 1 else f"{exemplar.key} ({number})",
                "prompt": exemplar.prompt,
                "instruction_id_list": [row["kind"] for row in constraints],
                "kwargs": [row["kwargs"] for row in constraints],
                "response": exemplar.answer,
                "reasoning": exemplar.reasoning or None,
                "terms": exemplar.terms,
            }
        )


_JSON, _LINES, _PLAIN = "application/json", "application/x-ndjson", "text/plain; charset=utf-8"
PROMPT_SET_FORMATS: Mapping[str, PromptSetFormat] = {
    known.name: known
    for known in (
        PromptSetFormat(
            "messages",
            ".messages.jsonl",
            _LINES,
            "a user and an assistant turn a line, with its reasoning_content",
            _messages,
        ),
        PromptSetFormat("text", ".txt", _PLAIN, "the request as it is sent, {prompt} in the target's place", _text),
        PromptSetFormat("json", ".json", _JSON, "everything: constraints, verdicts, provenance and terms", _json),
        PromptSetFormat("dspy", ".dspy.json", _JSON, "demos of a DSPy predictor: prompt, reasoning, answer", _dspy),
        PromptSetFormat(
            "verify", ".verify.jsonl", _LINES, "prompts with their responses: both files of manage.py verify", _verify
        ),
    )
}
