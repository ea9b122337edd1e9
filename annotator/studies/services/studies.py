"""Opens studies and lets people into them."""

import secrets

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from annotator.runs.models import Run
from annotator.studies.errors import StudyRefused
from annotator.studies.models import Codebook, Membership, Study
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
    scope: str = "answer",
    order: str = "random",
    seed: int = 0,
    lead: User | None = None,
) -> Study:
    """A study of `second_run` (reasoning) against `first_run`, with a case for each prompt that both have done."""
    if first_run.dataset_id != second_run.dataset_id:
        raise StudyRefused(
            f"Study {slug!r}: run {first_run.pk} is over {first_run.dataset} and run {second_run.pk} over "
            f"{second_run.dataset}; choose two runs over one dataset."
        )
    study = Study(
        slug=slug,
        title=title,
        first_run=first_run,
        second_run=second_run,
        codebook=codebook,
        overlap=overlap,
        blind=blind,
        scope=scope,
        order=order,
        seed=seed,
    )
    try:
        study.full_clean()
    except ValidationError as error:
        raise StudyRefused(f"Study {slug!r}: {_sentence(error)}") from error
    study.save()
    if lead is not None:
        member_add(study=study, user=lead, role=Membership.Role.LEAD)
    pair_cases(study)
    return study


@transaction.atomic
def member_add(*, study: Study, user: User, role: str) -> Membership:
    """Let `user` into `study`; somebody who is in already changes role and keeps the pseudonym."""
    if role not in Membership.Role.values:
        raise StudyRefused(f"Role {role!r} is unknown; known roles: {', '.join(Membership.Role.values)}.")
    # A random name: a number would tell who joined when.
    pseudonym = f"{secrets.choice(_COLOURS)}-{secrets.token_hex(3)}"
    membership, _ = Membership.objects.update_or_create(
        study=study, user=user, defaults={"role": role}, create_defaults={"role": role, "pseudonym": pseudonym}
    )
    return membership


_COLOURS = ("amber", "azure", "coral", "indigo", "jade", "ochre", "olive", "pearl", "plum", "russet", "teal", "umber")


def _sentence(error: ValidationError) -> str:
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(
        " ".join(messages) if field == "__all__" else f"{field}: {' '.join(messages)}"
        for field, messages in error.message_dict.items()
    )
