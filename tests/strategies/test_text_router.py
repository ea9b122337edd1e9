"""The router by text: equal to scikit-learn's pipeline, identical when stored and loaded, and what it refuses."""

import json
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from annotator.embeddings import minilm
from annotator.options import OptionsError
from annotator.strategies import strategy_spec
from annotator.strategies.kind_router import KindRouter
from annotator.strategies.routers import helps_probability, read_router
from annotator.strategies.text_router import MOST_TERMS, TextRouter, features_of

PROMPTS = [
    "Write a JSON object about tea, with exactly 3 keys.",
    "Write 200 words about the rain. Do not use any commas.",
    "Schreibe über Käse — in ALL CAPITALS, twice twice twice!",
    "Give the title in <<double angular brackets>>; end with P.S.",
    "你好 write two_words and_three",
]
HELPS = [1, 0, 0, 1, 1]
UNSEEN = [*PROMPTS, "", "zebra", "Write, write: WRITE json tea keys. Do not, do not."]


def trained() -> tuple[TextRouter, np.ndarray]:
    """A router on PROMPTS, and the logits of scikit-learn for UNSEEN."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    model = LogisticRegression(C=10).fit(vectorizer.fit_transform(PROMPTS), HELPS)
    router = TextRouter(
        kind="tfidf",
        bias=float(model.intercept_[0]),
        weights=model.coef_[0].tolist(),
        terms=list(vectorizer.get_feature_names_out()),
        idf=vectorizer.idf_.tolist(),
    )
    return router, model.decision_function(vectorizer.transform(UNSEEN))


def test_it_predicts_as_scikit_learn_does() -> None:
    router, expected = trained()
    assert [router.logit(prompt) for prompt in UNSEEN] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("kind", "embedding"), [("wordllama", {}), ("minilm", dict(minilm.IDENTITY))])
def test_on_vectors_of_an_embedding_too(kind: str, embedding: dict[str, str]) -> None:
    vectors = features_of(kind, PROMPTS).astype(np.float64)
    model = LogisticRegression().fit(vectors, HELPS)
    bias, weights = float(model.intercept_[0]), model.coef_[0].tolist()
    router = TextRouter(kind=kind, bias=bias, weights=weights, embedding=embedding)
    loaded = read_router(json.loads(json.dumps(router.to_json())))
    assert isinstance(loaded, TextRouter)
    assert loaded.probabilities(PROMPTS) == router.probabilities(PROMPTS)
    assert [router.logit(prompt) for prompt in PROMPTS] == pytest.approx(model.decision_function(vectors), abs=1e-9)


def test_the_hash_of_a_router_from_before_minilm_stays() -> None:
    router = TextRouter(kind="tfidf", bias=-1.0, weights=[2.0], terms=["tea"], idf=[1.0])
    assert router.hash == "router-1:3f0cf124e50526a87e613ca13b68397459e923c6eca54737454348e4c171fc1f"
    assert "embedding" not in router.to_json()


def test_a_router_on_the_vectors_of_another_embedding_model_is_refused() -> None:
    value = {"kind": "minilm", "bias": 0.0, "weights": [0.0] * 384, "embedding": dict(minilm.IDENTITY)}
    assert read_router(value).hash.startswith("router-1:")
    for other in ({}, {**minilm.IDENTITY, "weights": "0" * 64}):
        with pytest.raises(OptionsError, match="trained on the vectors of another embedding model"):
            read_router({**value, "embedding": other})


def test_stored_and_loaded_it_predicts_identically() -> None:
    router, _ = trained()
    loaded = read_router(json.loads(json.dumps(router.to_json())))
    assert loaded == router
    assert isinstance(loaded, TextRouter)
    assert [loaded.probability(prompt) for prompt in UNSEEN] == [router.probability(prompt) for prompt in UNSEEN]


def test_a_run_keeps_the_whole_router() -> None:
    router, _ = trained()
    parameters = strategy_spec("classifier_selective").canonical_parameters({"router": router.to_json()})
    assert parameters == {"router": router.to_json()}


def test_platt_scaling_and_a_rising_line_make_probabilities_of_logits() -> None:
    plain = {"kind": "tfidf", "bias": 2.0, "weights": [1.0], "terms": ["tea"], "idf": [1.0]}
    platt = TextRouter(**plain, calibration={"slope": [0.5], "intercept": [-1.0]})  # type: ignore[arg-type]
    assert platt.probability("no word of it") == pytest.approx(0.5)
    line = TextRouter(**plain, calibration={"x": [0.0, 2.0, 4.0], "y": [0.1, 0.2, 0.8]})  # type: ignore[arg-type]
    assert line.probability("no word of it") == pytest.approx(0.2)
    assert line.probability("tea") == pytest.approx(0.5)


@pytest.mark.parametrize("prompt", ["tea", ""])
def test_the_kinds_of_constraints_say_nothing_to_it(prompt: str) -> None:
    router, _ = trained()
    assert helps_probability(router, prompt=prompt, kinds=["a", "b"]) == router.probability(prompt)
    assert helps_probability(KindRouter(), prompt=prompt, kinds=[]) == KindRouter().probability([])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"weights": [1.0, 2.0]}, "router: tfidf needs 1 weights and 1 idf, one a feature, and not 2 and 1"),
        ({"kind": "wordllama"}, "router: wordllama needs 256 weights and 0 idf"),
        ({"weights": [float("nan")]}, "router: weights: nan is no number"),
        ({"weights": [True]}, "router: weights: True is no number"),
        ({"terms": ["tea", "tea"]}, "router: a term occurs twice"),
        ({"terms": [3]}, "router: a term must be a text of 1 to 200 characters"),
        ({"terms": [str(n) for n in range(MOST_TERMS + 1)]}, "router: there are 2,001 terms; give at most 2,000"),
        ({"threshold": 2.0}, "router: threshold=2.0: give a number from 0 to 1"),
        ({"calibration": {"slope": [1.0]}}, "router: calibration: give slope and intercept, or x and y"),
        ({"calibration": {"x": [1.0, 0.0], "y": [0.0, 1.0]}}, "router: calibration: x and y must rise"),
        ({"hash": "router-1:00"}, "router: the hash does not fit its content"),
        ({"leaves": 3}, "router: unknown field 'leaves'"),
    ],
)
def test_what_is_no_router_is_refused_in_one_sentence(change: dict[str, Any], sentence: str) -> None:
    value = {"kind": "tfidf", "bias": 0.0, "weights": [1.0], "terms": ["tea"], "idf": [1.0]}
    with pytest.raises(OptionsError) as refused:
        read_router({**value, **change})
    assert sentence in str(refused.value)
