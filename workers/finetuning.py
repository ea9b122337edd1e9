"""Fine-tuning of a language model that says from a prompt whether reasoning helps, and its answers.

The paper's classifier: every weight is trained, on the texts of the prompts. Owns the loop, the files and their hashes;
what they stand for as values is `annotator.routing.finetuned`. Writes nothing but the folder of a router.
"""

import hashlib
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from annotator.checkpoint_files import find_checkpoint
from annotator.routing.errors import RoutingError
from annotator.routing.finetuned import FinetunedRouter, FinetuneSettings
from annotator.routing.labelled_prompts import LabelledPrompt, without_ties
from annotator.routing.splits import folds_of
from annotator.routing.training import best_threshold, calibration_on, labels_of, refuse_few
from workers.engine.local.backend import choose_device
from workers.engine.local.checkpoints import load_classifier, load_saved_classifier

_CALIBRATION_PARTS = 5  # one of so many parts is held out of the fine-tuning, for calibration and threshold
_MAX_GRADIENT_NORM = 1.0
_BATCH_SIZE = 32


@dataclass(frozen=True, slots=True)
class Classifier:
    """A language model with two outputs, on its device, and its tokenizer."""

    model: Any
    tokenizer: Any
    longest: int

    def logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the logit of each text: how far the output for helped is above the other."""
        self.model.eval()
        found: list[float] = []
        with torch.inference_mode():
            for start in range(0, len(texts), _BATCH_SIZE):
                found += self.class_logits(texts[start : start + _BATCH_SIZE]).diff(dim=1)[:, 0].tolist()
        return np.array(found)

    def class_logits(self, texts: Sequence[str]) -> torch.Tensor:
        """Return the two outputs of each text, (B, 2), in float32."""
        device = self.model.device
        batch = self.tokenizer(
            list(texts), padding=True, truncation=True, max_length=self.longest, return_tensors="pt"
        ).to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
            both: torch.Tensor = self.model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
        return both.float()


@dataclass(frozen=True, slots=True)
class TunedRouter:
    """A fine-tuned router that can be asked."""

    frozen: FinetunedRouter
    classifier: Classifier

    @property
    def threshold(self) -> float:
        return self.frozen.threshold

    @property
    def hash(self) -> str:
        return self.frozen.hash

    def probabilities(self, prompts: Sequence[str]) -> list[float]:
        return [self.frozen.calibrated(float(logit)) for logit in self.classifier.logits(prompts)]

    def to_json(self) -> dict[str, Any]:
        return self.frozen.to_json()


@dataclass(frozen=True, slots=True)
class Finetuner:
    """Trains routers with the same settings on one device; see `annotator.routing.deciders.Trainer`.

    A router of a fold keeps no files; `save_router` writes those of the router that is stored.
    """

    settings: FinetuneSettings
    device: str

    def __call__(self, prompts: Sequence[LabelledPrompt]) -> TunedRouter:
        settings = self.settings
        learned = without_ties(prompts, settings.ties)
        refuse_few(labels_of(learned))
        router = FinetunedRouter(base=settings.base, files={}, longest=settings.longest)
        if settings.calibration == "none":
            return TunedRouter(router, finetune(learned, settings, self.device))
        fold = folds_of("random", learned, folds=_CALIBRATION_PARTS, seed=settings.seed + 1)[0]
        calibration_prompts = [learned[i] for i in fold.test]
        labels = labels_of(calibration_prompts)
        if len(set(labels.tolist())) < 2:
            raise RoutingError("the prompts for the calibration have one class alone; add studies or labels.")
        classifier = finetune([learned[i] for i in fold.train], settings, self.device)
        logits = classifier.logits([prompt.text for prompt in calibration_prompts])
        scaling = calibration_on(logits, labels, settings.calibration)
        router = replace(router, slope=scaling["slope"][0], intercept=scaling["intercept"][0], hash="")
        probabilities = np.array([router.calibrated(float(logit)) for logit in logits])
        router = replace(router, threshold=best_threshold(probabilities, calibration_prompts), hash="")
        return TunedRouter(router, classifier)


def finetune(prompts: Sequence[LabelledPrompt], settings: FinetuneSettings, device: str) -> Classifier:
    """Train every weight on the prompts: AdamW, cross-entropy, a learning rate that falls to zero."""
    torch.manual_seed(settings.seed)
    model, tokenizer = load_classifier(find_checkpoint(settings.base), settings.revision, device=device)
    classifier = Classifier(model, tokenizer, settings.longest)
    steps = settings.epochs * math.ceil(len(prompts) / settings.batch_size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.learning_rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    for batch in _batches(prompts, settings):
        model.train()
        wanted = torch.tensor([int(prompt.helps) for prompt in batch], device=device)
        loss = torch.nn.functional.cross_entropy(classifier.class_logits([prompt.text for prompt in batch]), wanted)
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no types here
        torch.nn.utils.clip_grad_norm_(model.parameters(), _MAX_GRADIENT_NORM)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
    return classifier


def _batches(prompts: Sequence[LabelledPrompt], settings: FinetuneSettings) -> Iterator[list[LabelledPrompt]]:
    """Yield the batches of every epoch; each epoch has an order of its own, drawn with the seed."""
    generator = torch.Generator().manual_seed(settings.seed)
    for _ in range(settings.epochs):
        order = torch.randperm(len(prompts), generator=generator).tolist()
        for start in range(0, len(order), settings.batch_size):
            yield [prompts[i] for i in order[start : start + settings.batch_size]]


def save_router(router: TunedRouter, var_dir: Path) -> TunedRouter:
    """Write the files of the router into its folder, and return it with their hashes."""
    var_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=var_dir) as name:
        written = Path(name) / "router"
        router.classifier.model.save_pretrained(written, max_shard_size="1TB")  # one file of safetensors
        router.classifier.tokenizer.save_pretrained(written)
        files = {path.name: _sha256(path) for path in sorted(written.iterdir())}
        frozen = replace(router.frozen, files=files, hash="")
        folder = frozen.folder(var_dir)
        folder.parent.mkdir(exist_ok=True)
        if not folder.exists():
            written.rename(folder)
    return replace(router, frozen=frozen)


def load_router(frozen: FinetunedRouter, var_dir: Path, device: str) -> TunedRouter:
    """Load a stored router. Raises RoutingError where a file is missing or is not the one that was stored."""
    folder = frozen.folder(var_dir)
    for name, digest in frozen.files.items():
        path = folder / name
        if not path.is_file() or _sha256(path) != digest:
            raise RoutingError(
                f"The file {path} of the router is missing or was changed; copy the folder from the machine that "
                "trained it, or train the router again."
            )
    model, tokenizer = load_saved_classifier(folder, device=device)
    return TunedRouter(frozen, Classifier(model, tokenizer, frozen.longest))


def device_for_finetuning(setting: str) -> str:
    """Return the device: a GPU, or what was asked for by name. Raises RoutingError where there is no GPU for "auto"."""
    device = choose_device(setting)
    if setting == "auto" and device == "cpu":
        raise RoutingError(
            "There is no GPU on this machine, and fine-tuning on its processor takes hours or days: run this where "
            "there is one, take --features tfidf, wordllama or minilm, or give --device cpu to do it all the same."
        )
    return device


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
