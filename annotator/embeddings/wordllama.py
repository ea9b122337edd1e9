"""WordLlama: the mean of a text's token vectors, read from its wheel.

The wheel's code is not used: it would set up the program's logging and look for files on the network. Its tokenizer and
its matrix of 32,000 token vectors are enough; no file is ever downloaded.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from annotator.embeddings.wheels import wheel_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WHEEL = "wordllama"
_WEIGHTS = "wordllama/weights/l2_supercat_256.safetensors"
_TOKENIZER = "wordllama/tokenizers/l2_supercat_tokenizer_config.json"
_NAME = "the token vectors"


def embed(texts: Sequence[str]) -> "NDArray[np.float32]":
    """Return one vector of length 1 a text, (texts, 256); a text without a token has the zero vector."""
    import numpy as np

    tokenizer, vectors = _load()
    encoded = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    means = np.zeros((len(encoded), vectors.shape[1]), dtype=np.float32)
    for row, encoding in enumerate(encoded):
        if encoding.ids:
            mean = vectors[encoding.ids].mean(axis=0)
            means[row] = mean / np.linalg.norm(mean)
    return means


def count_tokens(text: str) -> int:
    """Return the number of tokens of `text` for this tokenizer, that of Llama 2."""
    tokenizer, _vectors = _load()
    return len(tokenizer.encode(text, add_special_tokens=False).ids)


def find_files() -> None:
    """Find the files without reading them. Raises EmbeddingsMissingError."""
    for name in (_WEIGHTS, _TOKENIZER):
        wheel_file(WHEEL, name, _NAME)


@lru_cache(maxsize=1)
def _load() -> "tuple[Any, NDArray[np.float32]]":
    """Load the tokenizer and the token vectors: 0.4 s, 32 MB."""
    import numpy as np
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(wheel_file(WHEEL, _TOKENIZER, _NAME)))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    (vectors,) = load_file(wheel_file(WHEEL, _WEIGHTS, _NAME)).values()
    return tokenizer, vectors.astype(np.float32)
