"""How a run learned, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from lsdc.charts.palette import ACCENT, LEGEND_PX, REFERENCE, run_color

HEIGHT_PX = 270
# How much an epoch weighs in the average of the next one.
MEMORY = 0.6


def learning_curve(history: pd.DataFrame, measure: str) -> alt.LayerChart:
    """Training and validation over the epochs, with the epoch of the network that was kept marked.

    Args:
        history: Columns `epoch`, `stage`, `val_loss`, `measure` and `val_` + `measure`.
        measure: `loss` or `accuracy`.
    """
    lines = history.rename(columns={measure: "training", f"val_{measure}": "validation"}).melt(
        ["epoch", "stage"], ["training", "validation"], var_name="rows", value_name="value"
    )
    color = alt.Color(
        "rows:N",
        scale=alt.Scale(domain=["training", "validation"], range=[REFERENCE, ACCENT]),
        legend=alt.Legend(title=None, orient="top"),
    )
    curve = _lines(lines, measure).encode(
        color=color, detail="stage:N", tooltip=["rows", "epoch", alt.Tooltip("value", format=".4f")]
    )
    best = kept_epoch(history)[["epoch"]]
    rule = alt.Chart(best).mark_rule(strokeDash=[3, 3], color=REFERENCE).encode(x=_epochs())
    return alt.LayerChart(layer=[rule, curve], height=HEIGHT_PX)


def learning_rate_curve(history: pd.DataFrame) -> alt.LayerChart:
    """The learning rate over the epochs, on a logarithmic axis.

    Args:
        history: Columns `epoch`, `stage` and `learning_rate`.
    """
    y = alt.Y("learning_rate:Q", axis=alt.Axis(title="learning rate", format="~e"), scale=alt.Scale(type="log"))
    line = alt.Chart(history[["epoch", "stage", "learning_rate"]]).mark_line(
        point=alt.OverlayMarkDef(size=28), color=ACCENT
    )
    curve = line.encode(
        x=_epochs(), y=y, detail="stage:N", tooltip=["epoch", alt.Tooltip("learning_rate", format=".2e")]
    )
    return alt.LayerChart(layer=[curve], height=HEIGHT_PX)


def kept_epoch(history: pd.DataFrame) -> pd.DataFrame:
    """The row of the epoch whose network was kept: the lowest validation loss of the last stage."""
    kept: pd.DataFrame = history[history["stage"] == history["stage"].max()].nsmallest(1, "val_loss")
    return kept


def validation_curves(histories: Mapping[str, pd.DataFrame], measure: str) -> alt.LayerChart:
    """The validation curves of several runs in one frame.

    Args:
        histories: The history of each run, by its name.
        measure: `loss` or `accuracy`.
    """
    lines = pd.concat(
        [
            history[["epoch", "stage", f"val_{measure}"]]
            .set_axis(["epoch", "stage", "value"], axis="columns")
            .assign(run=run)
            for run, history in histories.items()
        ],
        ignore_index=True,
    )
    curve = _lines(lines, f"validation {measure}").encode(
        color=run_color(list(histories)), detail="stage:N", tooltip=["run", "epoch", alt.Tooltip("value", format=".4f")]
    )
    return alt.LayerChart(layer=[curve], height=HEIGHT_PX + len(histories) * LEGEND_PX)


def smoothed(history: pd.DataFrame) -> pd.DataFrame:
    """The same history with its losses and accuracies as moving averages, each stage apart."""
    measures = ["loss", "accuracy", "val_loss", "val_accuracy"]
    averages = history.groupby("stage")[measures].transform(lambda column: column.ewm(alpha=1 - MEMORY).mean())
    return history.assign(**{measure: averages[measure] for measure in measures})


def _lines(lines: pd.DataFrame, title: str) -> alt.Chart:
    y = alt.Y("value:Q", axis=alt.Axis(title=title), scale=alt.Scale(zero=False))
    chart: alt.Chart = alt.Chart(lines).mark_line(point=alt.OverlayMarkDef(size=28)).encode(x=_epochs(), y=y)
    return chart


def _epochs() -> alt.X:
    axis = alt.Axis(title="epoch", tickMinStep=1, format="d", grid=False)
    return alt.X("epoch:Q", axis=axis, scale=alt.Scale(nice=False, zero=False))
