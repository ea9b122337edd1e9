"""Leakage: prompts identical or near to the prompt of an exemplar. Pure.

A prompt that the model is shown with its answer cannot be evaluated. Three rules, from the surest to the widest: equal
texts, many equal shingles of five words, and close embeddings. The thresholds, their false alarms and what they find
are measured in docs/leakage.md. Knows neither sets nor runs.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from annotator.embeddings.wordllama import embed
from annotator.strategies.exemplars import comparable_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Rule = Literal["exact", "shingles", "embedding"]
SHINGLE_WORDS = 5
PERMUTATIONS = 256
"""Of MinHash: the standard error of an estimated Jaccard index is at most 0.031."""
LEAST_JACCARD = 0.6
"""From this Jaccard index of their shingles on, two prompts are near-identical."""
LEAST_COSINE = 0.85
"""From this cosine of their embeddings on, two prompts are near-identical."""
_PROMPTS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Leak:
    """A prompt by its `key`, and the exemplar by its `number` in the set, from 1, to which it is identical or near.

    `similarity` is 1 for `exact`, else the Jaccard index of the shingles or the cosine of the embeddings.
    """

    key: str
    exemplar: int
    rule: Rule
    similarity: float

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name, as a run's use of a set stores them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Similarities:
    """Matrices of what the rules compute between two lists of texts, each (first, second)."""

    equal: "NDArray[np.bool_]"
    jaccard: "NDArray[np.float64]"
    cosine: "NDArray[np.float32]"


class Fingerprints:
    """The comparable forms, MinHash values and embeddings of a list of texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = [comparable_text(text) for text in texts]
        self.hashes = _minhash(self.texts)
        self.vectors = embed(self.texts)

    def compared_with(self, other: "Fingerprints") -> Similarities:
        """Compare each text with each of the other list."""
        import numpy as np

        equal = np.array([[mine == theirs for theirs in other.texts] for mine in self.texts], dtype=bool)
        same = [(self.hashes == theirs).mean(axis=1) for theirs in other.hashes]  # per text of the other list
        return Similarities(
            equal=equal.reshape(len(self.texts), len(other.texts)),
            jaccard=np.array(same).reshape(len(other.texts), len(self.texts)).T,
            cosine=self.vectors @ other.vectors.T,
        )


def leaks(exemplar_prompts: Sequence[str], prompts: Iterable[tuple[str, str]]) -> list[Leak]:
    """Return the prompts, as (key, text), that leak: one `Leak` each, by the surest rule, in the order of the prompts.

    Beside each stands the most similar exemplar under that rule.
    """
    if not exemplar_prompts:
        return []
    exemplars, found, rows = Fingerprints(exemplar_prompts), [], iter(prompts)
    while block := list(islice(rows, _PROMPTS_AT_ONCE)):
        similarities = Fingerprints([text for _, text in block]).compared_with(exemplars)
        for number, (key, _text) in enumerate(block):
            if match := _match(similarities, number):
                rule, exemplar, similarity = match
                found.append(Leak(key, exemplar + 1, rule, round(similarity, 3)))
    return found


def near_duplicates(texts: Sequence[str]) -> Iterator[tuple[int, int, Rule, float]]:
    """Yield the pairs of texts, by index, that are identical or near under the same rules."""
    if len(texts) < 2:
        return
    own = Fingerprints(texts)
    similarities = own.compared_with(own)
    for second in range(len(texts)):
        for first in range(second):
            for rule, values, least in _by_rule(similarities):
                if values[first, second] >= least:
                    yield first, second, rule, round(float(values[first, second]), 3)
                    break


def _match(similarities: Similarities, row: int) -> tuple[Rule, int, float] | None:
    """The surest rule by which the text of this row is near, the nearest of the other texts, and their similarity."""
    for rule, values, least in _by_rule(similarities):
        nearest = int(values[row].argmax())
        if values[row, nearest] >= least:
            return rule, nearest, float(values[row, nearest])
    return None


def _by_rule(similarities: Similarities) -> "Iterator[tuple[Rule, NDArray[Any], float]]":
    yield "exact", similarities.equal, 1
    yield "shingles", similarities.jaccard, LEAST_JACCARD
    yield "embedding", similarities.cosine, LEAST_COSINE


def shingles(text: str) -> set[str]:
    """Return the runs of five words of a comparable text; a shorter text is one shingle."""
    words = text.split()
    return {" ".join(words[start : start + SHINGLE_WORDS]) for start in range(max(1, len(words) - SHINGLE_WORDS + 1))}


def _minhash(texts: Sequence[str]) -> "NDArray[np.uint64]":
    """MinHash values of the shingles (Broder, 1997), (texts, PERMUTATIONS): texts share a value as likely as J."""
    import numpy as np
    from datasketch import MinHash

    # Deriving the permutations is most of the work, and all texts share them.
    empty = MinHash(num_perm=PERMUTATIONS)
    values = np.zeros((len(texts), PERMUTATIONS), dtype=np.uint64)
    for row, text in enumerate(texts):
        hashed = empty.copy()
        hashed.update_batch([shingle.encode() for shingle in shingles(text)])
        values[row] = hashed.hashvalues
    return values
