"""Rarer garbage collection: how often the collector runs, while rows are made and afterwards."""

import gc

import pytest

from annotator.garbage_collection import rare_collections


def test_the_collector_lets_a_chunk_of_rows_pass_and_is_as_before_afterwards() -> None:
    before = gc.get_threshold()
    with rare_collections():
        done = sum(generation["collections"] for generation in gc.get_stats())
        rows = [{"position": position} for position in range(20_000)]
        assert sum(generation["collections"] for generation in gc.get_stats()) <= done + 1
    assert len(rows) == 20_000
    assert gc.get_threshold() == before


def test_an_error_leaves_the_collector_as_it_was() -> None:
    before = gc.get_threshold()
    with pytest.raises(OSError, match="full"), rare_collections():
        raise OSError("the disk is full")
    assert gc.get_threshold() == before
