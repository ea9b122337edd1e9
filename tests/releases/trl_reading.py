"""Exported files read by `datasets` and TRL, in the environment of `make trl-tools`; prints what they found as JSON.

Called as a script with a folder of `FORMAT.jsonl` files: each is loaded, rendered by a chat template that shows the
reasoning, and trained on for one step with a tiny model of random weights. No network, no GPU.
"""

import json
import sys
from pathlib import Path
from typing import Any

import datasets
import trl
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl.data_utils import is_conversational, maybe_apply_chat_template, unpair_preference_dataset

TRAINERS = {
    "messages": (trl.SFTTrainer, trl.SFTConfig),
    "supervised": (trl.SFTTrainer, trl.SFTConfig),
    "trl-preference": (trl.DPOTrainer, trl.DPOConfig),
    "trl-unpaired": (trl.KTOTrainer, trl.KTOConfig),
}
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
RENDERED = ("text", "chosen", "completion")


def tiny_model(folder: Path, texts: list[str]) -> PreTrainedTokenizerFast:
    """Save a model of random weights whose tokenizer knows a few bytes and the template of Qwen3."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    bpe.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=400, special_tokens=SPECIAL, initial_alphabet=alphabet)
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    template = Path(trl.__file__).parent / "chat_templates" / "qwen3.jinja"
    tokenizer.chat_template = template.read_text()
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **sizes)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return tokenizer


def read(path: Path, model: Path, tokenizer: PreTrainedTokenizerFast) -> dict[str, Any]:
    name = path.stem
    rows = datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=str(model.parent / "cache"))
    rendered = [maybe_apply_chat_template(row, tokenizer) for row in rows]
    trainer, config = TRAINERS[name]
    options = {"max_steps": 1, "per_device_train_batch_size": 2, "use_cpu": True, "report_to": [], "bf16": False}
    arguments = config(output_dir=str(model.parent / name), save_strategy="no", **options)
    done = trainer(model=str(model), args=arguments, train_dataset=rows, processing_class=tokenizer).train()
    return {
        "columns": rows.column_names,
        "rows": len(rows),
        "conversational": all(is_conversational(row) for row in rows),
        "rendered": [next(row[field] for field in RENDERED if field in row) for row in rendered],
        "unpaired": len(unpair_preference_dataset(rows)) if "chosen" in rows.column_names else None,
        "steps": done.global_step,
        "loss": done.training_loss,
    }


def main(folder: Path) -> None:
    files = sorted(folder.glob("*.jsonl"))
    model = folder / "tiny"
    tokenizer = tiny_model(model, [path.read_text() for path in files])
    sys.stdout.write(json.dumps({path.stem: read(path, model, tokenizer) for path in files}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
