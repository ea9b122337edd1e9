"""Parity of the Rust port with `langdetect`, with the same seed."""

import langdetect
import pytest

from annotator.constraints.language_detection import detected_language
from tests.constraints.golden import responses
from tests.paths import needs_shared_data


def official(text: str) -> str | None:
    langdetect.DetectorFactory.seed = 0
    try:
        return langdetect.detect(text)
    except langdetect.LangDetectException:
        return None


@pytest.mark.parametrize(
    "text", ["", "123", "Hello there, how are you?", "Guten Tag", "नमस्ते दुनिया", "\ud800 é", "A\0b"]
)
def test_short_and_odd_texts_get_the_same_answer(text):
    assert detected_language(text) == official(text)


@needs_shared_data
def test_some_real_responses_get_the_same_answer():
    for text in responses()[::80]:
        assert detected_language(text) == official(text)


@needs_shared_data
@pytest.mark.slow
def test_every_fifth_real_response_gets_the_same_answer():
    different = [text[:60] for text in responses()[::5] if detected_language(text) != official(text)]
    assert different == []
