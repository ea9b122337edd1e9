"""Section of a replication's report on constraint attention: statistics by layer, and figures.

Reads the results that the study's attention page shows; traces nothing.
"""

from collections.abc import Iterator
from pathlib import Path

from annotator.analysis.attention.values import AttentionResults, LayerResult, SeriesResult
from annotator.analysis.chart_files import chart_svg
from annotator.operations.replication.cases import CASES_FILE
from annotator.operations.replication.figures import coefficient, p_value, thousandths
from annotator.operations.replication.steps import Replication
from annotator.web.attention.charts import area_chart, drop_chart
from annotator.web.labels import label_for

_OUTCOMES = ("helped", "hurt", "tie")
_HEAD = "| layer | drop, helped | drop, hurt | drop, tie | area, hurt against helped | p | p, Holm over layers |"


def attention_section(
    replication: Replication, attention: AttentionResults | None, figures: list[Path]
) -> Iterator[str]:
    """Yield the lines: for each measure and control the layer that tells most, then every layer of the first."""
    yield ""
    yield "## Constraint attention"
    yield ""
    if attention is None or not attention.series:
        yield f"No attention: {replication.without_attention or 'no case has both of its answers traced.'}"
        return
    yield from _counted(attention)
    yield ""
    yield (
        "| measure or control | traced pairs | hurt / helped | layer furthest from 0.5 | area, hurt against helped "
        "| p, Holm over layers |"
    )
    yield "|---|---:|---:|---:|---:|---:|"
    for series in attention.series:
        yield _strongest(series)
    yield ""
    yield from _by_layer(attention.series[0])
    yield ""
    yield from (f"![{figure.stem}]({figure.name})" for figure in figures)
    address = f"/studies/{replication.study.slug}/"
    yield f"Page: {address}attention/. Traced cases: the column `traced` of [{CASES_FILE}]({CASES_FILE})."
    yield f"Cases by outcome: {', '.join(f'{address}cases/?outcome={outcome}' for outcome in _OUTCOMES)}."


def figures_write(attention: AttentionResults | None, folder: Path) -> list[Path]:
    """Write the layer curves of the first measure as SVG; return the files."""
    if attention is None or not attention.series:
        return []
    mass = attention.series[0]
    specs = {"attention-drop.svg": drop_chart(mass), "attention-area.svg": area_chart(mass)}
    files = []
    for name, spec in specs.items():
        if spec is not None:
            (folder / name).write_text(chart_svg(spec), encoding="utf-8")
            files.append(folder / name)
    return files


def _counted(attention: AttentionResults) -> Iterator[str]:
    """What the figures are of, and what is left out of them."""
    counts = ", ".join(f"{outcome} {n}" for outcome, n in sorted(attention.outcomes.items()))
    yield f"Traced pairs: {counts}. The drop is the first run less the second; above 0.5 hurt cases drop more."
    yield "Areas compare hurt cases with helped ones alone; ties and pairs without a whole answer are in none of them."
    yield f"Of {100 * attention.retokenized:.1f} % of the answers the tokens are not as many as were generated."
    if attention.unlike:
        yield f"Left out are {attention.unlike} cases whose two answers were traced by models of different layers."
    if attention.hidden:
        layers = ", ".join(map(str, attention.hidden))
        yield f"Sliding windows hide the constraints from some answers in layers {layers}: zeros there are structural."


def _strongest(series: SeriesResult) -> str:
    layer = series.strongest
    cells = ["–", "–", "–", "–"]
    if layer is not None:
        area = layer.area
        cells = [f"{area.upper} / {area.lower}", str(layer.layer), coefficient(area.area), p_value(layer.adjusted)]
    return f"| {label_for('attention', series.name)} | {series.n} | {' | '.join(cells)} |"


def _by_layer(series: SeriesResult) -> Iterator[str]:
    yield f"By layer: {label_for('attention', series.name)}. Mean drops in thousandths; 95 % intervals."
    yield ""
    yield _HEAD
    yield "|---:|---:|---:|---:|---:|---:|---:|"
    yield from (_layer(layer) for layer in series.layers)


def _layer(layer: LayerResult) -> str:
    drops = [thousandths(layer.drops[outcome]) for outcome in _OUTCOMES]
    area = layer.area
    cells = [str(layer.layer), *drops, coefficient(area.area), p_value(area.p_value), p_value(layer.adjusted)]
    return f"| {' | '.join(cells)} |"
