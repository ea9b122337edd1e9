"""Prompts of runs on which their routers were trained. Reads only.

What a router gains on prompts that it was trained on is no gain on prompts that it has not seen. Prompts are compared
by their texts, as those of exemplars are: a dataset has versions, and two datasets may share prompts.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from annotator.routing.models import Router
from annotator.runs.models import Generation, Run
from annotator.strategies.exemplars import comparable_text
from annotator.studies.models import Case


def prompts_trained_on(runs: Sequence[Run]) -> Mapping[int, int]:
    """Return run id -> on how many of its answered prompts its router was trained, for runs with a router known here.

    They are the prompts of the cases that the studies of its training had then, whether or not each had a label.
    """
    hashes = {run.pk: hash_ for run in runs if (hash_ := _router_hash(run.parameters))}
    if not hashes:
        return {}
    trained = _trained_texts(set(hashes.values()))
    return {
        run_id: sum(comparable_text(text) in trained[hash_] for text in _answered(run_id))
        for run_id, hash_ in hashes.items()
        if hash_ in trained
    }


def _router_hash(parameters: Mapping[str, Any]) -> str:
    """The hash of the router among the parameters of a run, of itself or of a pipeline; "" for none."""
    of_pipeline = parameters.get("classifier_selective") or {}
    router = parameters.get("router") or of_pipeline.get("router") or {}
    return str(router.get("hash", ""))


def _trained_texts(hashes: Collection[str]) -> Mapping[str, set[str]]:
    """hash -> comparable texts of the prompts of its training. Two trainings may come to the same router."""
    found: dict[str, set[str]] = {}
    routers = Router.objects.filter(content_hash__in=hashes).order_by("pk")
    for content_hash, training, created_at in routers.values_list("content_hash", "training", "created_at"):
        slugs = [study["slug"] for study in training.get("studies", ())]
        cases = Case.objects.filter(study__slug__in=slugs, created_at__lte=created_at).order_by()
        texts = cases.values_list("prompt__text", flat=True).distinct()
        found.setdefault(content_hash, set()).update(map(comparable_text, texts))
    return found


def _answered(run_id: int) -> Collection[str]:
    done = Generation.objects.filter(run=run_id, status=Generation.Status.DONE).order_by()
    return list(done.values_list("prompt__text", flat=True))
