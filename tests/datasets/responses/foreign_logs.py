"""Makes logs with Inspect and lm-eval themselves: `python foreign_logs.py PROMPTS FOLDER`.

Runs in an environment of its own (`make log-tools`), where Cotrast is not installed. The model is scripted: it answers
the prompt of a key with the texts that `reasoning_of` and `answer_of` give.
"""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

_TEMPLATE = "Think about every constraint first.\n\n{prompt}\n\nThen answer."
_TASK = """
task: cotrast_{name}
dataset_path: json
dataset_kwargs:
  data_files: {{test: {prompts}}}
test_split: test
output_type: generate_until
doc_to_text: "{{{{prompt}}}}"
doc_to_target: ""
repeats: {repeats}
generation_kwargs: {{until: [], do_sample: false}}
filter_list:
  - {{name: whole, filter: [{{function: take_first}}]}}
  - {{name: word, filter: [{{function: regex, regex_pattern: "(\\\\w+)"}}, {{function: take_first}}]}}
metric_list: [{{metric: bypass}}]
metadata: {{version: 1}}
"""


def reasoning_of(key: str) -> str:
    return f"The prompt {key} asks for several things, so count twice."


def answer_of(key: str, sample: int = 1) -> str:
    return f"Answer {sample} to {key}, with a “quote”, an emoji 🌧 and\n\na second paragraph."


def inspect_logs(rows: list[dict[str, Any]], folder: Path) -> None:
    """Write inspect.eval and inspect.json: reasoning in parts of its own, a template around prompts, two epochs."""
    from inspect_ai import Task, eval
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ContentReasoning, ContentText, ModelOutput, ModelUsage, get_model
    from inspect_ai.solver import generate, prompt_template

    samples = [Sample(id=str(row["key"]), input=row["prompt"]) for row in rows]

    def output(key: str, sample: int, stop_reason: Any) -> ModelOutput:
        content = [ContentReasoning(reasoning=reasoning_of(key)), ContentText(text=answer_of(key, sample))]
        made = ModelOutput.from_content("mockllm/model", content, stop_reason=stop_reason)
        # Stated, since the scripted model would load a tokenizer to count.
        made.usage = ModelUsage(input_tokens=30, output_tokens=50, total_tokens=80, reasoning_tokens=20)
        return made

    for format, epochs in (("eval", 1), ("json", 2)):
        # Samples run one after the other, epoch by epoch, so that the scripted outputs meet their prompts.
        outputs = [
            output(str(row["key"]), epoch, "max_tokens" if number == 0 else "stop")
            for epoch in range(1, epochs + 1)
            for number, row in enumerate(rows)
        ]
        solver = [prompt_template(_TEMPLATE), generate()]
        [log] = eval(
            Task(dataset=samples, solver=solver),
            model=get_model("mockllm/model", custom_outputs=outputs, memoize=False),
            epochs=epochs,
            max_samples=1,
            log_format=format,
            log_dir=str(folder / format),
            display="none",
        )
        assert log.status == "success", log.error and log.error.message
        Path(log.location).rename(folder / f"inspect.{format}")
        (folder / format).rmdir()


def lm_eval_logs(prompts: Path, rows: list[dict[str, Any]], folder: Path) -> None:
    """Write lm_eval.jsonl, with two filters, and lm_eval_repeats.jsonl, with two samples of each prompt."""
    from lm_eval import evaluator
    from lm_eval.api.model import LM
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.tasks import TaskManager

    keys = {row["prompt"]: str(row["key"]) for row in rows}

    class Scripted(LM):
        def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:
            asked: dict[str, int] = {}
            texts = []
            for request in requests:
                key = keys[request.args[0]]
                asked[key] = asked.get(key, 0) + 1
                texts.append(answer_of(key, asked[key]))
            return texts

        def loglikelihood(self, requests: Any, disable_tqdm: bool = False) -> Any:
            raise NotImplementedError

        loglikelihood_rolling = loglikelihood

    for name, repeats in (("lm_eval", 1), ("lm_eval_repeats", 2)):
        task = folder / f"{name}.yaml"
        task.write_text(_TASK.format(name=name, prompts=prompts, repeats=repeats))
        manager = TaskManager(include_path=str(folder), include_defaults=False)
        results = evaluator.simple_evaluate(
            model=Scripted(), tasks=[f"cotrast_{name}"], task_manager=manager, log_samples=True, bootstrap_iters=0
        )
        tracker = EvaluationTracker(output_path=str(folder / "lm_eval_out"))
        tracker.general_config_tracker.model_name_sanitized = "scripted"
        tracker.date_id = name
        tracker.save_results_samples(f"cotrast_{name}", results["samples"][f"cotrast_{name}"])
        [made] = (folder / "lm_eval_out").rglob("samples_*.jsonl")
        made.rename(folder / f"{name}.jsonl")
        task.unlink()


def main(prompts: Path, folder: Path) -> None:
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(folder / "cache")}
    logging.disable(logging.WARNING)
    folder.mkdir(parents=True, exist_ok=True)
    rows = [json.loads(line) for line in prompts.read_text(encoding="utf-8").splitlines()]
    inspect_logs(rows, folder)
    lm_eval_logs(prompts, rows, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
