"""Addition of the tokens of model calls to what a run has used, as the calls are stored."""

from collections.abc import Iterable
from typing import Protocol

from django.db.models import F

from annotator.runs.models import RunUsage


class Counted(Protocol):
    """A model call with its token counts: one that is about to be stored, or as a worker reports it."""

    @property
    def prompt_tokens(self) -> int: ...

    @property
    def completion_tokens(self) -> int: ...


def usage_add(*, run_id: int, language_model_id: int, worker: str, calls: Iterable[Counted]) -> None:
    """Add the tokens of these calls; one statement, and nothing for calls without tokens."""
    calls = list(calls)
    prompt, completion = sum(call.prompt_tokens for call in calls), sum(call.completion_tokens for call in calls)
    if not prompt and not completion:
        return
    own = {"run_id": run_id, "language_model_id": language_model_id, "worker": worker}
    added = {"prompt_tokens": F("prompt_tokens") + prompt, "completion_tokens": F("completion_tokens") + completion}
    if not RunUsage.objects.filter(**own).update(**added):
        RunUsage.objects.bulk_create([RunUsage(**own)], ignore_conflicts=True)
        RunUsage.objects.filter(**own).update(**added)
