"""Markdown leaves nothing of a text out: formulas, deep lists and wide tables, without a style."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.web.marks.markdown import markdown, model_markdown

RENDERERS = (markdown, model_markdown)


def text_of(rendered: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", rendered))


@pytest.mark.parametrize("render", RENDERERS)
@pytest.mark.parametrize(
    "formula",
    [
        r"$$\int_0^1 x^2\,dx = \left[\frac{x^3}{3}\right]_0^1 = \frac13$$",
        r"\(a^2+b^2=c^2\)",
        r"\[E=mc^2\]",
        r"\(a_1*b_2*c_3\)",
        r"$a_{1}*b_{2}*c$",
        r"$\frac{1}{3}$",
        "\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}",
        "$$\na\n\n- b\n+ c\n# d\n= 1\n$$",
        "\\[\n  x > y \\\\\n> z\n\\]",
        r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
        r"\( x < y \& z \)",
    ],
)
def test_a_formula_is_kept_to_the_character(render, formula: str) -> None:
    around = [formula, f"Before\n{formula}\nafter"]
    if "\n" not in formula:
        around += [f"So {formula} holds.", f"1. item\n2. {formula}", f"| a | b |\n| - | - |\n| {formula} | c |"]
    for text in around:
        assert formula in text_of(render(text))


@pytest.mark.parametrize("render", RENDERERS)
def test_a_backslash_stays_unless_it_escapes_a_sign_of_markdown(render) -> None:
    for text in (r"\, and \; and \\ and \{x\}", r"open \( alone", r"open \[ alone", r"C:\new\(x86)", r"\$5", r"a\|b"):
        assert text in text_of(render(text))
    assert text_of(render(r"\*not\* \_emphasis\_ 1\. \# \`x\`")).strip() == "*not* _emphasis_ 1. # `x`"


@pytest.mark.parametrize("render", RENDERERS)
def test_prices_are_no_formula_and_code_is_code(render) -> None:
    rendered = render(r"It costs $5 or $10 with **x_1** \* y. `\(a\)`")
    assert "math" not in rendered
    assert "<strong>x_1</strong>" in rendered
    assert r"<code>\(a\)</code>" in rendered


@pytest.mark.parametrize("depth", [12, 50, 400])
def test_a_list_is_complete_at_any_depth(depth: int) -> None:
    lines = [f"{'  ' * level}- level {level + 1}" for level in range(depth)]
    rendered = model_markdown("\n".join([*lines, "", "After."]))
    shown = text_of(rendered)
    assert [level for level in range(1, depth + 1) if f"level {level}" not in shown] == []
    assert "After." in shown
    assert rendered.count("<ul") == min(depth, 60)
    assert rendered.count("<ul") == rendered.count("</ul>")


@pytest.mark.parametrize("text", [sign * 5_000 + "end" for sign in ("> ", "- ", "1. ", "*a **b ")])
def test_what_is_nested_beyond_reason_is_shown_and_breaks_nothing(text: str) -> None:
    assert "end" in text_of(model_markdown(text))


@pytest.mark.parametrize("render", RENDERERS)
def test_a_table_is_aligned_without_styles_and_can_be_scrolled_by_keys(render) -> None:
    rendered = render("| Planet | Diameter | Moons | Kind |\n|:---|---:|:-:|---|\n| Mercury | 4879 | 0 | rock |")
    assert "style" not in rendered
    for side, cell in (("left", "Mercury"), ("right", "4879"), ("center", "0")):
        assert re.search(rf'<td class="align-{side}"[^>]*>{cell}</td>', rendered)
    assert re.search(r'<div class="scroll" tabindex="0"><table>', rendered)


@pytest.mark.parametrize("text", [f"{around}\u202elevel{around}" for around in ("", "`", "$", "\n```\n", "    ")])
def test_a_character_that_turns_the_order_turns_nothing_but_itself(text: str) -> None:
    assert '<span class="sign always" data-sign="RLO">\u202e</span>level' in model_markdown(text)


def test_each_block_of_a_models_text_has_a_direction_of_its_own() -> None:
    rendered = model_markdown("قهوة\n\n- بند\n- item\n\n> quote")
    assert re.findall(r'<(\w+) dir="auto">', rendered) == ["p", "ul", "li", "li", "blockquote", "p"]


@given(st.text(alphabet="$\\()[]{} ab_*-\n>`|&<", max_size=60))
def test_no_text_breaks_the_rules_of_latex_and_none_leaves_a_tag(text: str) -> None:
    rendered = model_markdown(text)
    tags = set(re.findall(r"</?([a-zA-Z][a-zA-Z0-9]*)", rendered))
    known = {"p", "span", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "hr", "br"}
    assert tags <= known | {"div", "table", "thead", "tbody", "tr", "th", "td"}


@pytest.mark.parametrize("text", ["\\(" * 20_000, "\\[\n" * 10_000, "$x" * 20_000, "\\begin{a}" * 4_000])
def test_formulas_that_are_never_closed_cost_no_search_of_the_whole_text(text: str) -> None:
    assert text_of(model_markdown(text)).count("\\") == text.count("\\")
