"""Vocabulary: words that the design (section 2) forbids for an idea of its table occur nowhere."""

import ast
import re
from pathlib import Path

import pytest

from tests.paths import REPOSITORY

# Never, in any name, sentence, URL, class of CSS, JSON key or heading: no idea of the table is called so, and no
# library that we use brings the word along.
NOWHERE = {
    "judgement": "annotation (of a person), judge reply (of a model) or verdict (of a checker)",
    "judgment": "annotation, judge reply or verdict",
    "opinion": "annotation",
    "corpus": "dataset",
    "taxonomy": "codebook",
    "heatmap": "attention trace",
    "htmx": "poll.js and swap.js",
}
# Never as the name of a class, a module, a column, a URL or a JSON key: there they would name an idea of the table.
# As common words of a sentence they are free.
NOT_AS_A_NAME = {
    "ahead": "prefetched",
    "condition": "strategy",
    "engine": "language model",
    "experiment": "run",
    "filled": "complete",
    "gate": "router",
    "hardness": "disagreeing_constraints",
    "highlight": "span",
    "instruction": "constraint, or prompt",
    "mode": "strategy",
    "output": "generation",
    "project": "study, or dataset",
    "question": "prompt",
    "scorer": "checker",
    "shot": "exemplar",
    "task": "case",
    "thought": "reasoning",
    "thoughts": "reasoning",
    "validator": "checker",
    "variant": "strategy",
}
# Household words that have stood for technical things (style.md, "Words").
HOUSEHOLD = {
    "door": "permission, decorator or entry point",
    "doors": "permissions, decorators or entry points",
    "leash": "process guard",
    "mend": "repair",
    "room": "package, or free slot",
    "rooms": "packages",
    "asked": "what was asked for, by its name",
    "given": "what it is",
    "said": "message, text or annotation",
    "told": "what was told, by its name",
}
# (path, word) -> why it stands there. The path may be a folder.
ALLOWED = {
    ("annotator/constraints", "variant"): "IFEval's loose variants of a text, no strategy",
    ("annotator/constraints/complexbench", "instruction"): "ComplexBench's own term for its prompts",
    ("annotator/constraints/complexbench", "question"): "ComplexBench's own term for what a judge is asked",
    ("annotator/constraints/complexbench", "task"): "ComplexBench's column `task_types`",
    ("annotator/constraints/format.py", "highlight"): "IFEval's kind `number_highlighted_sections`",
    ("annotator/constraints/length.py", "filled"): "paragraphs that are not empty",
    ("annotator/constraints/prompt_phrases.py", "highlight"): "IFEval's kind `number_highlighted_sections`",
    ("annotator/constraints/registry.py", "question"): "the kind `complexbench:question`",
    ("annotator/datasets", "instruction"): "IFEval's and ComplexBench's column names",
    ("annotator/datasets", "question"): "ComplexBench's own term",
    ("annotator/operations/web_process.py", "task"): "waitress's name for the answering of a request",
    ("annotator/operations/supervisor", "output"): "the output stream of a process",
    ("annotator/runs", "question"): "the scoring questions of ComplexBench",
    ("annotator/runs/dispatch.py", "task"): "Celery's own word",
    ("annotator/studies/labelled_files", "question"): "Argilla's own word for a control",
    ("annotator/studies/labelled_files", "task"): "Label Studio's own word for a row",
    ("annotator/web/lead/codebook_form.py", "filled"): "rows of a form that are not empty",
    ("benchmarks/cases.py", "question"): "what the benchmark asks the case list",
    ("benchmarks/regex_engines.py", "engine"): "`re` and `regex`",
    ("benchmarks/label_studio.py", "project"): "Label Studio's own word",
    ("workers/engine", "engine"): "the package that runs models, named so by the design",
    ("workers/engine", "output"): "transformers' own name of what a model returns",
    ("annotator/strategies/parameters.py", "shot"): "the strategy `few_shot`, named so by the design",
    ("workers/strategies/cot.py", "thought"): "chain of thought, the field's own term",
    ("workers/strategies/few_shot.py", "shot"): "the strategy `few_shot`, named so by the design",
    ("workers/tasks.py", "task"): "Celery's own word",
}
SEARCHED = ("annotator", "workers", "templates", "docs", "fixtures", "benchmarks")
TOP = ("README.md", "Makefile", "manage.py")
KINDS = {".py", ".html", ".js", ".css", ".md", ".po"}


def files() -> list[Path]:
    found = [REPOSITORY / name for name in TOP]
    for folder in (*SEARCHED, "locale"):
        found += [path for path in sorted((REPOSITORY / folder).rglob("*")) if path.suffix in KINDS]
    return [path for path in found if "__pycache__" not in path.parts and "screens" not in path.parts]


def named(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


PYTHON = [path for path in files() if path.suffix == ".py" and "migrations" not in path.parts]


def allowed(path: Path, word: str) -> bool:
    name = named(path)
    return any(word == other and (name == place or name.startswith(f"{place}/")) for place, other in ALLOWED)


def parts(identifier: str) -> list[str]:
    """`_CaseSheet` -> case, sheet; `case_sheet` the same; a plural counts as its singular too."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)
    lowered = [word.lower() for word in words]
    return [*lowered, *(word.removesuffix("s") for word in lowered)]


@pytest.mark.parametrize("path", files(), ids=named)
def test_no_file_says_a_word_that_the_vocabulary_forbids(path: Path) -> None:
    pattern = re.compile("|".join(NOWHERE), re.IGNORECASE)
    found = [
        f"{number}: {match.group(0)} (say: {NOWHERE[match.group(0).lower()]})"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        for match in pattern.finditer(line)
    ]
    assert not found, f"{named(path)}: {found[:5]}"
    assert not pattern.search(named(path))


def names_of(path: Path) -> dict[str, int]:
    """Classes, public functions of modules, columns and fields, with their lines."""
    tree = ast.parse(path.read_text())
    found = {path.stem: 1}
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found[node.name] = node.lineno
        if isinstance(node, ast.ClassDef):
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    found[field.target.id] = field.lineno
                elif isinstance(field, ast.Assign) and isinstance(field.targets[0], ast.Name):
                    found[field.targets[0].id] = field.lineno
    return found


@pytest.mark.parametrize("path", PYTHON, ids=named)
def test_no_class_module_function_or_field_is_named_by_a_word_that_names_another_idea(path: Path) -> None:
    for name, line in names_of(path).items():
        for word in parts(name):
            if word in NOT_AS_A_NAME and not allowed(path, word):
                pytest.fail(f"{named(path)}:{line}: {name}: say {NOT_AS_A_NAME[word]}")


def test_no_url_has_a_word_that_names_another_idea() -> None:
    routes = "\n".join((REPOSITORY / "annotator" / layer / "urls.py").read_text() for layer in ("web", "api"))
    segments = {
        word for route in re.findall(r'path\("([^"]*)"', routes) for word in parts(re.sub(r"<[^>]*>", "", route))
    }
    assert not segments & {*NOWHERE, *NOT_AS_A_NAME}


@pytest.mark.parametrize("path", PYTHON, ids=named)
def test_no_name_is_a_household_word(path: Path) -> None:
    """Functions, classes, parameters, locals and modules, in whole words of their names."""
    for node in ast.walk(ast.parse(path.read_text())):
        name = ""
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            name = node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            name = node.id
        elif isinstance(node, ast.arg):
            name = node.arg
        for word in parts(name):
            if word in HOUSEHOLD and not allowed(path, word):
                pytest.fail(f"{named(path)}:{node.lineno}: {name}: say {HOUSEHOLD[word]}")  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", PYTHON, ids=named)
def test_no_module_is_introduced_by_a_household_word(path: Path) -> None:
    head = (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n")[0]
    assert not {word for word in re.findall(r"[a-z]+", head.lower()) if word in HOUSEHOLD} - {"given", "asked"}


def test_every_exception_of_the_vocabulary_still_has_its_place() -> None:
    for place, word in ALLOWED:
        assert (REPOSITORY / place).exists(), f"{place} is gone: strike it out for {word!r}"
