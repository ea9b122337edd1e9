"""Creation, closing and members of studies."""

import secrets

from django.contrib.auth.models import User
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from annotator.runs.models import Run
from annotator.studies.errors import StudyRefused
from annotator.studies.models import Codebook, Membership, Study
from annotator.studies.roles import run_roles
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
    order: str = "random",
    seed: int = 0,
    lead: User | None = None,
) -> Study:
    """A study of `second_run` against `first_run`, with a case for each prompt that both have done."""
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
        order=order,
        seed=seed,
    )
    try:
        study.full_clean()
    except ValidationError as error:
        raise StudyRefused(
            _("Study %(study)r: %(problem)s") % {"study": slug, "problem": _sentence(study, error)}
        ) from error
    if slug in _TAKEN:
        raise StudyRefused(
            _("Study %(study)r: this short name is an address of ours; choose another one.") % {"study": slug}
        )
    study.save()
    if lead is not None:
        member_add(study=study, user=lead, role=Membership.Role.LEAD)
    pair_cases(study)
    return study


def study_close(*, study: Study) -> Study:
    """Take no more annotations; decisions, drafts and exports go on. Closing a closed study changes nothing.

    A submission under way at this moment either counts or is refused in words: each reads the status once, with its
    assignment, and stands or falls with what it read.
    """
    return _set_status(study, Study.Status.CLOSED)


def study_reopen(*, study: Study) -> Study:
    """Take annotations again, from where the study was closed."""
    return _set_status(study, Study.Status.OPEN)


def study_show_verdicts(*, study: Study, when: str) -> Study:
    """Show annotators the verdicts from `when` on, a value of `Study.VerdictsShown`. What was made stays as it was."""
    if when not in Study.VerdictsShown.values:
        raise StudyRefused(
            _("Study %(study)r: verdicts are shown at %(when)r, which is unknown; choose one of %(known)s.")
            % {"study": study.slug, "when": when, "known": ", ".join(Study.VerdictsShown.values)}
        )
    study.verdicts_shown = when
    study.save(update_fields=["verdicts_shown"])
    return study


def _set_status(study: Study, status: Study.Status) -> Study:
    study.status = status
    study.save(update_fields=["status"])
    return study


@transaction.atomic
def member_add(*, study: Study, user: User, role: str) -> Membership:
    """Let `user` into `study`; somebody who is in already changes role and keeps the pseudonym.

    The only lead stays one: nobody else could give the role back.
    """
    if role not in Membership.Role.values:
        raise StudyRefused(
            _("Role %(role)r is unknown; known roles: %(known)s.")
            % {"role": role, "known": ", ".join(Membership.Role.values)}
        )
    leads = study.memberships.select_for_update().filter(role=Membership.Role.LEAD)
    if role != Membership.Role.LEAD and [each.user_id for each in leads] == [user.pk]:
        raise StudyRefused(
            _("%(name)s is the only lead of study %(study)r; make somebody else a lead first.")
            % {"name": user.get_username(), "study": study.slug}
        )
    # A random name: a number would tell who joined when.
    pseudonym = f"{secrets.choice(_COLOURS)}-{secrets.token_hex(3)}"
    membership, _made = Membership.objects.update_or_create(
        study=study, user=user, defaults={"role": role}, create_defaults={"role": role, "pseudonym": pseudonym}
    )
    return membership


_TAKEN = {"new"}  # /studies/new/ makes a study
_COLOURS = ("amber", "azure", "coral", "indigo", "jade", "ochre", "olive", "pearl", "plum", "russet", "teal", "umber")


def _sentence(study: Study, error: ValidationError) -> str:
    problems = [(field, each) for field, errors in error.error_dict.items() for each in errors]
    return " ".join(_problem(study, field, each) for field, each in problems)


def _problem(study: Study, field: str, error: ValidationError) -> str:
    if field == NON_FIELD_ERRORS:
        return " ".join(error.messages)
    if error.code == "unique":
        message = _("%(field)s: %(value)r already exists; choose another one.")
        return message % {"field": field, "value": getattr(study, field)}
    return f"{field}: {' '.join(error.messages)}"
