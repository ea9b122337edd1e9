"""The places of hidden checks in the order in which one annotator gets cases.

In each block of `every` cases one place is a check's. It is drawn by a hash with the server's key, so that nobody who
knows this code can tell which, and nothing has to be stored. Places count from 0, over the cases that the annotator
got, without practice. Does not know which cases are checks.
"""

from dataclasses import dataclass

from django.utils.crypto import salted_hmac


@dataclass(frozen=True, slots=True)
class CheckPlaces:
    """The places of checks for one annotator of one study; `every` is at least 2, or 0 for no checks."""

    study_id: int
    annotator_id: int
    every: int

    def __contains__(self, place: int) -> bool:
        block, within = divmod(place, self.every) if self.every else (0, -1)
        return self.every > 0 and within == self._place_within(block)

    def checks_before_the_end(self, place: int, *, cases: int, checks: int) -> int:
        """Return how many checks come from `place` on, with so many other cases and checks left for the annotator."""
        if not self.every:
            return 0
        block, within = divmod(place, self.every)
        check_at = self._place_within(block)
        due = check_at >= within
        cases_of_block = self.every - within - due
        if cases < cases_of_block:
            return min(checks, int(due and check_at - within <= cases))
        blocks, rest = divmod(cases - cases_of_block, self.every - 1)
        at_the_end = self._place_within(block + blocks + 1) <= rest
        return min(checks, due + blocks + at_the_end)

    def _place_within(self, block: int) -> int:
        drawn = salted_hmac("annotator.studies.check_places", f"{self.study_id}.{self.annotator_id}.{block}")
        return int.from_bytes(drawn.digest()[:8], "big") % self.every
