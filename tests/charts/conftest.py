"""Small label tables."""

import pandas as pd
import pytest

from lsdc.dataset.tables import SEVERITY_TYPE


@pytest.fixture
def label_table():
    """Six points of two studies; one has no grade."""
    rows = [
        (1, "subarticular_stenosis", "left", "L1/L2", "Normal/Mild"),
        (1, "subarticular_stenosis", "left", "L4/L5", "Severe"),
        (1, "subarticular_stenosis", "right", "L4/L5", "Moderate"),
        (2, "spinal_canal_stenosis", "midline", "L4/L5", "Normal/Mild"),
        (2, "spinal_canal_stenosis", "midline", "L5/S1", "Normal/Mild"),
        (2, "spinal_canal_stenosis", "midline", "L1/L2", None),
    ]
    table = pd.DataFrame(rows, columns=["study_id", "condition", "side", "level", "severity"])
    return table.assign(severity=table["severity"].astype(SEVERITY_TYPE))


@pytest.fixture
def drawn():
    """The rows that a chart embeds, by the marks that they are drawn with: what a browser gets."""

    def rows(chart):
        spec = chart.to_dict()
        return [pd.DataFrame(rows) for rows in spec["datasets"].values()]

    return rows
