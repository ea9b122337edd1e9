"""Options of masked diffusion models: what cannot be meant is refused in one sentence."""

from typing import Any

import pytest

from annotator.backends import BACKENDS
from annotator.options import OptionsError


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"block_length": 0}, "block_length must be from 1 to 4096, not 0."),
        ({"steps": 33}, "from 1 to block_length (32), or 0 for one a token, not 33."),
        ({"steps": -1}, "not -1."),
        ({"remasking": "best"}, "remasking must be one of low_confidence, random, not 'best'."),
        ({"cache": "prefix"}, "cache must be one of none, dual, not 'prefix'."),
        ({"end_tokens": "first"}, "end_tokens must be one of free, last, never, not 'first'."),
        ({"threshold": 1.5}, "threshold must be from 0 to 1"),
        ({"threshold": float("nan")}, "threshold must be from 0 to 1"),
        ({"cfg_scale": -0.5}, "cfg_scale from 0 to 100"),
        ({"threshold": 0.9, "remasking": "random"}, "threshold compares probabilities"),
        ({"threshold": 0.9, "steps": 8}, "threshold decides how many steps"),
        ({"mask_token_id": -1}, "must be token numbers from 0."),
        ({"end_token_ids": ["</s>"]}, "must be token numbers from 0."),
        ({"dtype": "int8"}, "dtype must be one of auto, bfloat16"),
        ({"trust_remote_code": "x"}, "unknown field 'trust_remote_code'"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(OptionsError) as error:
        BACKENDS["diffusion"].read_options(options)
    assert sentence in str(error.value)


def test_wrong_serving_settings_are_refused() -> None:
    with pytest.raises(OptionsError, match="batch_size and threads must be 0"):
        BACKENDS["diffusion"].read_serving({"batch_size": -1})
