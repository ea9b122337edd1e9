"""A world worth looking at: real-looking prompts and answers, judged by the real checkers, for pictures and axe.

Alice has judged one case and holds the folding bicycle; a run waits without a worker; one prompt of it has failed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone

from annotator.canonical import fingerprint
from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.runs.models import Generation, LanguageModel, Run, Verdict
from annotator.runs.services.model_calls import environment_store
from annotator.runs.services.verdicts import verdicts_for
from annotator.studies.models import Assignment, Membership, Study
from annotator.studies.services import (
    AnnotationContent,
    annotation_submit,
    assignment_choose_blind,
    case_next,
    codebook_load,
    member_add,
    study_create,
)
from tests.paths import REPOSITORY
from tests.studies.annotating import held_by


@dataclass(frozen=True)
class Scene:
    """A prompt with its `{constraint phrases}` in braces, and the completions of the two runs."""

    text: str
    constraints: Sequence[tuple[str, dict[str, object]]]
    base: str
    reasoning: str
    cot: str
    split: str = "clean"


SCENES = (
    Scene(
        "Write a short product note for a folding bicycle. {Do not use any commas}. {Use at least 60 words} and "
        "{end with the exact phrase “Ride home folded.”}",
        [
            ("punctuation:no_comma", {}),
            ("length_constraints:number_words", {"relation": "at least", "num_words": 60}),
            ("startend:end_checker", {"end_phrase": "Ride home folded."}),
        ],
        "The Corner folds in four seconds and fits under a desk. It weighs nine kilos and rolls beside you like "
        "luggage. The hinge locks with one hand and the chain never touches your coat. Store it anywhere. "
        "Ride home folded.",
        "The note should be lively and cover weight, folding time and storage. I need at least 60 words, so three "
        "or four sentences will not do. It must end with “Ride home folded.” Let me write it warmly and add a "
        "friendly closing line for the reader.",
        "The Corner is a bicycle for people who live in small, busy places. It folds in four seconds, weighs nine "
        "kilos, and slides under any desk without a scratch. The hinge locks with one hand and the chain stays clear "
        "of your coat all day. Commute by train in the morning and by road in the evening. Ride home folded. We hope "
        "you enjoy every ride with us!",
    ),
    Scene(
        "What should I check before I buy a used canoe? {Answer entirely in lowercase}, {in exactly 3 bullet points} "
        "{that start with an asterisk}.",
        [
            ("change_case:english_lowercase", {}),
            ("detectable_format:number_bullet_lists", {"num_bullets": 3}),
            ("punctuation:no_comma", {}),
        ],
        "Before you buy a used canoe, check:\n\n* The hull for cracks\n* The seats\n* The gunwales\n* The price",
        "All lowercase. Three bullets, each with an asterisk.",
        "* look along the hull for cracks and soft spots\n* sit on both seats and listen\n* ask how it was stored "
        "in winter",
    ),
    Scene(
        "Reply to a neighbour whose cat sleeps in your wheelbarrow. {Wrap the whole reply in double quotation marks}.",
        [("startend:quotation", {})],
        "Dear neighbour, your cat is welcome to the wheelbarrow until Saturday. Then I need it for the compost.",
        "",
        'THINK about the tone first. ANSWER: "Your cat has good taste in wheelbarrows."',
        "missing_marker",
    ),
    Scene(
        "Describe the sea to somebody who has never seen it, {without the word “blue”}.",
        [("keywords:forbidden_words", {"forbidden_words": ["blue"]})],
        "It is a blue field that never holds still.",
        "The word blue is not allowed. I can speak of sound and salt.",
        "It is a wide room of water that breathes all night and smells of salt.",
    ),
)


@dataclass(frozen=True)
class Gallery:
    """The rows that the pictures show."""

    study: Study
    judged: Assignment
    held: Assignment
    waiting: Run
    done: Run


def make_gallery(alice: User, bob: User, lena: User, *, blind: bool = True) -> Gallery:
    dataset = _dataset()
    model = LanguageModel.objects.create(
        slug="smollm2-135m", backend="transformers", name="HuggingFaceTB/SmolLM2-135M-Instruct"
    )
    base, cot = (_run(dataset, model, strategy) for strategy in ("base", "cot"))
    content = json.loads((REPOSITORY / "fixtures" / "codebook.json").read_text())
    study = study_create(
        slug="does-reasoning-help",
        title="Does reasoning help?",
        first_run=base,
        second_run=cot,
        codebook=codebook_load(name="paper", content=content),
        blind=blind,
        overlap=2,
        lead=lena,
    )
    for person in (alice, bob):
        member_add(study=study, user=person, role=Membership.Role.ANNOTATOR)
    _put_first(study, "1", "2")
    judged = _judge(study, alice)
    held = case_next(study=study, annotator=alice)
    assert held is not None
    Assignment.objects.filter(pk=held.pk).update(second_is_left=False)
    waiting = _waiting(dataset, model, lena)
    return Gallery(study=study, judged=judged, held=held, waiting=waiting, done=cot)


def _dataset() -> Dataset:
    dataset = Dataset.objects.create(
        name="everyday", version=1, format="ifeval", content_hash=fingerprint("dataset", "g"), prompt_count=len(SCENES)
    )
    for position, scene in enumerate(SCENES):
        text, spans = _spans(scene.text)
        prompt = Prompt.objects.create(dataset=dataset, key=str(position), position=position, text=text)
        for number, (kind, kwargs) in enumerate(scene.constraints):
            start, end = spans[number]
            Constraint.objects.create(
                prompt=prompt, position=number, kind=kind, kwargs=kwargs, span_start=start, span_end=end
            )
    return dataset


def _spans(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without its braces, and the span that each pair enclosed."""
    plain, spans = "", []
    for piece in text.split("{"):
        inside, closed, after = piece.partition("}")
        if closed:
            spans.append((len(plain), len(plain) + len(inside)))
        plain += inside + after
    return plain, spans


def _run(dataset: Dataset, model: LanguageModel, strategy: str) -> Run:
    run = _new_run(dataset, model, strategy, Run.Status.DONE)
    for generation in run.generations.select_related("prompt"):
        scene = SCENES[generation.position]
        reasons = strategy == "cot"
        generation.answer = scene.cot if reasons else scene.base
        generation.reasoning = scene.reasoning if reasons else ""
        generation.completion = f"THINK: {scene.reasoning}\nANSWER: {scene.cot}" if reasons else scene.base
        generation.split_status = scene.split if reasons else "clean"
        generation.finish_reason = "stop"
        generation.answer_tokens = len(generation.answer.split()) * 4 // 3
        generation.reasoning_tokens = len(generation.reasoning.split()) * 4 // 3
        generation.completion_tokens = generation.answer_tokens + generation.reasoning_tokens
        generation.latency_s = 2.5
        generation.status = Generation.Status.DONE
        generation.environment = environment_store({"transformers": "5.23.0", "device": "cpu"})
        generation.save()
        Verdict.objects.bulk_create(
            verdicts_for(generation, {scope: getattr(generation, scope) for scope in Verdict.Scope.values})
        )
    return run


def _new_run(dataset: Dataset, model: LanguageModel, strategy: str, status: str) -> Run:
    run = Run.objects.create(
        dataset=dataset,
        language_model=model,
        strategy=strategy,
        strategy_version="1",
        sampling={"max_new_tokens": 256, "temperature": 0.0, "seed": 0},
        fingerprint=fingerprint("run", [strategy, status]),
        status=status,
    )
    for prompt in dataset.prompts.all():
        Generation.objects.create(
            run=run,
            prompt=prompt,
            position=prompt.position,
            fingerprint=fingerprint("generation", [run.pk, prompt.key]),
        )
    return run


def _waiting(dataset: Dataset, model: LanguageModel, lead: User) -> Run:
    """A run without a worker, with one failed and one finished prompt."""
    run = _new_run(dataset, model, "cot", Run.Status.RUNNING)
    Run.objects.filter(pk=run.pk).update(created_by=lead)
    rows = run.generations.order_by("position")
    rows.filter(position=0).update(status="done", completion_tokens=180, finished_at=timezone.now(), latency_s=3)
    rows.filter(position=1).update(
        status="failed", error="The model ran out of memory on this prompt; use a smaller batch_size and resume."
    )
    return run


def _put_first(study: Study, *keys: str) -> None:
    """Move these cases to the front of the shuffled queue; the bicycle is next."""
    for rank, key in enumerate([*keys[1:], "0"]):
        study.cases.filter(prompt__key=key).update(queue_rank=rank)
    study.cases.exclude(prompt__key__in=[*keys[1:], "0"]).update(queue_rank=10)


def _judge(study: Study, annotator: User) -> Assignment:
    assignment = held_by(study, annotator)
    assignment.second_is_left = False
    assignment.save(update_fields=["second_is_left"])
    if study.blind:
        assignment_choose_blind(assignment=assignment, choice="right")
    annotation_submit(
        assignment=assignment,
        submission_key=UUID(int=1),
        base_revision=0,
        content=AnnotationContent(
            label="cant_tell", patterns=["parsing-artefact"], note="The marker is missing.", seconds=41
        ),
    )
    return assignment
