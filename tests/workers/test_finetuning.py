"""Fine-tuning a small model with random weights: it finds the plant, is stored with hashes, and predicts the same."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from django.test import override_settings
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from annotator.options import OptionsError
from annotator.routing.cards import card_of
from annotator.routing.errors import RoutingError
from annotator.routing.finetuned import PAPER_BASE, FinetunedRouter, FinetuneSettings
from annotator.routing.reports import split_report
from annotator.routing.selectors import router_called
from tests.routing.planted import planted, shuffled
from tests.routing.studies import planted_study
from workers import finetune_command, route_command
from workers.finetuning import Finetuner, TunedRouter, device_for_finetuning, load_router, save_router

pytestmark = pytest.mark.slow
LEARNING_RATE, EPOCHS = 3e-3, 3  # a model of random weights learns nothing at the paper's 1e-5


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads that wait for each other make a small model slower on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A decoder of two layers with random weights, and a tokenizer of the planted words."""
    folder = tmp_path_factory.mktemp("base")
    words = sorted({word.strip(",.") for prompt in planted() for word in prompt.text.split()})
    vocabulary = {word: number for number, word in enumerate(["[UNK]", "</s>", ",", ".", *words])}
    described = {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}
    split = {"type": "Whitespace"}
    (folder / "tokenizer.json").write_text(json.dumps({"version": "1.0", "pre_tokenizer": split, "model": described}))
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), eos_token="</s>")
    torch.manual_seed(0)
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = LlamaConfig(**shape, vocab_size=len(vocabulary), num_key_value_heads=2, max_position_embeddings=128)
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def settings(base: str) -> FinetuneSettings:
    return FinetuneSettings(base=base, learning_rate=LEARNING_RATE, epochs=EPOCHS, batch_size=16)


@pytest.fixture(scope="module")
def router(settings: FinetuneSettings) -> TunedRouter:
    return Finetuner(settings, "cpu")(planted())


def test_it_finds_the_plant_in_prompts_that_it_did_not_see(router: TunedRouter) -> None:
    unseen = planted(60, seed=1)
    probabilities = router.probabilities([prompt.text for prompt in unseen])
    decided = [probability >= router.threshold for probability in probabilities]
    assert decided == [prompt.helps for prompt in unseen]


def test_in_shuffled_labels_it_finds_nothing(settings: FinetuneSettings) -> None:
    few = replace(settings, epochs=1)
    report = split_report("random", shuffled(planted(120)), Finetuner(few, "cpu"))
    assert report.guessed is not None
    assert report.guessed.low is not None
    assert report.guessed.high is not None
    assert report.guessed.low <= report.majority <= report.guessed.high


def test_stored_and_loaded_it_predicts_identically(router: TunedRouter, tmp_path: Path) -> None:
    stored = save_router(router, tmp_path)
    frozen = FinetunedRouter.from_json(json.loads(json.dumps(stored.to_json())))
    assert frozen == stored.frozen
    assert set(frozen.files) >= {"model.safetensors", "config.json", "tokenizer.json"}
    assert not [name for name in frozen.files if name.endswith((".bin", ".pt", ".pkl"))]
    texts = [prompt.text for prompt in planted(30, seed=2)]
    assert load_router(frozen, tmp_path, "cpu").probabilities(texts) == router.probabilities(texts)
    assert [path.name for path in tmp_path.iterdir()] == ["routers"]


def test_a_changed_or_missing_file_is_refused(router: TunedRouter, tmp_path: Path) -> None:
    frozen = save_router(router, tmp_path).frozen
    config = frozen.folder(tmp_path) / "config.json"
    config.write_text(config.read_text() + " ")
    with pytest.raises(RoutingError, match=r"config\.json of the router is missing or was changed; copy the folder"):
        load_router(frozen, tmp_path, "cpu")
    config.unlink()
    with pytest.raises(RoutingError, match="is missing or was changed"):
        load_router(frozen, tmp_path, "cpu")
    with pytest.raises(OptionsError, match="the hash does not fit its content"):
        FinetunedRouter.from_json({**frozen.to_json(), "threshold": 0.9})


def test_the_same_seed_makes_the_same_weights(settings: FinetuneSettings, tmp_path: Path) -> None:
    once = replace(settings, epochs=1, calibration="none")
    routers = [save_router(Finetuner(once, "cpu")(planted(60)), tmp_path) for _ in range(2)]
    assert routers[0].hash == routers[1].hash
    assert (routers[0].threshold, routers[0].frozen.slope) == (0.5, 1.0)  # as in the paper


def test_every_weight_is_trained(settings: FinetuneSettings) -> None:
    untrained = Finetuner(replace(settings, epochs=1, calibration="none", learning_rate=0.0), "cpu")(planted(60))
    trained = Finetuner(replace(settings, epochs=1, calibration="none"), "cpu")(planted(60))
    after = dict(trained.classifier.model.named_parameters())
    for name, weights in untrained.classifier.model.named_parameters():
        assert not torch.equal(weights, after[name]), name


def test_the_defaults_are_those_of_the_paper() -> None:
    defaults = FinetuneSettings()
    assert (defaults.base, defaults.learning_rate, defaults.epochs) == (PAPER_BASE, 1e-5, 3)


def test_the_card_says_what_was_trained(router: TunedRouter, settings: FinetuneSettings) -> None:
    training = {
        **{name: getattr(settings, name) for name in settings.__slots__},
        "labels": "verdicts", "classes": {"helped": 80, "hurt": 80, "tie": 80}, "studies": [],
    }  # fmt: skip
    card = card_of("tuned v1", router, training, [])
    assert f"- The whole of `{settings.base}` fine-tuned to classify prompts; every weight was trained." in card
    assert "- Learning rate 0.003, falling to zero; 3 epochs; 16 prompts a step; the first 512 tokens" in card
    assert "- Calibration: platt, on a fifth of the prompts that was not trained on." in card


@pytest.mark.django_db
def test_it_is_trained_and_asked_by_the_processes_of_the_commands(
    base: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planted_study(prompts=planted(60))
    job = {"name": "tuned", "studies": ["planted"], "labels": "verdicts", "splits": ["composition"], "device": "cpu"}
    tuned = {"base": base, "learning_rate": LEARNING_RATE, "epochs": 1, "calibration": "none"}
    with override_settings(VAR_DIR=tmp_path):
        assert finetune_command.main([json.dumps({**job, "settings": tuned})]) == 0
        row = router_called("tuned")
        assert (row.features, row.training["epochs"], [split["split"] for split in row.report]) == (
            "finetuned", 1, ["composition"],
        )  # fmt: skip
        assert capsys.readouterr().out.startswith("tuned@1 is trained on 60 prompts (helped 20, hurt 20, tie 20).")
        file = tmp_path / "prompts.jsonl"
        file.write_text("".join(json.dumps({"prompt": prompt.text}) + "\n" for prompt in planted(3)))
        asked = {"name": "tuned", "file": str(file), "device": "cpu"}
        assert route_command.main([json.dumps(asked)]) == 0
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [(line["router"], line["hash"]) for line in lines] == [("tuned@1", row.content_hash)] * 3
        assert route_command.main([json.dumps({**asked, "name": "other"})]) == 1
        assert capsys.readouterr().err.startswith("No router is called 'other'; known: tuned@1.")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_it_is_refused_unless_the_processor_is_asked_for() -> None:
    with pytest.raises(RoutingError, match=r"There is no GPU on this machine.* give --device cpu to do it all"):
        device_for_finetuning("auto")
    assert device_for_finetuning("cpu") == "cpu"
