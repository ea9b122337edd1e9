"""Training of a router: features, a weighted logistic model, calibration and threshold by inner folds.

Pure. scikit-learn loads on first use; what it returns is a `TextRouter`, which needs it no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from annotator.embeddings import minilm
from annotator.routing.deciders import Trainer
from annotator.routing.errors import RoutingError
from annotator.routing.labelled_prompts import LabelledPrompt, Ties, without_ties
from annotator.routing.splits import folds_of
from annotator.strategies.text_router import MINILM, MOST_TERMS, TFIDF, TextRouter, features_of

FEWEST_OF_A_CLASS = 10
"""Below this many prompts of either class there is nothing to learn from, and nothing to test."""
_RARE_FROM = 40  # prompts from which on a term must occur twice
_ENDS = 12.0  # logits beyond which a probability no longer changes
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a training; the defaults were not tuned on any data."""

    features: Literal["tfidf", "wordllama", "minilm"] = "tfidf"
    ties: Ties = "no"
    calibration: Literal["platt", "isotonic"] = "platt"
    most_terms: int = MOST_TERMS
    strength: float = 1.0
    """The inverse strength of the L2 penalty, scikit-learn's C."""
    inner_folds: int = 3
    seed: int = 0


def train_router(prompts: Sequence[LabelledPrompt], settings: Settings) -> TextRouter:
    """Train a router. Raises RoutingError where one of the two classes has too few prompts."""
    learned = without_ties(prompts, settings.ties)
    labels = labels_of(learned)
    refuse_few(labels)
    unseen = _logits_of_inner_folds(learned, settings)
    calibration = calibration_on(unseen, labels, settings.calibration)
    calibrated = _fit(learned, settings, calibration=calibration)
    probabilities = np.array([calibrated.calibrated(logit) for logit in unseen])
    threshold = best_threshold(probabilities, learned)
    return TextRouter.from_json({**calibrated.to_json(), "threshold": threshold, "hash": ""})


def refuse_few(labels: NDArray[np.int64]) -> None:
    """Raise RoutingError where one of the two classes has too few prompts."""
    refuse_small_class(len(labels), helped=int(labels.sum()))


def refuse_small_class(n: int, *, helped: int) -> None:
    """Raise RoutingError where so many helped prompts of `n` leave one of the two classes with too few."""
    if min(helped, n - helped) < FEWEST_OF_A_CLASS:
        sentence = _(
            "%(n)d prompts are labelled, %(helped)d of them as helped; a router needs %(fewest)d of helped and of not "
            "helped: add studies or labels."
        )
        raise RoutingError(sentence % {"n": n, "helped": helped, "fewest": FEWEST_OF_A_CLASS})


def trainer_of(settings: Settings) -> Trainer:
    """Return the training with these settings."""
    return lambda prompts: train_router(prompts, settings)


def labels_of(prompts: Sequence[LabelledPrompt]) -> NDArray[np.int64]:
    """Return 1 for each prompt with which reasoning helped, else 0."""
    return np.array([prompt.helps for prompt in prompts], dtype=np.int64)


def best_threshold(probabilities: Floats, prompts: Sequence[LabelledPrompt]) -> float:
    """Return the threshold with which most constraints are obeyed; of equals the one that reasons least.

    A threshold lies midway between two probabilities; 1 is never to reason, as far as no probability is 1, and 0 is
    always.
    """
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    gains = np.array([prompts[i].second - prompts[i].first for i in order])
    total = np.concatenate([[0.0], np.cumsum(gains)])  # total[k]: what reasoning with the k likeliest adds
    ends = [k for k in range(len(ranked) + 1) if k in (0, len(ranked)) or ranked[k - 1] != ranked[k]]
    best = max(ends, key=lambda k: (round(float(total[k]), 9), -k))
    if best == 0:
        return 1.0
    return float((ranked[best - 1] + ranked[best]) / 2) if best < len(ranked) else 0.0


def _logits_of_inner_folds(prompts: Sequence[LabelledPrompt], settings: Settings) -> Floats:
    """Return the logit of each prompt from a model that did not see it."""
    logits = np.zeros(len(prompts))
    for fold in folds_of("random", prompts, folds=settings.inner_folds, seed=settings.seed + 1):
        router = _fit([prompts[i] for i in fold.train], settings)
        for i in fold.test:
            logits[i] = router.logit(prompts[i].text)
    return logits


def _fit(prompts: Sequence[LabelledPrompt], settings: Settings, **fields: Any) -> TextRouter:
    """Fit the linear model alone. Classes weigh alike, however many prompts each has."""
    from sklearn.linear_model import LogisticRegression

    matrix, described = _features([prompt.text for prompt in prompts], settings)
    model = LogisticRegression(C=settings.strength, class_weight="balanced", max_iter=2_000)
    labels = labels_of(prompts)
    if len(set(labels.tolist())) < 2:
        raise RoutingError("a part of the prompts has one class alone; add studies or labels.")
    model.fit(matrix, labels)
    return TextRouter(
        kind=settings.features,
        bias=float(model.intercept_[0]),
        weights=[float(weight) for weight in model.coef_[0]],
        **described,
        **fields,
    )


def _features(texts: Sequence[str], settings: Settings) -> tuple[Any, dict[str, Any]]:
    """Return the feature matrix, and the fields of a router that describe the features."""
    if settings.features != TFIDF:
        described = {"embedding": dict(minilm.IDENTITY)} if settings.features == MINILM else {}
        return features_of(settings.features, texts).astype(np.float64), described
    from sklearn.feature_extraction.text import TfidfVectorizer

    rare = 2 if len(texts) >= _RARE_FROM else 1
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, min_df=rare, max_features=settings.most_terms, dtype=np.float64
    )
    try:
        matrix = vectorizer.fit_transform(texts)
    except ValueError:  # the one cause: no term is left
        raise RoutingError("the prompts share no words to learn from; use the features wordllama.") from None
    return matrix, {"terms": vectorizer.get_feature_names_out().tolist(), "idf": vectorizer.idf_.tolist()}


def calibration_on(logits: Floats, labels: NDArray[np.int64], method: str) -> dict[str, list[float]]:
    """Fit the probabilities on logits of prompts that the models did not see.

    Where these logits say nothing, or the reverse, every probability is the share of prompts that were helped.
    """
    if method == "isotonic":
        from sklearn.isotonic import IsotonicRegression

        rising = IsotonicRegression(out_of_bounds="clip").fit(logits, labels)
        return {"x": rising.X_thresholds_.tolist(), "y": rising.y_thresholds_.tolist()}
    from sklearn.linear_model import LogisticRegression

    scaled = LogisticRegression(C=1e6).fit(np.clip(logits, -_ENDS, _ENDS)[:, None], labels)
    slope, intercept = float(scaled.coef_[0][0]), float(scaled.intercept_[0])
    if slope <= 0:
        share = float(labels.mean())
        return {"slope": [0.0], "intercept": [float(np.log(share / (1 - share)))]}
    return {"slope": [slope], "intercept": [intercept]}
