"""docs/backends.md is true: its commands are accepted, and what its table says of abilities is what options give."""

import argparse
import json
import re
import shlex

import pytest

from annotator.backends import ABILITIES, BACKENDS
from annotator.network.client import MOST_BYTES
from annotator.remote_backends import THINKING_OFF, AnthropicOptions, OpenAIOptions
from tests.paths import REPOSITORY
from workers.engine.remote.message_batches import MOST_REQUESTS
from workers.strategies.retries import TRANSIENT_RETRIES

PAGE = (REPOSITORY / "docs" / "backends.md").read_text()
LINES = "\n".join(re.findall(r"```console\n(.*?)```", PAGE, re.S)).replace("\\\n", " ").splitlines()
MODELS = [line for line in LINES if " add_model " in line]


@pytest.mark.parametrize("line", MODELS)
def test_every_model_that_is_registered_there_can_be(line: str) -> None:
    parser = argparse.ArgumentParser()
    for name in ("slug", "name"):
        parser.add_argument(name)
    parser.add_argument("--backend")
    for name in ("--options", "--serving"):
        parser.add_argument(name, type=json.loads, default={})
    words = shlex.split(line)
    read = parser.parse_args(words[words.index("add_model") + 1 :])
    BACKENDS[read.backend].read_options(read.options)
    BACKENDS[read.backend].read_serving(read.serving)


def test_the_figures_of_the_page_are_those_of_the_code() -> None:
    assert f"{MOST_BYTES // 1024 // 1024} MiB" in PAGE
    assert f"{MOST_REQUESTS:,} requests" in PAGE
    assert TRANSIENT_RETRIES == 5
    assert "tried again, five times" in PAGE
    assert f"{AnthropicOptions().budget_tokens:,} for Anthropic" in PAGE


def test_a_server_offers_what_its_options_say_and_a_model_that_cannot_stop_says_so() -> None:
    spec = BACKENDS["openai"]
    assert spec.offered({}) == {THINKING_OFF}
    assert spec.offered({"offers": list(ABILITIES[:3])}) == set(ABILITIES)
    for cannot in ({"thinking_switch": "always"}, {"thinking_switch": "reasoning_effort", "effort_off": ""}):
        assert OpenAIOptions(**cannot).abilities("m") == set()  # type: ignore[arg-type]
    assert BACKENDS["anthropic"].offered({}, "claude-opus-5-5") == {"tools"}
    assert BACKENDS["anthropic"].offered({}, "claude-haiku-4-5-20251001") == {"tools", THINKING_OFF}
