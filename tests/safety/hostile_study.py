"""A study in which every feature was used and every text that a person, a model or a file wrote is hostile."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import CharField, Field, JSONField, Model, QuerySet, TextField
from django.utils import timezone

from annotator.accounts.services import token_issue
from annotator.datasets.models import Constraint, valid_name
from annotator.exemplars.models import Repair
from annotator.releases import services as releases
from annotator.routing.models import Training
from annotator.runs.models import Generation, Run, Worker
from annotator.studies.models import Assignment, Case, DecisionDraft, Draft, Study
from annotator.web.runs.uploads import upload_keep
from tests.page_addresses import address_values, page_addresses
from tests.releases.snapshots.full_study import People, make_full_study, make_people
from tests.routing.rows import make_router
from tests.studies.annotating import submit
from tests.traced_studies import trace_planted

# Written by the program alone: hashes, versions, and words out of lists that the code keeps.
STRUCTURAL = frozenset(
    {
        "fingerprint",
        "content_hash",
        "hash",
        "file_hash",
        "digest",
        "password_fingerprint",
        "password",
        "checker_version",
        "strategy_version",
        "prompt_version",
        "strategy",
        "backend",
        "format",
        "kind",
        "queue",
        "split_status",
        "finish_reason",
        "reasoning_kind",
        "language",
        "hotkey",
        "pseudonym",
        "known_label",
        "known_choice",
        "subject",
        "email",
        "token_key",
    }
)
# Of a column of JSON: the members whose texts somebody wrote. None is all of them, their names too.
WRITTEN: Mapping[str, frozenset[str] | None] = {
    "datasets.Prompt.metadata": None,
    "datasets.Prompt.known_defects": frozenset({"source", "sentence"}),
    "runs.LanguageModel.terms": frozenset({"licence", "terms"}),
    "runs.LanguageModel.serving": frozenset({"base_url"}),
    "runs.Run.source": frozenset({"name", "terms"}),
    "runs.Run.parameters": frozenset({"prompt", "answer", "reasoning"}),
    "runs.ModelCall.tools": None,
    "runs.ModelCall.tool_calls": frozenset({"name", "arguments"}),
    "runs.ModelCall.probabilities": None,
    "runs.Verdict.evidence": frozenset({"note", "observed", "required"}),
    "runs.JudgeReply.evidence": frozenset({"note", "observed", "required"}),
    "runs.Environment.content": None,
    "studies.Annotation.spans": frozenset({"quote"}),
    "studies.Adjudication.spans": frozenset({"quote"}),
    "exemplars.Repair.verdicts": frozenset({"note", "observed", "required"}),
    "exemplars.ExemplarProof.verdicts": frozenset({"note", "observed", "required"}),
    "exemplars.PromptSetUse.excluded": frozenset({"key"}),
    "events.Event.payload": frozenset({"reason", "note", "text", "by", "name"}),
}
PEOPLE = frozenset({"username", "first_name", "last_name"})


@dataclass(frozen=True)
class HostileStudy:
    """The study, its people and, by the name of a part of an address, the values that pages exist for."""

    study: Study
    people: People
    values: Mapping[str, Sequence[object]]

    def addresses(self) -> list[str]:
        """Every address of a page or fragment; that of an import's preview has its settings."""
        dataset = self.study.first_run.dataset_id
        chosen = f"?dataset={dataset}&language_model=new&strategy=cot&split=none"
        previews = [f"/runs/import/{upload}/{chosen}" for upload in self.values["upload"]]
        return [*page_addresses(self.values), *previews]


def make_hostile_study(texts: Sequence[str]) -> HostileStudy:
    """Create the study with `texts` in every field; requires a VAR_DIR of the test's own, and no running builder."""
    people = make_people()
    study = make_full_study(people)
    trace_planted(study, filler=True)
    make_router("pilot")
    make_further_rows(study, people)
    _make_hostile(texts)
    releases.snapshot_request(study=study, user=people.lena, licence=next(text for text in texts if len(text) <= 64))
    releases.snapshots_build()
    return HostileStudy(Study.objects.get(pk=study.pk), people, _values(study, people, texts))


def make_further_rows(study: Study, people: People) -> None:
    """What a snapshot does not carry: workers, drafts, tokens, trainings, failed rows, and a case that is sent back."""
    queue = study.first_run.language_model.queue
    for number in range(2):
        Worker.objects.create(
            name=f"w{number}", queue=queue, host="host", last_seen=timezone.now(), error="away", failures=number,
            device="GPU",
        )  # fmt: skip
    Run.objects.filter(pk=study.first_run_id).update(status=Run.Status.RUNNING)
    failed = study.first_run.generations.get(prompt__key="moon")
    Generation.objects.filter(pk=failed.pk).update(status="failed", error="It failed.", claimed_by="w0")
    Repair.objects.filter(request__isnull=False).update(parameters={"samples": 1, "rounds": 1})
    for case in study.cases.prefetch_related("prompt__constraints"):  # one has got a constraint after its case was made
        lacking = case.prompt.constraints.count() - len(case.contrast)
        Case.objects.filter(pk=case.pk).update(contrast=case.contrast + case.contrast[-1:] * lacking)
    content = {"note": "n", "other_text": "o", "disputes": {"left-1": "d"}, "reason": "r", "patterns": [], "label": ""}
    for assignment in Assignment.objects.filter(case__study=study, status="submitted")[:2]:
        Draft.objects.create(assignment=assignment, version=1, content=_typed(content))
    for case in study.cases.all():
        DecisionDraft.objects.create(case=case, adjudicator=people.carol, version=1, content=_typed(content))
    token_issue(user=people.alice, name="laptop")
    token_issue(user=people.lena, name="laptop")
    bobs = Assignment.objects.filter(case__study=study, annotator=people.bob, status="submitted").first()
    assert bobs is not None
    submit(bobs, note="Once more.", label="hurt")
    Training.objects.create(study=study, name="words", status="failed", error="It failed.", created_by=people.lena)
    Training.objects.create(study=study, name="words", created_by=people.lena)


def _typed(content: Mapping[str, Any]) -> dict[str, Any]:
    """A draft is stored as it was typed."""
    typed = "</textarea><script>window.hacked = 20</script>"
    return {name: typed if isinstance(value, str) and value else value for name, value in content.items()}


def _make_hostile(texts: Sequence[str]) -> None:
    for model in [*_models(), User]:
        fields = [field for field in model._meta.concrete_fields if _is_written(field)]
        for row in model._default_manager.all() if fields else ():
            changes = {
                field.attname: _hostile(field, row, texts, number)
                for number, field in enumerate(fields)
                if getattr(row, field.attname)
            }
            QuerySet(model).filter(pk=row.pk).update(**changes)  # events refuse a change through their own
    short = next(text for text in texts if len(text) <= 60)
    Constraint.objects.filter(kind="own:polite").update(kind=f"own:{short}", kwargs={short: list(texts)})


def _models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("annotator.")]


def _is_written(field: "Field[Any, Any]") -> bool:
    """Whether the column holds what somebody wrote."""
    if field.model is User:
        return field.name in PEOPLE
    if isinstance(field, JSONField):
        return _label(field) in WRITTEN
    free = not field.choices and not field.primary_key and valid_name not in field.validators
    return isinstance(field, CharField | TextField) and free and field.name not in STRUCTURAL


def _label(field: "Field[Any, Any]") -> str:
    return f"{field.model._meta.app_label}.{field.model.__name__}.{field.name}"


def _hostile(field: "Field[Any, Any]", row: Model, texts: Sequence[str], number: int) -> Any:
    ending = f" {row.pk}"  # names are unique
    if isinstance(field, JSONField):
        return _hostile_json(getattr(row, field.attname), WRITTEN[_label(field)], "\n".join(texts))
    if isinstance(field, TextField):
        return "\n".join(texts) + ending
    fitting = [text for text in texts if len(text) + len(ending) <= (field.max_length or 0)]
    return fitting[(int(row.pk) + number) % len(fitting)] + ending if fitting else getattr(row, field.attname)


def _hostile_json(value: Any, members: frozenset[str] | None, text: str, *, inside: bool = False) -> Any:
    if isinstance(value, dict):
        return {
            f"{text} {name}" if members is None else name: _hostile_json(
                item, members, text, inside=members is None or name in members
            )
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_hostile_json(item, members, text, inside=inside or members is None) for item in value]
    return text if inside and isinstance(value, str) else value


def _values(study: Study, people: People, texts: Sequence[str]) -> dict[str, Sequence[object]]:
    """The values of the addresses, with a file that two leads have sent and not imported yet."""
    prompts = study.first_run.dataset.prompts.order_by("position")
    lines = "".join(json.dumps({"prompt": prompt.text, "response": "\n".join(texts)}) + "\n" for prompt in prompts)
    name = next(text for text in texts if "/" not in text)
    uploads = [
        upload_keep(SimpleUploadedFile(name, lines.encode()), owner_id=lead.pk) for lead in (people.lena, people.sam)
    ]
    return {**address_values(study), "upload": [upload.token for upload in uploads]}
