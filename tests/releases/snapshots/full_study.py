"""A study in which every feature was used, as rows and by services: what a snapshot has to carry."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone

from annotator.datasets.models import Constraint, Prompt
from annotator.exemplars.models import Candidate, PromptSetUse, Repair
from annotator.runs.models import Generation, JudgeReply, LanguageModel, Run, Verdict
from annotator.runs.services.model_calls import CallRecord, calls_prepare, calls_replace, environment_store
from annotator.studies.models import Assignment, Case, EarlierRuns, Study
from annotator.studies.services import (
    AnnotationContent,
    adjudication_decide,
    annotation_submit,
    assignment_choose_blind,
    assignment_skip,
    case_next,
    check_set,
    flag_answer,
    flag_raise,
    flag_reply,
    member_add,
    member_deactivate,
    practice_set,
    rework_request,
    study_check_every,
)
from tests.cast import World, make_run, make_world
from tests.releases.curated import make_curated, withdraw
from tests.studies.annotating import submit

MOMENT = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
HOST = "gpu7.lab.example.org"


@dataclass(frozen=True)
class People:
    """Everybody who acts in the study; sam leads the site and is no member."""

    alice: User
    bob: User
    carol: User
    dan: User
    erin: User
    lena: User
    sam: User


def make_people() -> People:
    """Create the people, with names and addresses that an anonymous snapshot must not have."""
    created = {
        name: User.objects.create_user(
            name, f"{name}@people.example.org", first_name=name.title(), last_name=f"Quux{name}"
        )
        for name in ("alice", "bob", "carol", "dan", "erin", "lena")
    }
    return People(**created, sam=User.objects.create_user("samira", "samira@people.example.org", is_staff=True))


def make_full_study(people: People) -> Study:
    """Create the study."""
    world = make_world("full", overlap=2)
    study = world.study
    roles = {"lena": "lead", "carol": "adjudicator", "dan": "curator"}
    for name in ("lena", "carol", "dan", "alice", "bob", "erin"):
        member_add(study=study, user=getattr(people, name), role=roles.get(name, "annotator"))
    _runs(world)
    _texts(world)
    practice_set(case=_case(study, "rain"), label="helped", patterns=["neglected"], feedback="Count the commas.")
    check_set(case=_case(study, "moon"), label="no_difference", choice="same")
    study_check_every(study=study, every=2)
    _skip(study, people)
    for person in (people.alice, people.bob):
        _annotate(study, person)
    _discuss(study, people)
    _decide(study, people)
    member_deactivate(
        membership=study.memberships.get(user=people.erin), by=people.lena, reason="Erin left us.", left_out=True
    )
    _exemplars(study, people)
    return Study.objects.get(pk=study.pk)


def _case(study: Study, key: str) -> Case:
    return study.cases.select_related("study", "prompt", "first", "second").get(prompt__key=key)


def _runs(world: World) -> None:
    """Earlier runs, a repeat, and where the model is served."""
    earlier = [make_run(world.dataset, world.language_model, strategy) for strategy in ("restate", "self_reflection")]
    EarlierRuns.objects.create(study=world.study, first_run=earlier[0], second_run=earlier[1], replaced_at=MOMENT)
    repeat = make_run(world.dataset, world.language_model, "cot_forced")
    make_run(world.dataset, world.language_model, "few_shot")
    Run.objects.filter(pk=repeat.pk).update(repeat_of=world.second_run, sampling={"seed": 1, "temperature": 0.7})
    source = {"name": "/home/alice/answers.jsonl", "terms": "CC-BY-4.0", "sha256": "0" * 64}
    Run.objects.filter(pk=earlier[0].pk).update(source=source, left_out=["rain"])
    LanguageModel.objects.filter(pk=world.language_model.pk).update(
        serving={"base_url": f"http://{HOST}:8000/v1"}, terms={"licence": "Apache-2.0", "terms": "Keep the notice."}
    )


def _texts(world: World) -> None:
    """Model calls, environments, a recorded and a reused generation, an own kind, known defects, a judge's reply."""
    Prompt.objects.filter(dataset=world.dataset, key="rain").update(
        metadata={"difficulty": 3, "tags": ["a", "b"]},
        attributes={"group": 1},
        known_defects=[{"source": "IFEval++", "sentence": "It is faulty.", "contradictory": True}],
    )
    environment = environment_store({"backend": "scripted", "weights": "abc", "hardware": "two cores"})
    made = {row.prompt.key: row for row in world.second_run.generations.select_related("prompt")}
    record = CallRecord(
        step="answer",
        messages=[("system", "Be brief."), ("user", "Write about tea. \u2028 Next line.")],
        text="THINK: hm ANSWER: Tea, of course.",
        finish_reason="stop",
        sampling={"temperature": 0.0},
        probabilities={"yes": 0.25},
        tool_calls=[{"name": "verify", "arguments": "{}"}],
        tools=["verify"],
        latency_s=0.125,
    )
    failed = replace(record, text="", error=f"http://{HOST}:8000/v1 does not answer.")
    calls_replace(made["tea"], calls_prepare(made["tea"], [failed, record]))
    Generation.objects.filter(pk=made["tea"].pk).update(
        environment=environment, recorded_at=MOMENT, finished_at=MOMENT, decision={"reasons": True}, latency_s=1.5
    )
    Generation.objects.filter(pk=made["moon"].pk).update(reused_from=made["tea"])
    rain = made["rain"].prompt
    kind = Constraint.objects.create(prompt=rain, position=1, kind="own:polite", kwargs={"word": "please"})
    Verdict.objects.create(
        generation=made["rain"],
        constraint=kind,
        scope="answer",
        evidence={"strict": {"obeyed": None, "observed": 1.0, "note": "ünknown", "spans": []}},
        checker_version="test",
    )
    JudgeReply.objects.create(
        generation=made["rain"],
        constraint=kind,
        scope="answer",
        judge=world.language_model,
        judge_name="tiny",
        prompt_version="1",
        language="en",
        role="judge",
        raw="YES. <script>alert(1)</script>",
        probability=0.5,
        mark="obeyed",
        status="done",
        finished_at=MOMENT,
        environment=environment,
        created_at=MOMENT,
    )


def _skip(study: Study, people: People) -> None:
    """Erin practises, skips a real case, and annotates the next one."""
    practice = case_next(study=study, annotator=people.erin)
    assert practice is not None
    submit(practice)
    skipped = case_next(study=study, annotator=people.erin)
    assert skipped is not None
    assignment_skip(assignment=skipped, reason="Too long, says Erin.")
    further = case_next(study=study, annotator=people.erin)
    assert further is not None
    submit(further, label="cant_tell", note="Ask bob@people.example.org about it.")


def _annotate(study: Study, person: User) -> None:
    number = 0
    while (assignment := case_next(study=study, annotator=person)) is not None:
        number += 1
        key = assignment.case.prompt.key
        assignment_choose_blind(assignment=assignment, choice="left" if number % 2 else "same")
        label = {"tea": "hurt", "rain": "helped", "moon": "no_difference"}.get(key)
        extra = {}
        if key == "tea":
            span = {"text": "second.answer", "start": 0, "end": 3, "pattern": "neglected", "quote": "Tea"}
            extra = {
                "spans": [span],
                "effects": ["hurt"],
                "confidence": "high",
                "note": f"I, {person.first_name}, counted twice.",
                "seconds": 61,
                "disputes": [{"side": "second", "constraint": 1, "reason": "A comma is none."}],
            }
        annotation_submit(
            assignment=assignment,
            submission_key=UUID(int=number * 100 + person.pk),
            base_revision=0,
            content=AnnotationContent(
                label=label or ("helped" if person.username == "alice" else "hurt"),
                patterns=["neglected", "other"] if key == "tea" else [],
                other_text="Too eager." if key == "tea" else "",
                **extra,
            ),
        )


def _discuss(study: Study, people: People) -> None:
    """A flag with an answer and a reply, and an annotation that is sent back and revised."""
    held = Assignment.objects.get(case__study=study, case__prompt__key="bike", annotator=people.alice)
    flag = flag_raise(assignment=held, reason="Is <b>red</b> a comma?")
    flag_answer(flag=flag, author=people.lena, text="No, Alice.")
    flag_reply(flag=flag, text="Thanks, lena@people.example.org")
    bobs = Assignment.objects.get(case__study=study, case__prompt__key="bike", annotator=people.bob)
    rework_request(assignment=bobs, author=people.carol, note="Count again, Bob.", base_revision=1)
    submit(bobs, label="no_difference", note="Counted.")


def _decide(study: Study, people: People) -> None:
    for revision, (author, label) in enumerate([(people.carol, "helped"), (people.sam, "hurt")]):
        adjudication_decide(
            case=_case(study, "bike"),
            author=author,
            base_revision=revision,
            label=label,
            patterns=["formatting-gained"],
            other_text="",
            spans=[{"text": "first.answer", "start": 0, "end": 1, "pattern": "", "quote": "a"}],
            reason="Carol and Samira looked at it.",
        )


def _exemplars(study: Study, people: People) -> None:
    """Exemplars, one of them withdrawn, a rejected candidate, an attempt by a model, and a frozen set with its run."""
    curated = make_curated(study, people.dan)
    withdraw(curated.exemplars["bike"], people.dan)
    rejected = Candidate.objects.create(
        case=_case(study, "rain"),
        generation=_case(study, "rain").first,
        basis="verdicts",
        requested_by=people.dan,
        rejected_by=people.dan,
        rejected_at=MOMENT,
        rejected_reason="Dan finds it dull.",
    )
    Repair.objects.create(
        candidate=rejected,
        method="model",
        status="failed",
        request=UUID(int=7),
        language_model=study.first_run.language_model,
        error=f"{HOST} is away.",
        finished_at=MOMENT,
    )
    run = Run.objects.get(dataset=study.first_run.dataset, strategy="few_shot")
    Run.objects.filter(pk=run.pk).update(parameters={"exemplars": [{"prompt": "Write.", "answer": "Tea."}]})
    prompt_set = curated.prompt_set
    prompt_set.frozen_at, prompt_set.content_hash = timezone.now(), "prompt-set:1"
    prompt_set.save()
    PromptSetUse.objects.create(
        prompt_set=prompt_set,
        run=run,
        excluded=[{"key": "tea", "exemplar": 1, "rule": "exact", "similarity": 1.0}],
        prompts_before=4,
        prompts_after=3,
    )
