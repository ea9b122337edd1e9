"""Creation and closing of studies."""

from django.contrib.auth.models import User
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from annotator.events.services import event_append
from annotator.runs.models import Run
from annotator.studies.errors import StudyRefused
from annotator.studies.models import Codebook, Study
from annotator.studies.roles import run_roles
from annotator.studies.services.archiving import refuse_archived
from annotator.studies.services.members import owner_add
from annotator.studies.services.paired_runs import locked_runs
from annotator.studies.services.pairing import pair_cases


@transaction.atomic
def study_create(
    *,
    slug: str,
    title: str,
    first_run: Run,
    second_run: Run,
    codebook: Codebook,
    overlap: int = 1,
    blind: bool = True,
    verdicts_shown: str = "after_blind",
    scope: str = "answer",
    judge_unfinished: bool = False,
    order: str = "random",
    seed: int = 0,
    lead: User | None = None,
) -> Study:
    """Create a study of `second_run` against `first_run`, with a case for each prompt that both have done.

    `lead` becomes its first member, and owns it. Raises StudyRefused.
    """
    first_run, second_run = locked_runs(slug, first_run, second_run)
    _check_datasets(slug, first_run, second_run)
    first_role, second_role = run_roles(first_run, second_run)
    study = Study(
        slug=slug,
        title=title,
        first_run=first_run,
        second_run=second_run,
        first_role=first_role,
        second_role=second_role,
        codebook=codebook,
        overlap=overlap,
        blind=blind,
        verdicts_shown=verdicts_shown,
        scope=scope,
        judge_unfinished=judge_unfinished,
        order=order,
        seed=seed,
    )
    _check_fields(study)
    study.save()
    event_append("study.created", study, {"study": slug}, actor=lead, study=study.pk)
    if lead is not None:
        owner_add(study=study, user=lead)
    pair_cases(study)
    return study


def _check_datasets(slug: str, first_run: Run, second_run: Run) -> None:
    if first_run.dataset_id != second_run.dataset_id:
        raise StudyRefused(
            _(
                "Study %(study)r: run %(first)d is over %(first_dataset)s and run %(second)d over %(second_dataset)s; "
                "choose two runs over one dataset."
            )
            % {
                "study": slug,
                "first": first_run.pk,
                "first_dataset": first_run.dataset,
                "second": second_run.pk,
                "second_dataset": second_run.dataset,
            }
        )


def _check_fields(study: Study) -> None:
    try:
        study.full_clean()
    except ValidationError as error:
        raise StudyRefused(
            _("Study %(study)r: %(problem)s") % {"study": study.slug, "problem": _sentence(study, error)}
        ) from error


@transaction.atomic
def study_close(*, study: Study, by: User | None = None) -> Study:
    """Close the study to annotations; decisions, drafts and exports go on. Idempotent.

    A submission at the same moment is either stored or refused with StudyClosed: it reads the status once, together
    with its assignment.
    """
    return _set_status(study, Study.Status.CLOSED, "study.closed", by)


@transaction.atomic
def study_reopen(*, study: Study, by: User | None = None) -> Study:
    """Open a closed study to annotations again. Idempotent. Raises StudyArchived."""
    refuse_archived(study)
    return _set_status(study, Study.Status.OPEN, "study.reopened", by)


def study_locked(*, study: Study) -> Study:
    """Return the study as it is now, with its codebook, locked until the caller's transaction ends."""
    locked = Study.objects.select_for_update(no_key=True, of=("self",)).select_related("codebook")
    return locked.get(pk=study.pk)


@transaction.atomic
def study_show_verdicts(*, study: Study, when: str, by: User | None = None) -> Study:
    """Show annotators the verdicts from `when` on, a value of `Study.VerdictsShown`. What was made stays as it was."""
    if when not in Study.VerdictsShown.values:
        raise StudyRefused(
            _("Study %(study)r: verdicts are shown at %(when)r, which is unknown; choose one of %(known)s.")
            % {"study": study.slug, "when": when, "known": ", ".join(Study.VerdictsShown.values)}
        )
    before, study.verdicts_shown = study.verdicts_shown, when
    study.save(update_fields=["verdicts_shown"])
    if before != when:
        payload = {"verdicts_shown": when, "before": before}
        event_append("study.settings_changed", study, payload, actor=by, study=study.pk)
    return study


def _set_status(study: Study, status: Study.Status, event: str, by: User | None) -> Study:
    """Store the status, with the event if it is a new one."""
    if Study.objects.filter(pk=study.pk).exclude(status=status).update(status=status):
        event_append(event, study, actor=by, study=study.pk)
    study.status = status
    return study


def _sentence(study: Study, error: ValidationError) -> str:
    problems = [(field, problem) for field, errors in error.error_dict.items() for problem in errors]
    return " ".join(_problem(study, field, problem) for field, problem in problems)


def _problem(study: Study, field: str, error: ValidationError) -> str:
    if field == NON_FIELD_ERRORS:
        return " ".join(error.messages)
    if error.code == "unique":
        message = _("%(field)s: %(value)r already exists; choose another one.")
        return message % {"field": field, "value": getattr(study, field)}
    return f"{field}: {' '.join(error.messages)}"
