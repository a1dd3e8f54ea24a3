"""Kappas of runs by condition, and the published ones beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from lsdc.evaluation.human_agreement import KAPPAS, PUBLISHED, KappaKind, published
from lsdc.evaluation.predictions import scored_rows
from lsdc.evaluation.strata import Stratum, metric_by_stratum
from lsdc.labels import Condition
from lsdc.runs import RunFolder
from lsdc.ui.datasets import FileVersion, file_version
from lsdc.ui.scores import ScoredRun


def kappa_table(runs: Sequence[ScoredRun], kind: KappaKind) -> pd.DataFrame:
    """One row per run and condition: `run`, `part`, `rows`, `studies`, `value`, `low`, `high`.

    Raises:
        CorruptRunError: If predictions cannot be read.
    """
    tables = [_kappas(*_named(run), kind).assign(run=run.label) for run in runs]
    table = pd.concat(tables, ignore_index=True)
    return table.assign(
        part=table["part"].map({condition.value.replace("_", " "): condition.display for condition in Condition})
    )


def band_table(kind: KappaKind, zones: Sequence[str]) -> pd.DataFrame:
    """One row per published value of a kind of kappa for some zones: `part`, `low`, `high`, `source`."""
    bands = [
        {"part": value.zone.display, "low": value.low, "high": value.high, "source": value.source}
        for value in published(kind)
        if value.zone.display in zones
    ]
    return pd.DataFrame(bands, columns=["part", "low", "high", "source"])


def published_table() -> pd.DataFrame:
    """All published values, in words."""
    return pd.DataFrame(
        [
            {
                "Zone": value.zone.display,
                "Kappa": value.as_printed,
                "Kind": value.kind.value if value.kind else "not said: not drawn",
                "Grades": value.scale or None,
                "Source": value.source,
                "Read at": value.url,
                "Readers": value.readers or None,
                "Cases": value.cases or None,
            }
            for value in PUBLISHED
        ]
    )


def _named(run: ScoredRun) -> tuple[str, FileVersion]:
    folder = run.listed.run
    return str(folder.path), file_version(folder.predictions_path)


@st.cache_data(max_entries=64, show_spinner="Resampling each condition …")
def _kappas(path: str, version: FileVersion, kind: KappaKind) -> pd.DataFrame:  # noqa: ARG001  # key
    rows = scored_rows(RunFolder(Path(path)).predictions())[1]
    return metric_by_stratum(rows, Stratum.CONDITION, KAPPAS[kind])
