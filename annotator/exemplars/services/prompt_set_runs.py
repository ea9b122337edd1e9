"""Few-shot runs with a prompt set, and the runs that it is compared with.

A run copies the exemplars and leaves out the prompts that are identical or near to one of them. What it left out, and
why, is written in the same transaction; so is the hash that freezes the set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.canonical import fingerprint
from annotator.datasets.models import Dataset
from annotator.events.services import event_append
from annotator.exemplars.errors import PromptSetError, StalePromptSetError
from annotator.exemplars.leakage import Leak
from annotator.exemplars.models import Exemplar, PromptSet, PromptSetUse
from annotator.exemplars.selectors.leaks import dataset_leaks
from annotator.exemplars.selectors.prompt_sets import contents_of
from annotator.exemplars.selectors.random_sets import random_exemplars
from annotator.exemplars.services.prompt_sets import refuse_unproved
from annotator.exemplars.set_contents import SetContents
from annotator.exemplars.token_counting import token_counter
from annotator.runs.models import Run
from annotator.runs.services import run_repeats_start, run_start

GREATEST_SEED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class _Demonstrations:
    """What a run shows: the parameters without the prompts left out, and these prompts."""

    parameters: Mapping[str, Any]
    leaks: Sequence[Leak]
    random_seed: int | None = None


def prompt_set_repeats_run(
    *, prompt_set: PromptSet, repeats: int, dataset: Dataset, **start: Any
) -> list[tuple[Run, bool]]:
    """Start the run with this set `repeats` times, as `run_repeats_start` does. Freezes the set."""
    contents = _usable(prompt_set)
    shown = _own(contents, dataset)
    return _start(prompt_set, contents, shown, repeats=repeats, dataset=dataset, **start)


def prompt_set_compare(
    *,
    prompt_set: PromptSet,
    dataset: Dataset,
    strategies: Sequence[str] = ("base", "cot"),
    random_seed: int | None = 0,
    repeats: int = 1,
    **start: Any,
) -> list[Run]:
    """Start the run with the set and those that it is compared with, all or none; the set's own is the first.

    The empty set needs no exemplars: it is the strategy `base`, or `cot` for a set that shows reasoning. With a
    `random_seed` there is a random set of equal length too. `start` has the language model, sampling, without_defects
    and user. Of repeats the first is returned.
    """
    contents = _usable(prompt_set)
    sets = [_own(contents, dataset)]
    if random_seed is not None:
        sets.append(_random(prompt_set, contents, dataset, random_seed))
    own, *others = sets
    with transaction.atomic():
        started = _start(prompt_set, contents, own, repeats=repeats, dataset=dataset, **start)
        for strategy in strategies:
            started += _start_runs(strategy=strategy, repeats=repeats, dataset=dataset, **start)
        for shown in others:
            started += _start(prompt_set, contents, shown, repeats=repeats, dataset=dataset, **start)
    return [run for run, _created in started[::repeats]]


def _own(contents: SetContents, dataset: Dataset) -> _Demonstrations:
    """The set itself. Compared with the prompts before any row is locked: 500 of them take about a second."""
    parameters = contents.parameters(set_hash=contents.content_hash)
    return _Demonstrations(parameters, dataset_leaks(dataset, contents.values))


def _random(prompt_set: PromptSet, contents: SetContents, dataset: Dataset, seed: int) -> _Demonstrations:
    """A random set of equal length (`selectors.random_sets`)."""
    if not 0 <= seed <= GREATEST_SEED:
        raise PromptSetError(
            _("random seed %(seed)d: give a number from 0 to %(most)d.") % {"seed": seed, "most": GREATEST_SEED}
        )
    drawn = random_exemplars(prompt_set.study, contents, seed=seed)
    # Of this set: the same draw for another set is a run of its own, whose generations are reused.
    set_hash = fingerprint("random-set-1", [contents.content_hash, seed, drawn])
    return _Demonstrations(contents.parameters(drawn, set_hash), dataset_leaks(dataset, drawn), seed)


def _usable(prompt_set: PromptSet) -> SetContents:
    """The contents of a set that a run may use. Raises PromptSetError for one that it may not."""
    contents = contents_of(prompt_set)
    if not contents.exemplars:
        raise PromptSetError(
            _("%(set)s has no exemplar; add one, or start the strategy base, which is the empty set.")
            % {"set": prompt_set}
        )
    if contents.withdrawn:
        withdrawn = contents.withdrawn[0]
        raise PromptSetError(
            _("%(set)s has a withdrawn exemplar (prompt %(key)s: %(reason)s); make a new version without it.")
            % {"set": prompt_set, "key": withdrawn.prompt.key, "reason": withdrawn.withdrawn_reason}
        )
    refuse_unproved(contents.exemplars)
    contents.check()
    _refuse_over_budget(prompt_set, contents)
    return contents


def _refuse_over_budget(prompt_set: PromptSet, contents: SetContents) -> None:
    """Refuse a set over its budget where its model's own tokenizer counts; an estimate refuses nothing."""
    counter = token_counter(prompt_set.language_model)
    if prompt_set.budget_tokens is None or not counter.exact:
        return
    tokens = counter.count(contents.texts())
    if tokens > prompt_set.budget_tokens:
        raise PromptSetError(
            _("%(set)s has %(n)d tokens, above its budget of %(budget)d; take an exemplar out, or raise the budget.")
            % {"set": prompt_set, "n": tokens, "budget": prompt_set.budget_tokens}
        )


@transaction.atomic
def _start(
    prompt_set: PromptSet,
    contents: SetContents,
    shown: _Demonstrations,
    *,
    repeats: int,
    dataset: Dataset,
    **start: Any,
) -> list[tuple[Run, bool]]:
    _freeze(prompt_set, contents)
    parameters = {**shown.parameters, "excluded": [leak.key for leak in shown.leaks]}
    started = _start_runs(repeats=repeats, dataset=dataset, strategy="few_shot", parameters=parameters, **start)
    for run, _created in started:
        _note_use(prompt_set, run, shown)
    return started


def _start_runs(*, repeats: int, **start: Any) -> list[tuple[Run, bool]]:
    return run_repeats_start(repeats=repeats, **start) if repeats != 1 else [run_start(**start)]


def _freeze(prompt_set: PromptSet, contents: SetContents) -> None:
    """Freeze the set under its lock, as it was read: a change or a withdrawal between is StalePromptSetError."""
    locked = PromptSet.objects.select_for_update(no_key=True).get(pk=prompt_set.pk)
    exemplars = Exemplar.objects.select_for_update(no_key=True).filter(memberships__prompt_set=locked)
    withdrawn = any(exemplar.withdrawn_at is not None for exemplar in exemplars.order_by("pk"))
    content_hash = contents_of(locked).content_hash
    if withdrawn or content_hash != contents.content_hash:
        raise StalePromptSetError(
            _("%(set)s was changed meanwhile; look at it as it is now, and start again.") % {"set": prompt_set}
        )
    if locked.frozen_at is None:
        locked.frozen_at, locked.content_hash = timezone.now(), content_hash
        locked.save(update_fields=["frozen_at", "content_hash"])
        event_append("prompt_set.frozen", locked, {"content_hash": content_hash}, study=locked.study_id)


def _note_use(prompt_set: PromptSet, run: Run, shown: _Demonstrations) -> None:
    use, _created = PromptSetUse.objects.get_or_create(
        run=run,
        defaults={
            "prompt_set": prompt_set,
            "random_seed": shown.random_seed,
            "excluded": [leak.to_json() for leak in shown.leaks],
            "prompts_before": run.dataset.prompt_count,
            "prompts_after": run.generations.count(),
        },
    )
    if use.prompt_set_id != prompt_set.pk:
        raise PromptSetError(
            _("%(set)s has the same exemplars as %(other)s, whose run %(run)d is exactly this one; look at that run.")
            % {"set": prompt_set, "other": use.prompt_set, "run": run.pk}
        )
