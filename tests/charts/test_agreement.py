"""Kappas of runs stand before published bands, and only where there are any."""

import pandas as pd

from lsdc.charts.agreement import kappas_with_bands

SCORES = pd.DataFrame(
    {
        "run": ["a", "a"],
        "part": ["Canal", "Foramen"],
        "rows": [9, 9],
        "value": [0.5, 0.6],
        "low": [0.4, 0.5],
        "high": [0.6, 0.7],
    }
)
BANDS = pd.DataFrame({"part": ["Canal", "Canal"], "low": [0.74, 0.5], "high": [0.86, 0.5], "source": ["A", "B"]})


def layers(chart):
    """The mark of each layer, and the rows that it draws."""
    drawn = chart.to_dict()
    names = [layer.get("data", drawn.get("data"))["name"] for layer in drawn["layer"]]
    return [(layer["mark"]["type"], drawn["datasets"][name]) for layer, name in zip(drawn["layer"], names, strict=True)]


def test_bands_lie_behind_the_runs_with_their_sources():
    drawn = layers(kappas_with_bands(SCORES, BANDS, "Kappa"))

    assert [mark for mark, _ in drawn] == ["rect", "rule", "circle", "text"]
    assert [(band["part"], band["low"], band["high"]) for band in drawn[0][1]] == [
        ("Canal", 0.74, 0.86),
        ("Canal", 0.5, 0.5),
    ]
    assert [band["source"] for band in drawn[3][1]] == ["A", "B"]


def test_without_a_published_value_there_is_no_band():
    drawn = layers(kappas_with_bands(SCORES, BANDS.iloc[:0], "Kappa"))

    assert [mark for mark, _ in drawn] == ["rule", "circle"]
