"""The cast: people and a small study for tests, as rows, without a model, worker or broker.

alice and bob annotate, carol adjudicates, dan curates, lena leads the study, mallory is signed in but belongs to no
study. `world` is a dataset with four prompts, a base and a cot run over it, both done with verdicts, and a blind study
of the two.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.canonical import fingerprint
from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.runs.models import Generation, JudgeReply, LanguageModel, Run, Verdict
from annotator.studies.models import Codebook, Membership, Study
from annotator.studies.services import codebook_load, member_add, study_create

CODEBOOK = {
    "guideline": "Read the prompt **twice**.",
    "patterns": [
        {"slug": "formatting-gained", "name": "formatting gained", "help": "A shape that only one has.", "hotkey": "1"},
        {"slug": "neglected", "name": "simple constraint neglected", "help": "Counted wrong.", "hotkey": "3"},
        {"slug": "other", "name": "other", "help": "Say what.", "hotkey": "7", "needs_text": True},
    ],
}
NO_COMMA = ("punctuation:no_comma", {}, (20, 41))
LOWERCASE = ("change_case:english_lowercase", {}, None)

# key, constraints, first answer, second answer, (first, second) obeyed for each constraint
SCENES: Sequence[tuple[str, Sequence[Any], str, str, Sequence[tuple[bool | None, bool | None]]]] = (
    ("rain", [NO_COMMA], "Rain, rain, rain.", "Rain falls softly.", [(False, True)]),
    ("tea", [NO_COMMA], "Tea is warm.", "Tea, of course.", [(True, False)]),
    ("bike", [NO_COMMA, LOWERCASE], "a bike, red", "A Bike Red", [(False, True), (True, False)]),
    ("moon", [NO_COMMA], "The moon.", "A moon.", [(True, True)]),
)


@dataclass(frozen=True)
class World:
    """The rows that the tests of studies, releases, api and web share."""

    dataset: Dataset
    language_model: LanguageModel
    first_run: Run
    second_run: Run
    codebook: Codebook
    study: Study


def _person(name: str, **fields: Any) -> User:
    return User.objects.create_user(name, password=f"{name}-password-1", **fields)


@pytest.fixture
def alice(db: None) -> User:
    return _person("alice")


@pytest.fixture
def bob(db: None) -> User:
    return _person("bob")


@pytest.fixture
def carol(db: None) -> User:
    """Adjudicates where a test lets her; `world` does not."""
    return _person("carol")


@pytest.fixture
def dan(db: None) -> User:
    """Curates where a test lets him; `world` does not."""
    return _person("dan")


@pytest.fixture
def lena(db: None) -> User:
    """Leads the study of `world` as a member; she is not staff."""
    return _person("lena")


@pytest.fixture
def mallory(db: None) -> User:
    return _person("mallory")


@pytest.fixture
def world(alice: User, bob: User, lena: User) -> World:
    created = make_world()
    member_add(study=created.study, user=lena, role=Membership.Role.LEAD)
    for annotator in (alice, bob):
        member_add(study=created.study, user=annotator, role=Membership.Role.ANNOTATOR)
    return created


def make_world(slug: str = "pilot", **study: Any) -> World:
    """Create another world; `study` goes to `study_create` (overlap, blind, scope, seed)."""
    dataset = make_dataset(slug)
    model = make_model()
    first_run, second_run = (make_run(dataset, model, strategy) for strategy in ("base", "cot"))
    codebook = codebook_load(name="paper", content=CODEBOOK)
    created = study_create(
        slug=slug,
        title="Does reasoning help?",
        first_run=first_run,
        second_run=second_run,
        codebook=codebook,
        **study,
    )
    return World(dataset, model, first_run, second_run, codebook, created)


def make_model() -> LanguageModel:
    """Return the scripted model of all runs in tests."""
    return LanguageModel.objects.get_or_create(slug="tiny", backend="scripted", name="tiny")[0]


def make_dataset(name: str) -> Dataset:
    """Create a dataset of the four prompts of SCENES."""
    dataset = Dataset.objects.create(
        name=name, version=1, format="ifeval", content_hash=fingerprint("dataset", name), prompt_count=len(SCENES)
    )
    prompts = Prompt.objects.bulk_create(
        Prompt(dataset=dataset, key=key, position=position, text=f"Write about {key:>6}. Do not use any commas.")
        for position, (key, *_) in enumerate(SCENES)
    )
    Constraint.objects.bulk_create(
        Constraint(prompt=prompt, position=number, kind=kind, kwargs=kwargs, span_start=start, span_end=end)
        for prompt, (_, constraints, *_) in zip(prompts, SCENES, strict=True)
        for number, (kind, kwargs, span) in enumerate(constraints)
        for start, end in [span or (None, None)]
    )
    return dataset


def make_run(dataset: Dataset, model: LanguageModel, strategy: str, *, done: bool = True) -> Run:
    """Create a run over `dataset` with generations that are done, with verdicts, or still queued."""
    run = Run.objects.create(
        dataset=dataset,
        language_model=model,
        strategy=strategy,
        strategy_version="1",
        sampling={"max_new_tokens": 64},
        fingerprint=fingerprint("run", [dataset.name, strategy, done]),
        status=Run.Status.DONE if done else Run.Status.RUNNING,
    )
    generations = [
        Generation(
            run=run, prompt=prompt, position=position, fingerprint=fingerprint("generation", [run.pk, prompt.key])
        )
        for position, prompt in enumerate(dataset.prompts.prefetch_related("constraints"))
    ]
    for generation in generations if done else ():
        _write(generation)
    Generation.objects.bulk_create(generations)
    if done:
        Verdict.objects.bulk_create(verdict for generation in generations for verdict in _verdicts(generation))
    return run


def finish(generation: Generation) -> None:
    """Finish a queued generation with the texts and verdicts of SCENES."""
    _write(generation)
    generation.save()
    Verdict.objects.bulk_create(_verdicts(generation))


def _scene(generation: Generation) -> tuple[bool, str, Sequence[tuple[bool | None, bool | None]]]:
    """Return whether it reasons, its answer, and what the two answers obey."""
    reasons = generation.run.strategy == "cot"
    _, _, first_answer, second_answer, obeyed = next(scene for scene in SCENES if scene[0] == generation.prompt.key)
    return reasons, second_answer if reasons else first_answer, obeyed


def _write(generation: Generation) -> None:
    reasons, generation.answer, _ = _scene(generation)
    generation.reasoning = f"Let me think about {generation.prompt.key}, slowly." if reasons else ""
    generation.completion = (
        f"THINK: {generation.reasoning}\nANSWER: {generation.answer}" if reasons else generation.answer
    )
    generation.split_status = "clean"
    generation.finish_reason = "stop"
    generation.reasoning_tokens = 312 if reasons else 0
    generation.answer_tokens = 96 if reasons else 58
    generation.completion_tokens = generation.reasoning_tokens + generation.answer_tokens
    generation.status = Generation.Status.DONE


def _verdicts(generation: Generation) -> Iterator[Verdict]:
    reasons, _, obeyed = _scene(generation)
    for constraint, pair in zip(generation.prompt.constraints.all(), obeyed, strict=True):
        yield from verdicts_on(generation, constraint, pair[1] if reasons else pair[0])


def judge_reply(generation: Generation, constraint: Constraint | None = None, mark: str = "obeyed") -> JudgeReply:
    """Store what the judge model `arbiter` replied about a constraint of a generation, by default its first one."""
    return JudgeReply.objects.create(
        generation=generation,
        constraint=constraint or generation.prompt.constraints.earliest("position"),
        scope="answer",
        judge_name="arbiter",
        prompt_version="1",
        language="en",
        role="judge",
        mark=mark,
        status="done",
    )


def verdicts_on(generation: Generation, constraint: Constraint, obeyed: bool | None) -> Iterator[Verdict]:
    """Yield verdicts in both scopes; commas in the reasoning violate "no commas" in the completion alone."""
    in_completion = False if generation.reasoning and constraint.kind == NO_COMMA[0] else obeyed
    for scope, decision in ((Verdict.Scope.ANSWER, obeyed), (Verdict.Scope.COMPLETION, in_completion)):
        text = generation.answer if scope == Verdict.Scope.ANSWER else generation.completion
        spans = [] if decision or "," not in text else [[text.index(","), text.index(",") + 1]]
        note = "" if decision else f"{text.count(',')} commas"
        evidence = {"obeyed": decision, "observed": text.count(","), "required": 0, "spans": spans, "note": note}
        yield Verdict(
            generation=generation,
            constraint=constraint,
            scope=scope,
            strict=decision,
            loose=decision,
            evidence={"strict": evidence, "loose": evidence},
            checker_version="test",
        )
