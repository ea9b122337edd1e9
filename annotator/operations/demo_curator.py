"""A scripted curator of the demo, over REST: sends answers to repair, has them repaired, approves.

Takes what the checkers prove, unless it says one sentence over and over, and reads nothing: it shows the way, and
replaces no person. All of its progress is rows,
so that a stopped script goes on where it was.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from annotator.operations.rest_client import RestClient, RestRefusalError, path
from annotator.operations.waiting import wait_until_done

_AT_ONCE = 4  # candidates that wait for the model together, so that its batches are not small
_REQUEST = {
    "samples": 2,
    "rounds": 2,
    "sampling": {"max_new_tokens": 256, "temperature": 0.8, "top_p": 0.95, "seed": 0},
}
_CONFLICT = 409
_UNPROVED = "Neither the model nor a mechanical edit satisfies every constraint in an answer that does not run on."
Json = dict[str, Any]


class DemoCurator:
    """Repairs failing answers of a study until enough exemplars are approved. `write` gets each line for the reader."""

    def __init__(self, client: RestClient, *, study: str, language_model: str, write: Callable[[str], None]) -> None:
        self._client, self._study, self._language_model, self._write = client, study, language_model, write

    def exemplars(self) -> list[Json]:
        """The exemplars that are not withdrawn, oldest first."""
        return list(self._client.rows(f"{self._path('exemplars')}?current=true"))

    def approve(self, wanted: int, further_cases: Iterable[int]) -> list[Json]:
        """Return `wanted` exemplars, approving more of them first; fewer where no failing answer is left.

        `further_cases` are ids of failing cases for when no hurt one is proposed any more.
        """
        further = iter(further_cases)
        while len(approved := self.exemplars()) < wanted:
            waiting = self._waiting({exemplar["candidate"] for exemplar in approved})
            missing = wanted - len(approved)
            if len(waiting) < missing:
                waiting += self._send(_AT_ONCE - len(waiting), further)
            if not waiting:
                break
            self._have_repaired(waiting)
            for candidate in waiting[:missing]:
                self._settle(candidate)
        return approved[:wanted]

    def _waiting(self, approved: set[int]) -> list[Json]:
        """The candidates without an exemplar that were not rejected."""
        rows = self._client.rows(f"{self._path('candidates')}?open=true")
        return [candidate for candidate in rows if candidate["id"] not in approved]

    def _send(self, most: int, further: Iterable[int]) -> list[Json]:
        """Send proposed cases to repair; where none is proposed, the further ones."""
        proposed = self._client.get(self._path("proposals"), limit=str(most))
        cases = [proposal["case"] for proposal in proposed]
        known = {*cases, *(row["case"] for row in self._client.rows(self._path("candidates")))}
        cases += islice((case for case in further if case not in known), most - len(cases))
        if not cases:
            return []
        sent: list[Json] = self._client.post(self._path("candidates"), {"cases": cases})
        for candidate in sent:
            label = candidate["reasons"].get("label") or "undecided"
            kinds = ", ".join(violated["kind"] for violated in candidate["reasons"].get("violated", []))
            self._write(f"  prompt {candidate['key']}: {label} by {candidate['basis']}, violates {kinds}")
        return sent

    def _have_repaired(self, candidates: Sequence[Json]) -> None:
        """Have the model attempt each candidate that it has not attempted yet, and wait for all attempts."""
        for candidate in candidates:
            if not self._requests(candidate):
                body = {"language_model": self._language_model, **_REQUEST}
                self._client.post(self._path("candidates", candidate["id"], "requests"), body)
        wait_until_done("attempts", lambda: self._attempts_ended(candidates), self._write)

    def _attempts_ended(self, candidates: Sequence[Json]) -> tuple[int, int]:
        requests = [request for candidate in candidates for request in self._requests(candidate)]
        ended = sum(request["done"] + request["failed"] for request in requests)
        return ended, ended + sum(request["waiting"] for request in requests)

    def _requests(self, candidate: Json) -> list[Json]:
        found: list[Json] = self._client.get(self._path("candidates", candidate["id"], "requests"))
        return found

    def _settle(self, candidate: Json) -> None:
        """Approve the proved attempt with the smallest edit, else a mechanical edit that is proved; else reject.

        Mechanical edits begin with the failing answer, which they change least, and then with the best attempt.
        """
        best = self._client.get(self._path("candidates", candidate["id"]))["best"]
        # One that was an exemplar and was withdrawn is not approved again.
        withdrawn = {row["repair"] for row in self._client.rows(f"{self._path('exemplars')}?current=false")}
        attempts = self._client.rows(self._path("candidates", candidate["id"], "repairs"))
        proved = [attempt for attempt in attempts if _is_acceptable(attempt) and attempt["id"] not in withdrawn]
        if not proved:
            proved = self._edited(candidate, dict.fromkeys([None, best]), withdrawn)
        if not proved:
            self._client.post(self._path("candidates", candidate["id"], "reject"), {"reason": _UNPROVED})
            self._write(f"  prompt {candidate['key']}: not repaired, the next one is taken. {_UNPROVED}")
            return
        chosen = min(proved, key=lambda attempt: (attempt["edit_distance"] or 0, attempt["id"]))
        approval = {"ticked": [], "checker_version": chosen["checker_version"]}
        self._client.post(self._path("repairs", chosen["id"], "approve"), approval)
        self._write(
            f"  prompt {candidate['key']}: approved, {chosen['method']} repair, {chosen['edit_distance']} words changed"
        )

    def _edited(self, candidate: Json, parents: Iterable[int | None], withdrawn: set[int]) -> list[Json]:
        """The first mechanical edit of one of these attempts that is proved and not `withdrawn`; [] for none."""
        for parent in parents:
            try:
                edited = self._client.post(self._path("candidates", candidate["id"], "mechanical"), {"parent": parent})
            except RestRefusalError as refusal:
                if refusal.status != _CONFLICT:
                    raise
                continue  # no mechanical edit helps here
            if _is_acceptable(edited) and edited["id"] not in withdrawn:
                return [edited]
        return []

    def _path(self, *parts: str | int) -> str:
        return path("studies", self._study, *parts)


def _is_acceptable(attempt: Json) -> bool:
    """Whether every checker says strict-true, of an answer that does not run on; a script ticks nothing."""
    verdicts = attempt["verdicts"]
    is_proved = bool(verdicts) and all(verdict["strict"] is True for verdict in verdicts)
    return attempt["status"] == "done" and is_proved and attempt["most_repeated"] is None
