"""How runs rank cases, what they gain by answering only when sure, and where they are good: curves and parts of the rows."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lsdc.charts.curves import coverage_curves, precision_recall_curves, roc_curves
from lsdc.charts.scores import metric_by_part
from lsdc.evaluation.metrics import METRICS, REPORT_METRICS, TRAIN_ACCURACY
from lsdc.evaluation.strata import Stratum
from lsdc.labels import Severity
from lsdc.ui.charts import show_chart
from lsdc.ui.errors import as_text
from lsdc.ui.scores import CurveKind, ScoredRun, load_coverage, load_curve, load_strata

CHARTS = {CurveKind.ROC: roc_curves, CurveKind.PRECISION_RECALL: precision_recall_curves}
SENTENCES = {
    CurveKind.ROC: "Dashed: a guess. Further up and left is better.",
    CurveKind.PRECISION_RECALL: "Dashed: all rows shown. Further up and right is better.",
}
# The three one-against-the-rest questions, and all of them together, which is the micro average.
QUESTIONS: dict[str, Severity | None] = {**{severity.value: severity for severity in Severity}, "All together": None}


def draw_curves(runs: Sequence[ScoredRun]) -> None:
    """Draw ROC or precision and recall, one grade against the others and all together, with bands."""
    warn_of_other_rows(runs)
    kind = st.segmented_control(
        "Curve", list(CurveKind), default=CurveKind.ROC, required=True, key="compare_curve_kind"
    )
    for start in (0, 2):
        for (title, severity), column in zip(list(QUESTIONS.items())[start : start + 2], st.columns(2), strict=True):
            curves = {run.label: load_curve(run.listed.run, kind, severity) for run in runs}
            drawn = {label: curve for label, curve in curves.items() if not curve.empty}
            with column:
                st.markdown(f"#### {title}")
                if drawn:
                    show_chart(CHARTS[kind](drawn), sentence=SENTENCES[kind])
                else:
                    st.caption("No curve: the scored rows have only this grade, or none of it.")
    st.caption("Bands hold 95 % of the curves of 200 resamples of the studies, at each place apart.")


def draw_coverage(runs: Sequence[ScoredRun]) -> None:
    """Draw accuracy and severe recall of the surest rows, with a slider for how many of them are answered."""
    warn_of_other_rows(runs)
    coverage = st.slider("Answer only the surest", 5, 100, 80, format="%d %%", key="compare_coverage") / 100
    curves = {run.label: load_coverage(run.listed.run) for run in runs}
    sentences = {
        "accuracy": "The share of answered rows that is graded right.",
        "severe_recall": "Of the severe points among the answered ones, the share that is graded Severe.",
    }
    for (measure, sentence), column in zip(sentences.items(), st.columns(2, gap="large"), strict=True):
        with column:
            show_chart(coverage_curves(curves, measure, coverage), sentence=sentence)
    lines = [{"Run": label, **_at(curve, coverage)} for label, curve in curves.items()]
    percent = st.column_config.NumberColumn(format="percent")
    columns = dict.fromkeys(("answered", "accuracy", "severe recall", "probability from"), percent)
    st.dataframe(pd.DataFrame(lines), hide_index=True, column_config=columns, placeholder="–", key="compare_answered")
    st.caption(
        "The rows with the highest probability of their most probable grade are answered; the others are left to a person."
    )


def _at(curve: pd.DataFrame, coverage: float) -> dict[str, float]:
    point = curve.iloc[(curve["coverage"] - coverage).abs().argmin()]
    return {
        "answered": point["coverage"],
        "rows": int(point["rows"]),
        "accuracy": point["accuracy"],
        "severe recall": point["severe_recall"],
        "probability from": point["threshold"],
    }


def draw_parts(runs: Sequence[ScoredRun]) -> None:
    """Draw a metric of parts of the rows, with intervals."""
    metrics = [metric for metric in (*METRICS, *REPORT_METRICS) if metric is not TRAIN_ACCURACY]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        metric = st.selectbox(
            "Metric", metrics, format_func=lambda metric: metric.title, key="compare_part_metric", width=260
        )
        by = st.segmented_control("By", list(Stratum), default=Stratum.LEVEL, required=True, key="compare_stratum")
    tables = [load_strata(run.listed.run, by, metric).assign(run=run.label) for run in runs]
    table = pd.concat(tables, ignore_index=True)
    silent = [as_text(run.label) for run, of_run in zip(runs, tables, strict=True) if of_run.empty]
    if silent:
        st.info(f"The predictions do not say the {by} of {', '.join(silent)}.", icon=":material/straighten:")
    if table.empty:
        return
    direction = "Higher is better." if metric.higher_is_better else "Lower is better."
    show_chart(metric_by_part(table, metric.title), sentence=f"{metric.meaning} {direction}")
    numbers = {name: st.column_config.NumberColumn(format="%.3f") for name in ("value", "from", "to")}
    shown = table[["run", "part", "rows", "studies", "value", "low", "high"]].rename(
        columns={"low": "from", "high": "to"}
    )
    st.dataframe(shown, hide_index=True, column_config=numbers, placeholder="–", key="compare_parts")
    st.caption("95 % intervals from resampling the studies of each part. Parts with few rows have wide ones, or none.")


def warn_of_other_rows(runs: Sequence[ScoredRun]) -> None:
    """Say that runs were scored on different rows, if so."""
    if len({run.group for run in runs}) > 1:
        st.warning(
            "These runs were scored on different rows, so they cannot be ranked by this.", icon=":material/rule:"
        )
