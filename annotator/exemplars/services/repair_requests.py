"""Repairs by a language model: requested, claimed, finished, and continued round by round.

A request makes `samples` attempts in each of up to `rounds` rounds. The first round revises the failing answer, each
later one the best attempt of the round before; no round follows one in which an attempt violates nothing. The last
attempt of a round that ends, done or failed, queues the next round in its own transaction.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from annotator.claims import claim_rows, fail_exhausted, finish_row
from annotator.constraints import CHECKER_VERSION
from annotator.events.services import event_append
from annotator.exemplars.errors import RepairError
from annotator.exemplars.models import Candidate, Repair
from annotator.exemplars.selectors.candidates import best_of, violations
from annotator.exemplars.services.attempts import attempt_content
from annotator.exemplars.services.candidates import lock_candidate, refuse_rejected
from annotator.runs import dispatch
from annotator.runs.errors import RunError
from annotator.runs.imported import refuse_imported_model
from annotator.runs.models import LanguageModel
from annotator.runs.services.budgets import budget_enforce, refuse_used_up
from annotator.runs.services.model_calls import CallRecord, environment_store
from annotator.runs.services.usage import usage_add
from annotator.sampling import Sampling
from annotator.text_cleaning import storable

PROMPT_VERSION = f"repair-1 {CHECKER_VERSION}"
"""Changes with the wording of `workers.strategies.guided_repair`, and with what the checkers say in it."""
MAX_SAMPLES, MAX_ROUNDS = 16, 5
_MAX_NEW_TOKENS, _TEMPERATURE, _TOP_P = 1_024, 0.8, 0.95
_DIED = "Given up: the worker died {n} times while working on this repair; request another."
_UNFINISHED = (Repair.Status.QUEUED, Repair.Status.CLAIMED)


@transaction.atomic
def repairs_request(
    *,
    candidate: Candidate,
    language_model: LanguageModel,
    samples: int = 1,
    rounds: int = 1,
    sampling: Sampling | None = None,
    user: User | None,
) -> uuid.UUID:
    """Queue the first round of attempts by `language_model`; returns the id that all attempts of this request have.

    Without `sampling` one sample is greedy and several are drawn with seeds of their own, from `sampling.seed` on.
    Raises RepairError for a rejected candidate, a model that cannot be asked or already is, a run whose budget is used
    up, several greedy samples, and numbers out of range.
    """
    try:
        refuse_imported_model(language_model)
        refuse_used_up(candidate.generation.run)
    except RunError as error:
        raise RepairError(str(error)) from None
    sampling = sampling or _default_sampling(samples)
    _check_numbers(samples, rounds, sampling)
    locked = lock_candidate(candidate.pk)
    refuse_rejected(locked)
    if Repair.objects.filter(candidate=locked, language_model=language_model, status__in=_UNFINISHED).exists():
        raise RepairError(
            _("Candidate %(candidate)d waits for attempts by %(model)s already; look at those first.")
            % {"candidate": locked.pk, "model": language_model.slug}
        )
    request = uuid.uuid4()
    template = Repair(
        candidate=locked,
        method=Repair.Method.MODEL,
        request=request,
        language_model=language_model,
        sampling=sampling.to_json(),
        parameters={"samples": samples, "rounds": rounds, "seed": sampling.seed},
        prompt_version=PROMPT_VERSION,
        author=user,
    )
    _round_queue(template, round_=1, parent=None)
    event_append(
        "repair.requested",
        locked,
        {"language_model": language_model.slug, "request": str(request), "samples": samples, "rounds": rounds},
        actor=user,
        study=locked.case.study_id,
    )
    return request


@transaction.atomic
def repairs_claim(*, language_model_id: int, claim: uuid.UUID, worker: str, limit: int) -> list[Repair]:
    """Claim up to `limit` waiting repairs by this model, oldest first, with prompt, constraints and parent."""
    waiting = Repair.objects.filter(
        Repair.free(), language_model=language_model_id, candidate__generation__run__over_budget=False
    )
    for failed in sorted(fail_exhausted(waiting, died=_DIED), key=lambda row: row.candidate_id):
        _continue(failed)
    taken = claim_rows(waiting, order=["pk"], claim=claim, worker=worker, limit=limit)
    joined = taken.select_related("candidate__case__prompt", "candidate__generation", "parent", "language_model")
    return list(joined.prefetch_related("candidate__case__prompt__constraints"))


def repair_finish(
    *,
    repair: Repair,
    claim: uuid.UUID,
    reasoning: str,
    answer: str,
    calls: Sequence[CallRecord] = (),
    environment: Mapping[str, str] | None = None,
) -> bool:
    """Store an attempt with its verdicts, if `claim` is still its claim, and queue the next round if it is the last.

    Verdicts are decided before the transaction opens: a checker may take a second.
    """
    values = {
        **attempt_content(repair.candidate, reasoning=reasoning, answer=answer),
        "model_calls": _stored_calls(calls),
        "environment": environment_store(environment) if environment else None,
    }
    with transaction.atomic():
        if not finish_row(repair, claim=claim, status=Repair.Status.DONE, **values):
            return False
        violated = sum(verdict["strict"] is False for verdict in values["verdicts"])
        made = {"candidate": repair.candidate_id, "method": Repair.Method.MODEL.value, "violated": violated}
        event_append("repair.made", repair, made, study=repair.candidate.case.study_id)
        _add_usage(repair, calls)
        _continue(repair)
    budget_enforce(repair.candidate.generation.run_id)
    return True


def repair_fail(*, repair: Repair, claim: uuid.UUID, error: str, calls: Sequence[CallRecord] = ()) -> bool:
    """Store why this attempt failed, if `claim` is still its claim; the others of its round are unharmed."""
    with transaction.atomic():
        failed = finish_row(
            repair, claim=claim, status=Repair.Status.FAILED, error=error, model_calls=_stored_calls(calls)
        )
        if failed:
            _add_usage(repair, calls)
            _continue(repair)
    budget_enforce(repair.candidate.generation.run_id)
    return failed


def _add_usage(repair: Repair, calls: Sequence[CallRecord]) -> None:
    """Count the calls in the budget of the run whose answer is repaired."""
    if repair.language_model_id is not None:
        run_id = repair.candidate.generation.run_id
        usage_add(run_id=run_id, language_model_id=repair.language_model_id, worker=repair.claimed_by, calls=calls)


def _continue(ended: Repair) -> None:
    """Queue the round after that of `ended` if that round is over and another one is due.

    The candidate's lock comes after the row's own update: of two attempts that end at once, the second waits here, and
    its next statement sees both.
    """
    candidate = lock_candidate(ended.candidate_id)
    of_request = Repair.objects.filter(candidate=candidate, request=ended.request)
    this_round = list(of_request.filter(round=ended.round).order_by("pk"))
    if any(repair.status in _UNFINISHED for repair in this_round):
        return
    is_last = ended.round >= ended.parameters["rounds"]
    if is_last or _is_settled(candidate) or of_request.filter(round__gt=ended.round).exists():
        return
    best = best_of(this_round)
    if _is_over(best, greedy=not ended.sampling["temperature"]):
        return
    _round_queue(ended, round_=ended.round + 1, parent=best or this_round[0].parent)


def _is_settled(candidate: Candidate) -> bool:
    """Whether a person rejected the candidate, or approved an attempt at it, so that no other one is wanted."""
    return candidate.rejected_at is not None or candidate.exemplars.filter(withdrawn_at=None).exists()


def _is_over(best: Repair | None, *, greedy: bool) -> bool:
    """Whether the best attempt violates nothing, or a greedy next round would only repeat this one's request."""
    if best is None:
        return greedy
    if not violations(best):
        return True
    revised = best.parent.answer if best.parent else best.candidate.generation.answer
    return greedy and best.answer == revised


def _round_queue(like: Repair, *, round_: int, parent: Repair | None) -> None:
    """Queue the attempts of one round, each with its own seed, and wake the workers of their model."""
    sampling, language_model = Sampling.from_json(like.sampling), like.language_model
    first_seed, samples = like.parameters["seed"], like.parameters["samples"]
    assert language_model is not None  # `repair_names_its_maker`
    Repair.objects.bulk_create(
        Repair(
            candidate_id=like.candidate_id,
            method=Repair.Method.MODEL,
            request=like.request,
            round=round_,
            sample=sample,
            parent=parent,
            language_model=language_model,
            sampling=replace(sampling, seed=_seed(first_seed, (round_ - 1) * samples + sample - 1)).to_json(),
            parameters=like.parameters,
            prompt_version=like.prompt_version,
            author_id=like.author_id,
        )
        for sample in range(1, samples + 1)
    )
    dispatch.wake(language_model)


def _seed(first: int, place: int) -> int:
    """The seed at a place after the first, within the range of seeds."""
    _low, high = Sampling.RANGES["seed"]
    return int((first + place) % (int(high) + 1))


def _default_sampling(samples: int) -> Sampling:
    greedy = Sampling(max_new_tokens=_MAX_NEW_TOKENS)
    return greedy if samples == 1 else replace(greedy, temperature=_TEMPERATURE, top_p=_TOP_P)


def _check_numbers(samples: int, rounds: int, sampling: Sampling) -> None:
    for name, number, most in (("samples", samples, MAX_SAMPLES), ("rounds", rounds, MAX_ROUNDS)):
        if not 1 <= number <= most:
            raise RepairError(
                _("%(name)s=%(n)d: give a number from 1 to %(most)d.") % {"name": name, "n": number, "most": most}
            )
    if samples > 1 and not sampling.temperature:
        raise RepairError(
            _("%(n)d samples at temperature 0 are all the same; ask for one, or raise the temperature.")
            % {"n": samples}
        )


def _stored_calls(calls: Sequence[CallRecord]) -> list[dict[str, Any]]:
    stored: list[dict[str, Any]] = storable([asdict(call) for call in calls])
    return stored
