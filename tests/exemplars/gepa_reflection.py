"""Script for the Python of `make dspy-tools`: one run of GEPA with a scripted language model, reported as JSON.

The answering model obeys commas only when its instructions forbid them; the reflecting one forbids them as soon as the
feedback names them.
"""

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import dspy
from dspy.lm15 import Message, Request, Response, TextPart, Usage

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))
BETTER = "Answer the prompt and never use a comma."


class ScriptedEngine:
    """Answers by what the request says, and keeps every request's text."""

    def __init__(self) -> None:
        self.requests: list[str] = []

    def complete(self, request: Request) -> Response:
        system = request.system if isinstance(request.system, str) else "".join(p.text for p in request.system or ())
        text = "\n".join([system, *(message.text or "" for message in request.messages)])
        self.requests.append(text)
        message = Message.assistant([TextPart(self.reply(text))])
        usage = Usage(input_tokens=0, output_tokens=0, total_tokens=0)
        return Response(id=None, model="scripted", message=message, finish_reason="stop", usage=usage)

    def reply(self, text: str) -> str:
        if "new_instruction" in text:
            return json.dumps({"new_instruction": BETTER if "No commas" in text else "Try again."})
        answer = "Rain falls on the town." if BETTER in text else "Rain falls, at last, on the town."
        return f"[[ ## answer ## ]]\n{answer}\n\n[[ ## completed ## ]]"


def load_example() -> Any:
    path = REPOSITORY / "docs" / "examples" / "gepa_metric.py"
    spec = importlib.util.spec_from_file_location("gepa_metric", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    example = load_example()
    answering, reflecting = ScriptedEngine(), ScriptedEngine()
    dspy.configure(lm=dspy.LM("scripted/answering", engine=answering, cache=False))
    prompts = example.prompts(Path(sys.argv[1]))
    optimizer = dspy.GEPA(
        metric=example.metric,
        max_metric_calls=20,
        reflection_lm=dspy.LM("scripted/reflecting", engine=reflecting, cache=False),
        reflection_minibatch_size=2,
        num_threads=1,
        track_stats=True,
    )
    program = optimizer.compile(dspy.Predict("prompt -> answer"), trainset=prompts, valset=prompts)
    found = {
        "instructions": program.signature.instructions,
        "scores": program.detailed_results.val_aggregate_scores,
        "reflections": reflecting.requests,
        "django": "django" in sys.modules,
    }
    sys.stdout.write(f"{json.dumps(found)}\n")


if __name__ == "__main__":
    main()
