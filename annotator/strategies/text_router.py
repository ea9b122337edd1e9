"""Router by the text of a prompt: a trained logistic model on TF-IDF, WordLlama or MiniLM features.

Pure, frozen values. Owns the prediction, without scikit-learn; training is in `annotator.routing`. The features are
those of scikit-learn's TfidfVectorizer with sublinear counts, words of two characters or more and pairs of them.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from annotator.canonical import fingerprint
from annotator.constraints.messages import msg
from annotator.embeddings import minilm, wordllama
from annotator.options import OptionsError, read_options, shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TFIDF, WORDLLAMA, MINILM = "tfidf", "wordllama", "minilm"
FEATURES = (TFIDF, WORDLLAMA, MINILM)
MOST_TERMS = 2_000
"""The most terms of a TF-IDF router: a run stores all of them, some 130 kB."""
_LONGEST_TERM = 200
_EMBEDDINGS = {WORDLLAMA: wordllama.embed, MINILM: minilm.embed}
_DIMENSIONS = {WORDLLAMA: 256, MINILM: minilm.DIMENSIONS}
_LARGEST = 1e6
_WORD = re.compile(r"\b\w\w+\b")
_UNCALIBRATED: Mapping[str, list[float]] = {"slope": [1.0], "intercept": [0.0]}


@dataclass(frozen=True, slots=True)
class TextRouter:
    """A frozen router; `hash` is that of its other fields, and checked where it is present."""

    kind: str
    bias: float
    weights: list[float]
    terms: list[str] = field(default_factory=list)
    """The vocabulary of a TF-IDF router, in the order of its weights; empty for the others."""
    idf: list[float] = field(default_factory=list)
    """The inverse document frequency of each term."""
    calibration: Mapping[str, Any] = field(default_factory=lambda: dict(_UNCALIBRATED))
    """From the logit to the probability: `slope` and `intercept` of Platt's scaling, or the points `x` and `y` of a
    rising line (isotonic regression)."""
    threshold: float = 0.5
    """The probability from which on the strategy reasons."""
    embedding: Mapping[str, str] = field(default_factory=dict)
    """The model of a MiniLM router's vectors with the hashes of its files; empty for the others."""
    hash: str = ""

    def __post_init__(self) -> None:
        self._check_kind()
        numbers = {"bias": [self.bias], "weights": self.weights, "idf": self.idf, **self._calibration()}
        canonical = {name: _floats(name, values) for name, values in numbers.items()}
        if not 0 <= self.threshold <= 1:
            raise OptionsError(
                msg("router: threshold=%(value)s: give a number from 0 to 1.", value=shown(self.threshold))
            )
        content = {
            "kind": self.kind,
            "bias": canonical["bias"][0],
            "weights": canonical["weights"],
            "terms": list(self.terms),
            "idf": canonical["idf"],
            "calibration": {name: canonical[name] for name in self.calibration},
            "threshold": float(self.threshold),
        }
        if self.kind == MINILM:  # the others keep the hash that they had before there was this field
            content["embedding"] = dict(self.embedding)
        digest = fingerprint("router-1", content)
        if self.hash not in ("", digest):
            raise OptionsError(
                msg("router: the hash does not fit its content; leave it out, or give %(hash)s.", hash=repr(digest))
            )
        for name, value in {**content, "hash": digest}.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "TextRouter":
        """Read a router. Raises OptionsError."""
        return read_options(cls, value, where="router")

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name, as they are stored with a run."""
        fields = asdict(self)
        return fields if self.embedding else {name: fields[name] for name in fields if name != "embedding"}

    def probability(self, prompt: str) -> float:
        """Return the probability that reasoning helps with this prompt."""
        return self.calibrated(self.logit(prompt))

    def probabilities(self, prompts: Sequence[str]) -> list[float]:
        """Return the probability of each prompt."""
        return [self.probability(prompt) for prompt in prompts]

    def logit(self, prompt: str) -> float:
        """Return the logit of the linear model, before the calibration."""
        if self.kind != TFIDF:
            (vector,) = features_of(self.kind, [prompt])
            return self.bias + math.fsum(float(x) * weight for x, weight in zip(vector, self.weights, strict=True))
        columns = {term: column for column, term in enumerate(self.terms)}
        counts = Counter(term for term in terms_of(prompt) if term in columns)
        values = {columns[term]: (1 + math.log(n)) * self.idf[columns[term]] for term, n in counts.items()}
        norm = math.sqrt(math.fsum(value * value for value in values.values())) or 1.0
        return self.bias + math.fsum(value / norm * self.weights[column] for column, value in values.items())

    def calibrated(self, logit: float) -> float:
        if "x" in self.calibration:
            return _interpolated(self.calibration["x"], self.calibration["y"], logit)
        (slope,), (intercept,) = self.calibration["slope"], self.calibration["intercept"]
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, slope * logit + intercept))))

    def _check_kind(self) -> None:
        if self.kind not in FEATURES:
            values = {"kind": shown(self.kind), "known": ", ".join(FEATURES)}
            raise OptionsError(msg("router: unknown kind %(kind)s; known kinds: %(known)s.", **values))
        if len(self.terms) > MOST_TERMS:
            many = {"n": f"{len(self.terms):,}", "cap": f"{MOST_TERMS:,}"}
            raise OptionsError(msg("router: there are %(n)s terms; give at most %(cap)s.", **many))
        if not all(isinstance(term, str) and 0 < len(term) <= _LONGEST_TERM for term in self.terms):
            raise OptionsError(msg("router: a term must be a text of 1 to %(n)s characters.", n=_LONGEST_TERM))
        if len(set(self.terms)) != len(self.terms):
            raise OptionsError(msg("router: a term occurs twice; keep one."))
        if dict(self.embedding) != (minilm.IDENTITY if self.kind == MINILM else {}):
            raise OptionsError(
                msg(
                    "router: it was trained on the vectors of another embedding model, and %(kind)s has those of "
                    "%(known)s here; train it again.",
                    kind=self.kind,
                    known=minilm.MODEL if self.kind == MINILM else self.kind,
                )
            )
        weights, of_idf = (len(self.terms),) * 2 if self.kind == TFIDF else (_DIMENSIONS[self.kind], 0)
        if (len(self.weights), len(self.idf)) != (weights, of_idf):
            needed: dict[str, Any] = {"kind": self.kind, "weights": weights, "idf": of_idf}
            lengths = {"n": len(self.weights), "n_idf": len(self.idf)}
            raise OptionsError(
                msg(
                    "router: %(kind)s needs %(weights)s weights and %(idf)s idf, one a feature, and not %(n)s and "
                    "%(n_idf)s.",
                    **needed,
                    **lengths,
                )
            )

    def _calibration(self) -> dict[str, Any]:
        names, values = set(self.calibration), list(self.calibration.values())
        known = names in ({"slope", "intercept"}, {"x", "y"}) and all(isinstance(value, list) for value in values)
        if not known or len({len(value) for value in values}) != 1 or not values[0]:
            raise OptionsError(
                msg("router: calibration: give slope and intercept, or x and y, as lists of equal length.")
            )
        if names == {"slope", "intercept"} and len(values[0]) != 1:
            raise OptionsError(msg("router: calibration: slope and intercept are one number each, in a list."))
        if "x" in names and any(sorted(value) != value for value in values):
            raise OptionsError(msg("router: calibration: x and y must rise."))
        return dict(self.calibration)


def features_of(kind: str, texts: Sequence[str]) -> "NDArray[np.float32]":
    """Return the vectors of texts by an embedding, (texts, dimensions). Raises EmbeddingsMissingError."""
    return _EMBEDDINGS[kind](texts)


def terms_of(prompt: str) -> list[str]:
    """Return the words of two characters or more, in lower case, and the pairs of neighbouring ones."""
    words = _WORD.findall(prompt.lower())
    return [*words, *(f"{first} {second}" for first, second in pairwise(words))]


def _interpolated(xs: Sequence[float], ys: Sequence[float], x: float) -> float:
    """Return the value at x of the line through the points, level beyond its ends."""
    if x <= xs[0]:
        return ys[0]
    for (left, low), (right, high) in pairwise(zip(xs, ys, strict=True)):
        if x <= right:
            return high if right == left else low + (high - low) * (x - left) / (right - left)
    return ys[-1]


def _floats(name: str, values: Sequence[Any]) -> list[float]:
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
            refused = {"name": name, "value": shown(value), "cap": f"{_LARGEST:,.0f}"}
            raise OptionsError(msg("router: %(name)s: %(value)s is no number from -%(cap)s to %(cap)s.", **refused))
    return [float(value) for value in values]
