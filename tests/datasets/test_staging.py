"""Tests of staging: the content hash, and memory that does not grow with the texts."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

from annotator.canonical import fingerprint
from annotator.datasets.readers import PromptRecord, read_ifeval
from annotator.datasets.staging import staged
from tests.datasets.records import line


def test_the_content_hash_is_a_chain_over_key_text_constraints_and_stated_spans() -> None:
    constraints = [
        ["punctuation:no_comma", {}],
        ["length_constraints:number_words", {"relation": "at least", "num_words": 20}],
    ]
    text = "Describe rain without commas in at least 20 words."
    expected = fingerprint("dataset", [])
    for key, spans in (("1", [None, None]), ("2", [[14, 28], None])):
        expected = fingerprint("dataset", [expected, [key, text, constraints, spans]])
    with staged(read_ifeval([line(key=1), line(key=2, constraint_spans=[[14, 28], None])])) as staging:
        assert staging.content_hash == expected


def test_a_staged_prompt_comes_back_as_it_was() -> None:
    metadata = {"huge": 2**70, "half": 0.5, "deep": [[{"x": None}]], "text": "é\u2028"}
    [read] = read_ifeval([line(key=1, constraint_spans=[[14, 28], [29, 49]], **metadata)])
    assert isinstance(read, PromptRecord)
    plain = replace(read, metadata={"text": "é\u2028"})
    with staged([read, plain]) as staging:
        first, second = staging.records()
    assert first == replace(read, key="1", line=1)
    assert second == replace(plain, key="1", line=2)


def test_memory_stays_flat_while_a_large_source_is_staged() -> None:
    def source(count: int) -> Iterator[bytes]:
        yield line(key=0)
        tracemalloc.reset_peak()
        for key in range(1, count):
            yield line(key=key, prompt=f"{key} " + "long text, " * 500, constraint_spans=[[0, 1], [0, 1]])

    tracemalloc.start()
    try:
        with staged(read_ifeval(source(1500))) as staging:
            peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert staging.prompt_count == 1500
    assert peak < 3_000_000  # the texts alone are 8 MB
