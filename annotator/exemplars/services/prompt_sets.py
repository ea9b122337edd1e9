"""Creation and change of prompt sets, and new versions of those that a run has used."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotator.constraints import CHECKER_VERSION
from annotator.datasets.models import valid_name
from annotator.events.services import event_append
from annotator.exemplars.errors import PromptSetError, StalePromptSetError
from annotator.exemplars.models import Exemplar, PromptSet, PromptSetMember
from annotator.exemplars.selectors.exemplars import unproved_exemplar
from annotator.exemplars.selectors.prompt_sets import contents_of
from annotator.runs.models import LanguageModel
from annotator.studies.models import Study

_FIELDS = ("template", "shows_reasoning", "budget_tokens", "language_model")
GREATEST_BUDGET = 1_000_000  # tokens


@transaction.atomic
def prompt_set_create(
    *,
    study: Study,
    name: str,
    user: User | None = None,
    template: str = PromptSet.Template.TURNS,
    shows_reasoning: bool = False,
    exemplar_ids: Sequence[int] = (),
    budget_tokens: int | None = None,
    language_model: LanguageModel | None = None,
) -> PromptSet:
    """Create version 1 of a set with these exemplars in this order. Raises PromptSetError, also where it exists."""
    _check_name(name)
    fields = {
        "template": template,
        "shows_reasoning": shows_reasoning,
        "budget_tokens": budget_tokens,
        "language_model": language_model,
    }
    prompt_set = _create(study=study, name=name, version=1, created_by=user, **fields)
    _set_members(prompt_set, exemplar_ids)
    payload = {"study": study.slug, "name": name, "version": 1}
    event_append("prompt_set.created", prompt_set, payload, actor=user, study=study.pk)
    return prompt_set


@transaction.atomic
def prompt_set_change(
    *, prompt_set: PromptSet, user: User | None = None, seen: Sequence[int] | None = None, **changes: Any
) -> PromptSet:
    """Change members (`exemplar_ids`), template, reasoning, budget or language model; return the changed version.

    That is the set itself, or a new version of it where a run has used it. `seen` has the members that the person saw,
    in their order: StalePromptSetError if they are other ones now. Raises PromptSetError.
    """
    locked = prompt_set_locked(prompt_set)
    members = _member_ids(locked)
    if seen is not None and list(seen) != members:
        raise StalePromptSetError(
            _("%(set)s was changed meanwhile; look at it as it is now, and change it again.") % {"set": locked}
        )
    if locked.frozen_at is not None:
        return _next_version(locked, user, changes) if _differs(locked, members, changes) else locked
    return _apply(locked, changes)


@transaction.atomic
def prompt_set_version(*, prompt_set: PromptSet, user: User | None = None, **changes: Any) -> PromptSet:
    """Create the next version of a set: a copy of this one with the changes of `prompt_set_change`.

    Withdrawn exemplars are not copied. Raises PromptSetError.
    """
    return _next_version(prompt_set_locked(prompt_set), user, changes)


@transaction.atomic
def prompt_set_move(
    *, prompt_set: PromptSet, exemplar_id: int, step: int, user: User | None = None, seen: Sequence[int] | None = None
) -> PromptSet:
    """Move one member by `step` places, -1 is up; at either end it stays. Returns as `prompt_set_change` does.

    Raises PromptSetError for an exemplar that is no member, and as `prompt_set_change`.
    """
    order = _member_ids(prompt_set_locked(prompt_set))
    if exemplar_id not in order:
        raise PromptSetError(
            _("exemplar %(id)d is not in %(set)s; look at the set as it is now.")
            % {"id": exemplar_id, "set": prompt_set}
        )
    before = list(order)
    place = order.index(exemplar_id)
    order.insert(max(0, place + step), order.pop(place))
    return prompt_set_change(
        prompt_set=prompt_set, user=user, seen=before if seen is None else seen, exemplar_ids=order
    )


@transaction.atomic
def prompt_set_add(*, prompt_set: PromptSet, exemplar_id: int, user: User | None = None) -> PromptSet:
    """Add one exemplar as the last member. Returns and refuses as `prompt_set_change` does."""
    members = _member_ids(prompt_set_locked(prompt_set))
    return prompt_set_change(prompt_set=prompt_set, user=user, exemplar_ids=[*members, exemplar_id])


def prompt_set_locked(prompt_set: PromptSet) -> PromptSet:
    """Return the set under the lock of all its versions, so that two changes never make one version number."""
    versions = PromptSet.objects.select_for_update(no_key=True, of=("self",)).select_related("study", "language_model")
    rows = list(versions.filter(study=prompt_set.study_id, name=prompt_set.name).order_by("pk"))
    return next(row for row in rows if row.pk == prompt_set.pk)


def _next_version(prompt_set: PromptSet, user: User | None, changes: dict[str, Any]) -> PromptSet:
    newest = PromptSet.objects.filter(study=prompt_set.study_id, name=prompt_set.name).order_by("-version").first()
    version = (newest or prompt_set).version + 1
    fields = {name: getattr(prompt_set, name) for name in _FIELDS}
    withdrawn = {exemplar.pk for exemplar in contents_of(prompt_set).withdrawn}
    kept = [pk for pk in changes.get("exemplar_ids", _member_ids(prompt_set)) if pk not in withdrawn]
    created = _create(study=prompt_set.study, name=prompt_set.name, version=version, created_by=user, **fields)
    _apply(created, {**changes, "exemplar_ids": kept})
    payload = {"study": prompt_set.study.slug, "name": prompt_set.name, "version": version}
    event_append("prompt_set.created", created, payload, actor=user, study=prompt_set.study_id)
    return created


def _create(**fields: Any) -> PromptSet:
    _check_fields(fields)
    try:
        with transaction.atomic():
            return PromptSet.objects.create(**fields)
    except IntegrityError:
        raise PromptSetError(
            _("a prompt set named %(name)s exists in this study already; open it, or choose another name.")
            % {"name": fields["name"]}
        ) from None


def _apply(prompt_set: PromptSet, changes: dict[str, Any]) -> PromptSet:
    fields = {name: value for name, value in changes.items() if name != "exemplar_ids"}
    unknown = sorted(set(fields) - set(_FIELDS))
    if unknown:
        raise PromptSetError(
            _("a prompt set has no field %(name)r; it has %(known)s.")
            % {"name": unknown[0], "known": ", ".join((*_FIELDS, "exemplar_ids"))}
        )
    _check_fields(fields)
    for name, value in fields.items():
        setattr(prompt_set, name, value)
    prompt_set.save(update_fields=list(_FIELDS))
    _set_members(prompt_set, changes.get("exemplar_ids", _member_ids(prompt_set)))
    return prompt_set


def _differs(prompt_set: PromptSet, members: Sequence[int], changes: dict[str, Any]) -> bool:
    """Whether the changes would change anything: saving a frozen set as it is makes no version."""
    wanted = {**changes, "exemplar_ids": list(changes.get("exemplar_ids", members))}
    now = {**{name: getattr(prompt_set, name) for name in _FIELDS}, "exemplar_ids": list(members)}
    return any(now.get(name, ...) != value for name, value in wanted.items())


def _set_members(prompt_set: PromptSet, exemplar_ids: Sequence[int]) -> None:
    """Make these exemplars the members, in this order, and check the set as a whole."""
    _check_exemplars(prompt_set, exemplar_ids)
    if _member_ids(prompt_set) != list(exemplar_ids):
        prompt_set.members.all().delete()
        PromptSetMember.objects.bulk_create(
            PromptSetMember(prompt_set=prompt_set, exemplar_id=pk, position=position)
            for position, pk in enumerate(exemplar_ids)
        )
    contents_of(prompt_set).check()


def _check_exemplars(prompt_set: PromptSet, exemplar_ids: Sequence[int]) -> None:
    """Refuse an exemplar twice, one of another study, and a withdrawn or unproved one that is not a member yet."""
    ids = list(exemplar_ids)
    twice = next((pk for pk in ids if ids.count(pk) > 1), None)
    if twice is not None:
        raise PromptSetError(_("exemplar %(id)d is chosen twice; a set has it once.") % {"id": twice})
    # Locked against a withdrawal: it waits, or is seen here.
    rows = Exemplar.objects.select_for_update(no_key=True, of=("self",)).filter(
        candidate__case__study=prompt_set.study_id, pk__in=ids
    )
    found = {exemplar.pk: exemplar for exemplar in rows.order_by("pk")}
    missing = [pk for pk in ids if pk not in found]
    if missing:
        raise PromptSetError(
            _("exemplar %(id)d does not exist in the study %(study)s; choose among its exemplars.")
            % {"id": missing[0], "study": prompt_set.study.slug}
        )
    members = set(_member_ids(prompt_set))
    new = [found[pk] for pk in ids if pk not in members]
    for exemplar in new:
        if exemplar.withdrawn_at is not None:
            raise PromptSetError(
                _("exemplar %(id)d was withdrawn (%(reason)s); a set cannot take it, so choose another one.")
                % {"id": exemplar.pk, "reason": exemplar.withdrawn_reason}
            )
    refuse_unproved(new)


def refuse_unproved(exemplars: Sequence[Exemplar]) -> None:
    """Raise PromptSetError for an exemplar that the checkers have not proved since they changed."""
    if (unproved := unproved_exemplar(exemplars)) is not None:
        raise PromptSetError(
            _(
                "exemplar %(id)d has no proof by the current checkers (%(version)s); "
                "have `.venv/bin/python manage.py reprove_exemplars` run, then try again."
            )
            % {"id": unproved.pk, "version": CHECKER_VERSION}
        )


def _member_ids(prompt_set: PromptSet) -> list[int]:
    return list(prompt_set.members.order_by("position").values_list("exemplar_id", flat=True))


def _check_name(name: str) -> None:
    try:
        valid_name(name)
    except ValidationError as error:
        raise PromptSetError(_("name %(name)r: %(reason)s") % {"name": name, "reason": error.messages[0]}) from None


def _check_fields(fields: dict[str, Any]) -> None:
    template, budget = fields.get("template"), fields.get("budget_tokens")
    if template is not None and template not in PromptSet.Template.values:
        raise PromptSetError(
            _("template %(template)r is unknown; choose %(known)s.")
            % {"template": template, "known": _(" or ").join(PromptSet.Template.values)}
        )
    if budget is not None and not 1 <= budget <= GREATEST_BUDGET:
        raise PromptSetError(
            _("a budget of %(n)d tokens: give a number from 1 to %(most)d, or none.")
            % {"n": budget, "most": GREATEST_BUDGET}
        )
