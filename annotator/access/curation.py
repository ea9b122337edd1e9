"""Access to candidates, repairs, exemplars and prompt sets, for the curators and leads of their study."""

from django.db.models import Q, QuerySet

from annotator.access.objects import Visitor, one_or_404
from annotator.access.roles import studies_where
from annotator.access.runs import runs_for
from annotator.backends import GENERATING
from annotator.exemplars.models import Candidate, Exemplar, PromptSet, Repair
from annotator.runs.models import LanguageModel, Run
from annotator.studies.models import Case, Study

_WITHOUT_EXEMPLARS = ("base", "cot")


def studies_curated_by(user: Visitor) -> QuerySet[Study]:
    """The studies whose answers `user` may repair, newest first: as a curator or as a lead."""
    return studies_where(user, "curate")


def study_to_curate(user: Visitor, slug: str) -> Study:
    """Return the study, with its runs, for those who repair its answers."""
    joined = ("codebook", "first_run__dataset", "first_run__language_model", "second_run__language_model")
    return one_or_404(studies_curated_by(user).select_related(*joined), slug=slug)


def case_to_repair(user: Visitor, slug: str, case_id: int) -> Case:
    """Return a case whose answers can be sent to repair, with its study and texts."""
    joined = ("study", "prompt", "first", "second")
    return one_or_404(Case.objects.select_related(*joined), pk=case_id, study=study_to_curate(user, slug).pk)


def candidates_to_repair(user: Visitor, slug: str) -> QuerySet[Candidate]:
    """The candidates of a study, with their prompts, for its curators."""
    of_study = Candidate.objects.filter(case__study=study_to_curate(user, slug).pk)
    return of_study.select_related("case__prompt", "requested_by")


def candidate_to_repair(user: Visitor, slug: str, candidate_id: int) -> Candidate:
    """Return a candidate with its case, prompt and generation, for the curators of its study."""
    joined = ("case__study", "case__prompt", "generation__run__language_model")
    candidates = Candidate.objects.select_related(*joined)
    return one_or_404(candidates, pk=candidate_id, case__study=study_to_curate(user, slug).pk)


def repair_for(user: Visitor, slug: str, repair_id: int) -> Repair:
    """Return one attempt, with its candidate and prompt, for the curators of its study."""
    repairs = Repair.objects.select_related("candidate__case__prompt", "candidate__case__study")
    return one_or_404(repairs, pk=repair_id, candidate__case__study=study_to_curate(user, slug).pk)


def language_models_to_ask(user: Visitor) -> QuerySet[LanguageModel]:
    """The language models that may be asked for repairs, for whoever curates a study; else none.

    One that is known by its imported runs alone cannot be asked.
    """
    models = LanguageModel.objects.filter(backend__in=GENERATING)
    return models if studies_curated_by(user).exists() else models.none()


def exemplars_for(user: Visitor) -> QuerySet[Exemplar]:
    """The exemplars of the studies that `user` curates, with their prompts."""
    curated = Exemplar.objects.filter(candidate__case__study__in=studies_curated_by(user).order_by())
    return curated.select_related("prompt", "candidate__case__study")


def exemplar_for(user: Visitor, exemplar_id: int) -> Exemplar:
    """Return one exemplar, for the curators of its study."""
    return one_or_404(exemplars_for(user), pk=exemplar_id)


def prompt_sets_for(user: Visitor) -> QuerySet[PromptSet]:
    """The prompt sets of the studies that `user` curates."""
    return PromptSet.objects.filter(study__in=studies_curated_by(user).order_by()).select_related("study")


def prompt_set_for(user: Visitor, slug: str, name: str, version: int) -> PromptSet:
    """Return one version of a prompt set, for the curators of its study."""
    return one_or_404(prompt_sets_for(user), study__slug=slug, name=name, version=version)


def runs_to_compare(user: Visitor, slug: str) -> QuerySet[Run]:
    """The runs that the curators of a study may compare: with its prompt sets, its own two, and those beside them.

    Beside them are the base and cot runs over the same datasets by the same language models. Leads compare besides all
    runs that they may open. A curator sees their verdicts, and opens none of them.
    """
    study = study_to_curate(user, slug)
    of_sets = Run.objects.filter(prompt_set_use__prompt_set__study=study).order_by()
    beside = Run.objects.filter(
        strategy__in=_WITHOUT_EXEMPLARS,
        dataset__in=of_sets.values("dataset"),
        language_model__in=of_sets.values("language_model"),
    ).order_by()
    compared = Q(pk__in=of_sets.values("pk")) | Q(pk__in=beside.values("pk"))
    own = Q(pk__in=[study.first_run_id, study.second_run_id])
    opened = Q(pk__in=runs_for(user).order_by().values("pk"))
    return Run.objects.select_related("dataset", "language_model").filter(compared | own | opened)
