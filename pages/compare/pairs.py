"""Is one run better than another? Two runs in words, and all pairs among some with a correction for their number."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from lsdc.evaluation.comparison import HEADLINE, MOST_RUNS, NO_DIFFERENCE, TEST_DRAWS, TESTED, PairTest
from lsdc.evaluation.intervals import Interval
from lsdc.evaluation.metrics import METRICS, Metric
from lsdc.ui.errors import as_text
from lsdc.ui.scores import ScoredRun, load_pair_tests, load_verdict

LEVEL = 0.05


def draw_head_to_head(runs: Sequence[ScoredRun]) -> None:
    """Draw whether one of two runs is better than the other."""
    if len(runs) != 2:
        st.info("Choose exactly two runs.", icon=":material/compare_arrows:")
        return
    a, b = runs
    verdict = load_verdict(a, b)
    st.markdown(f"**A** is {as_text(a.label)}, **B** is {as_text(b.label)}.  \n**{as_text(verdict.sentence)}**")
    st.caption(
        f"On {verdict.rows:,} shared {verdict.scored_on} rows of {verdict.studies:,} studies; intervals from a paired "
        "bootstrap over the studies."
    )
    table = pd.DataFrame(
        [
            {
                "Metric": metric.title,
                "A − B": gap.value,
                "from": gap.low,
                "to": gap.high,
                "Better": _better(gap, metric),
            }
            for metric in METRICS
            if (gap := verdict.differences.get(metric.name)) is not None
        ]
    )
    numbers = {name: st.column_config.NumberColumn(format="%+.3f") for name in ("A − B", "from", "to")}
    st.dataframe(table, hide_index=True, column_config=numbers, width="content", placeholder="–", key="compare_verdict")
    st.markdown(
        f"Only A is right on **{verdict.only_a_correct:,}** rows, only B on **{verdict.only_b_correct:,}**: exact McNemar "
        f"test, p = {_probability(verdict.mcnemar_p)}."
    )
    st.caption(
        "McNemar's test takes rows as independent. The points of one patient are not, so its p is a little too small; "
        "the bootstrap above draws patients."
    )


def draw_all_pairs(runs: Sequence[ScoredRun], everybody: Sequence[ScoredRun]) -> None:
    """Draw the choice of runs and metric, and the tests of all pairs among them that were asked for last."""
    by_id = {run.listed.run.run_id: run for run in everybody}
    with st.form("compare_pairs", border=False):
        chosen = st.multiselect(
            f"Runs to test, at most {MOST_RUNS}",
            list(by_id),
            default=[run.listed.run.run_id for run in runs],
            format_func=lambda run_id: by_id[run_id].label,
            max_selections=MOST_RUNS,
            key="compare_pair_runs",
        )
        metric = st.selectbox("Metric", TESTED, format_func=lambda metric: metric.title, key="compare_pair_metric")
        if st.form_submit_button("Test all pairs", icon=":material/grid_on:"):
            st.session_state["compare_pairs_asked"] = (tuple(chosen), metric)
    asked, metric = st.session_state.get("compare_pairs_asked", ((), HEADLINE))
    tested = [by_id[run_id] for run_id in asked if run_id in by_id]
    if len(tested) < 2:
        st.info("Choose at least two runs, and test them.", icon=":material/grid_on:")
        return
    _draw_tests(load_pair_tests(tested, metric), [run.label for run in tested], metric)


def _draw_tests(tests: Sequence[PairTest], labels: Sequence[str], metric: Metric) -> None:
    shown = [test for test in tests if test.p_holm < LEVEL]
    st.markdown(
        f"**{as_text(metric.title)}: of {_pairs(len(tests))}, {len(shown) or 'none'} differ{'s' * (len(shown) == 1)} at 5 %.**"
    )
    directed = [(test.a, test.b, 1, test) for test in tests] + [(test.b, test.a, -1, test) for test in tests]
    texts = _square(labels, {(row, column): _text(test, sign) for row, column, sign, test in directed})
    styles = _square(
        labels, {(row, column): "font-weight: bold" for row, column, _, test in directed if test.p_holm < LEVEL}
    )
    st.dataframe(texts.style.apply(lambda _: styles, axis=None), key="compare_pair_matrix")
    st.caption(
        f"Row minus column, with p of a paired bootstrap over the studies that all of these runs share: {TEST_DRAWS:,} "
        f"draws, two-sided, corrected by Holm for {_pairs(len(tests))}. Bold: p below 5 %. "
        f"{'Higher' if metric.higher_is_better else 'Lower'} is better."
    )
    table = pd.DataFrame(
        [
            {
                "A": test.a,
                "B": test.b,
                "A − B": test.difference.value,
                "from": test.difference.low,
                "to": test.difference.high,
                "p": test.p,
                "p, corrected": test.p_holm,
                "Better": _better(test.difference, metric) if test.p_holm < LEVEL else NO_DIFFERENCE,
            }
            for test in tests
        ]
    )
    numbers = {name: st.column_config.NumberColumn(format="%+.3f") for name in ("A − B", "from", "to")}
    numbers |= {name: st.column_config.NumberColumn(format="%.4f") for name in ("p", "p, corrected")}
    st.dataframe(table, hide_index=True, column_config=numbers, placeholder="–", key="compare_pair_list")


def _square(labels: Sequence[str], cells: Mapping[tuple[str, str], str]) -> pd.DataFrame:
    """Labels by labels; what is not among the cells is empty."""
    lines = [[cells.get((row, column), "") for column in labels] for row in labels]
    return pd.DataFrame(lines, index=pd.Index(labels, name="row minus column"), columns=list(labels))


def _text(test: PairTest, sign: int) -> str:
    if test.difference.value is None:
        return "–"
    return f"{sign * test.difference.value:+.3f}  p {_probability(test.p_holm)}"


def _probability(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _pairs(number: int) -> str:
    return "1 pair" if number == 1 else f"{number} pairs"


def _better(gap: Interval, metric: Metric) -> str:
    if gap.low is None or gap.high is None or gap.low <= 0 <= gap.high:
        return NO_DIFFERENCE
    return "A" if (gap.low > 0) is metric.higher_is_better else "B"
