"""How far runs agree with the labels, beside how far human readers agree with each other."""

from collections.abc import Sequence

import streamlit as st

from lsdc.charts.agreement import kappas_with_bands
from lsdc.evaluation.human_agreement import CAVEAT, KAPPAS, KappaKind
from lsdc.ui.charts import show_chart
from lsdc.ui.kappas import band_table, kappa_table, published_table
from lsdc.ui.scores import ScoredRun
from pages.compare.curves import warn_of_other_rows


def draw_readers(runs: Sequence[ScoredRun]) -> None:
    """Draw a kappa of each run by condition over the published bands of the same kind, and the table of those."""
    warn_of_other_rows(runs)
    kind = st.segmented_control(
        "Kappa", list(KappaKind), default=KappaKind.LINEAR, required=True, key="compare_kappa_kind"
    )
    scores = kappa_table(runs, kind)
    zones = list(dict.fromkeys(scores["part"]))
    bands = band_table(kind, zones)
    metric = KAPPAS[kind]
    show_chart(
        kappas_with_bands(scores, bands, metric.title),
        sentence=f"{metric.meaning} Dots: runs and the labels, with 95 % intervals. Grey: human readers among each other, "
        "by the same kind of kappa.",
    )
    silent = [zone for zone in zones if zone not in set(bands["part"])]
    if silent:
        st.info(
            f"No published value of this kind for {' and '.join(silent)}: no band there.", icon=":material/menu_book:"
        )
    synthetic = " The labels of phantoms are those of a simulated reader." if runs[0].listed.synthetic else ""
    st.warning(CAVEAT + synthetic, icon=":material/balance:")
    numbers = {name: st.column_config.NumberColumn(format="%.3f") for name in ("value", "from", "to")}
    shown = scores[["run", "part", "rows", "studies", "value", "low", "high"]]
    st.dataframe(
        shown.rename(columns={"part": "condition", "low": "from", "high": "to"}),
        hide_index=True,
        column_config=numbers,
        placeholder="–",
        key="compare_kappas",
    )
    st.markdown("#### What was published")
    st.dataframe(
        published_table(),
        hide_index=True,
        column_config={"Read at": st.column_config.LinkColumn()},
        placeholder="not said",
        key="compare_published",
    )
    st.caption("“Not said”: not in what was read of the source, its abstract or its table.")
