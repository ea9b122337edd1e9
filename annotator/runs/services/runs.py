"""Start, cancellation and resumption of runs; the latter two act on a run and its repeats together."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotator.canonical import ObjectFingerprints, canonical_json, fingerprint
from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.datasets.selectors import keys_with_defects
from annotator.events.services import event_append
from annotator.options import OptionsError
from annotator.runs import dispatch
from annotator.runs.archived import refuse_archived_dataset, refuse_archived_run
from annotator.runs.errors import RunError
from annotator.runs.imported import refuse_imported_model, refuse_imported_run
from annotator.runs.models import Generation, LanguageModel, Run
from annotator.runs.provider_limits import refuse_retired_model, refuse_sampling
from annotator.runs.selectors import repeats_with
from annotator.runs.selectors.exemplar_prompts import without_exemplars
from annotator.runs.services.budgets import refuse_used_up
from annotator.runs.services.closing import close_finished_run
from annotator.runs.services.queued_rows import QueuedRow, queued_insert
from annotator.runs.services.result_counts import result_counts_delete
from annotator.sampling import Sampling, SamplingError
from annotator.strategies import STRATEGIES
from annotator.text_cleaning import storable

_ROWS_READ_AT_ONCE = 5_000
_STOPPED = (Run.Status.PAUSED, Run.Status.CANCELLED)
_NO_PART_OF_A_REQUEST = ("excluded", "set_hash")
"""Parameters that change no request: which prompts are left out, and where the exemplars came from."""


@transaction.atomic
def run_start(
    *,
    dataset: Dataset,
    language_model: LanguageModel,
    strategy: str,
    parameters: Mapping[str, Any] | None = None,
    sampling: Mapping[str, Any] | None = None,
    without_defects: bool = False,
    user: User | None = None,
    visible: QuerySet[Run] | None = None,
) -> tuple[Run, bool]:
    """Start the run of this dataset, model, strategy with parameters, and sampling; return it and whether it is new.

    An existing run of the same is returned instead of a second one, and workers are notified if it is unfinished.
    `visible` are the runs that `user` may open, by default all: one that they may not open is not returned; they get a
    run of their own, which reuses its generations.
    Prompts whose key is in the parameter `excluded`, where the strategy has one, get no generation; those that equal
    an exemplar are added to it. `without_defects` leaves out those with known defects too, as `Run.left_out`. Raises
    RunError for an unknown strategy, parameter, excluded key or sampling value, for a strategy that needs more than the
    model offers, where no prompt is left, and where the dataset or the run of the same is archived.
    """
    refuse_imported_model(language_model)
    dataset = dataset_lock(dataset)
    run_fields = _run_fields(strategy, parameters or {}, sampling or {})
    _check_abilities(language_model, strategy, run_fields["parameters"])
    refuse_retired_model(language_model.backend, language_model.name)
    refuse_sampling(language_model, run_fields["sampling"])
    _refuse_unknown_keys(dataset, run_fields["parameters"])
    run_fields["parameters"] = without_exemplars(dataset, run_fields["parameters"])
    identity = {"language_model": language_model.identity(), **run_fields}
    left_out = keys_with_defects(dataset) if without_defects else []
    of_dataset = {"dataset": dataset.content_hash, **({"left_out": left_out} if left_out else {})}
    run, created = run_once(
        visible,
        fingerprint=fingerprint("run-2", {**of_dataset, **identity}),
        dataset=dataset,
        language_model=language_model,
        defaults={**run_fields, "left_out": left_out, "created_by": user},
    )
    refuse_archived_run(run)
    if created:
        if not queued_insert(_queued(run, identity)):
            raise RunError(
                _("%(dataset)s: all %(n)d prompts are left out, so that nothing is left to run; leave out fewer.")
                % {"dataset": dataset, "n": dataset.prompt_count}
            )
        payload = {"strategy": strategy, "language_model": language_model.slug}
        event_append("run.started", run, payload, actor=user)
    if run.status == Run.Status.RUNNING:
        dispatch.wake(language_model)
    return run, created


def dataset_lock(dataset: Dataset) -> Dataset:
    """Lock the dataset of a new run, so that it is not deleted or archived meanwhile. Raises RunError if it was."""
    locked = Dataset.objects.select_for_update(no_key=True).filter(pk=dataset.pk).first()
    if locked is None:
        raise RunError(_("%(dataset)s was deleted meanwhile; choose another dataset.") % {"dataset": dataset})
    refuse_archived_dataset(locked)
    return locked


def run_once(visible: QuerySet[Run] | None, *, defaults: Mapping[str, Any], **content: Any) -> tuple[Run, bool]:
    """Return the run of this content among `visible` (None for all), or create it; and whether it is new.

    `content` is fingerprint, dataset and language model. Where another lead has the run of the same content, which the
    starter may not open, the new one is a copy for them (`Run.copy_for`).
    """
    known = (Run.objects.all() if visible is None else visible).filter(**content).order_by("copy_for").first()
    if known is not None:
        return known, False
    starter = defaults["created_by"]
    run, created = Run.objects.get_or_create(**content, copy_for=0, defaults=defaults)
    if created or visible is None or starter is None or visible.filter(pk=run.pk).exists():
        return run, created
    return Run.objects.get_or_create(**content, copy_for=starter.pk, defaults=defaults)


@transaction.atomic
def run_cancel(*, run: Run, by: User | None = None) -> bool:
    """Cancel a run and its repeats: no waiting row of them is begun any more; those begun are finished.

    False if none is running or paused.
    """
    cancelled = [member for member in repeats_with(run) if _stop(member, Run.Status.CANCELLED, "run.cancelled", by)]
    return bool(cancelled)


@transaction.atomic
def run_pause(*, run: Run, by: User | None = None) -> bool:
    """Pause a run and its repeats: no waiting row of them is begun until they are resumed; those begun are finished.

    False if none is running.
    """
    paused = [member for member in repeats_with(run) if _stop(member, Run.Status.PAUSED, "run.paused", by)]
    return bool(paused)


@transaction.atomic
def run_resume(*, run: Run, by: User | None = None) -> bool:
    """Resume a paused or cancelled run and its repeats, or queue the failed generations of finished ones again.

    The failed generations of a paused run stay failed; those of a cancelled one are queued again.

    False if nothing is left. Raises RunError for an imported run, an archived one, and one whose budget is used up.
    """
    refuse_imported_run(run)
    refuse_archived_run(run)
    refuse_used_up(run)
    resumed = [member for member in repeats_with(run).select_related("language_model") if _resume(member, by)]
    return bool(resumed)


def canonical_sampling(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sampling parameters with every default filled in. Raises RunError, which names the field."""
    try:
        return Sampling.from_json(values).to_json()
    except SamplingError as error:
        message = _("sampling: %(name)s=%(value)r: give a number from %(low).12g to %(high).12g.")
        raise RunError(message % vars(error)) from None
    except OptionsError as error:
        raise RunError(str(error)) from None


def _stop(run: Run, status: Run.Status, event: str, by: User | None) -> bool:
    open_run = Run.objects.filter(pk=run.pk, status__in=[Run.Status.RUNNING, Run.Status.PAUSED])
    if not open_run.exclude(status=status).update(status=status):
        return False
    event_append(event, run, actor=by)
    return True


def _resume(run: Run, by: User | None) -> bool:
    paused = run.status == Run.Status.PAUSED
    failed = run.generations.none() if paused else run.generations.filter(status=Generation.Status.FAILED)
    # Rows first, as everybody who locks both: a worker that finishes a row, and a deletion.
    list(failed.select_for_update().order_by("pk").values_list("pk", flat=True))
    if not Run.objects.select_for_update().filter(pk=run.pk, archived_at=None):  # a worker that finishes a row waits
        return False
    failed.update(status=Generation.Status.QUEUED, attempts=0, error="", claim=None, lease_until=None)
    result_counts_delete(run_id=run.pk)
    unfinished = run.generations.exclude(status__in=[Generation.Status.DONE, Generation.Status.FAILED])
    if not unfinished.exists():
        # The last prompts were finished after it was stopped: it ends as any other run does.
        Run.objects.filter(pk=run.pk, status__in=_STOPPED).update(status=Run.Status.RUNNING)
        close_finished_run(run.pk)
        return False
    Run.objects.filter(pk=run.pk).update(status=Run.Status.RUNNING)
    event_append("run.resumed", run, actor=by)
    dispatch.wake(run.language_model)
    return True


def _run_fields(strategy: str, parameters: Mapping[str, Any], sampling: Mapping[str, Any]) -> dict[str, Any]:
    if strategy not in STRATEGIES:
        raise RunError(
            _("unknown strategy %(strategy)r; known strategies: %(known)s.")
            % {"strategy": strategy, "known": ", ".join(STRATEGIES)}
        )
    return {
        "strategy": strategy,
        "strategy_version": STRATEGIES[strategy].version,
        "parameters": _parameters(strategy, parameters),
        "sampling": canonical_sampling(sampling),
    }


def _parameters(strategy: str, values: Mapping[str, Any]) -> dict[str, Any]:
    try:
        read = STRATEGIES[strategy].canonical_parameters(storable(values))
        canonical: dict[str, Any] = json.loads(canonical_json(read))
    except RecursionError:
        message = _("parameters of %(strategy)s: the JSON is nested too deeply.")
        raise RunError(message % {"strategy": strategy}) from None
    except ValueError as error:
        raise RunError(str(error)) from None
    return canonical


def _refuse_unknown_keys(dataset: Dataset, parameters: Mapping[str, Any]) -> None:
    """Raise RunError for an excluded key that no prompt has: by a typing error, a prompt that was meant would stay."""
    excluded = parameters.get("excluded")
    unknown = set(excluded) - set(dataset.prompts.values_list("key", flat=True)) if excluded else set()
    if unknown:
        raise RunError(
            _("excluded: %(dataset)s has no prompt with the key %(key)r; name keys of its prompts.")
            % {"dataset": dataset, "key": min(unknown)}
        )


def _check_abilities(model: LanguageModel, strategy: str, parameters: Mapping[str, Any]) -> None:
    """Raise RunError where the strategy with these parameters needs what the model's backend does not offer."""
    offers = model.offers
    needed = dict.fromkeys(STRATEGIES[strategy].needed(parameters))
    lacking = [ability for ability in needed if ability not in offers]
    if lacking:
        others = [spec.name for spec in STRATEGIES.values() if set(spec.needs) <= offers and spec.name != strategy]
        message = _(
            "strategy %(strategy)s needs %(abilities)s, which the language model %(model)s (backend %(backend)s) does "
            "not offer; choose another language model, or one of these strategies: %(others)s."
        )
        raise RunError(
            message
            % {
                "strategy": strategy,
                "abilities": ", ".join(lacking),
                "model": model.slug,
                "backend": model.backend,
                "others": ", ".join(others),
            }
        )


def _queued(run: Run, identity: Mapping[str, Any]) -> Iterator[QueuedRow]:
    """A generation for each prompt that is not excluded.

    Its fingerprint names the request alone: neither dataset nor key, and not which prompts the run leaves out.
    """
    request = {name: value for name, value in identity["parameters"].items() if name not in _NO_PART_OF_A_REQUEST}
    excluded = [*run.parameters.get("excluded", ()), *run.left_out]
    prompts = Prompt.objects.filter(dataset=run.dataset).exclude(key__in=excluded)
    constraints = _constraints_of(run) if STRATEGIES[run.strategy].reads_constraints else None
    fingerprints = ObjectFingerprints("generation-2", {**identity, "parameters": request})
    rows = prompts.order_by("position").values_list("pk", "position", "text")  # as values: a third of the time
    for pk, position, text in rows.iterator(_ROWS_READ_AT_ONCE):
        of_prompt = {"prompt": text} if constraints is None else {"prompt": text, "constraints": constraints[pk]}
        yield QueuedRow(run.pk, pk, position, fingerprints.of(**of_prompt))


def _constraints_of(run: Run) -> Mapping[int, list[Any]]:
    """Return what a strategy may read of the constraints, by the id of their prompt."""
    by_prompt: defaultdict[int, list[Any]] = defaultdict(list)
    for row in Constraint.objects.filter(prompt__dataset=run.dataset).order_by("prompt", "position").iterator():
        by_prompt[row.prompt_id].append(_constraint(row))
    return by_prompt


def _constraint(row: Constraint) -> list[Any]:
    """All that a strategy may read of a constraint: its span says which words of the prompt state it."""
    return [row.kind, row.kwargs, row.span_start, row.span_end, row.scope]
