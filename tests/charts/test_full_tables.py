"""On tables with the content of the real ones, the charts say the known figures."""

import pytest

from lsdc.charts import counts, sentences
from lsdc.dataset.filters import Filter, apply
from lsdc.dataset.phantom import write_full_tables
from lsdc.dataset.summary import studies_by_balancing
from lsdc.dataset.tables import balance, labelled, load_label_table


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "full"
    write_full_tables(folder)
    return load_label_table(folder)


@pytest.fixture(scope="module")
def left_subarticular(table):
    return apply(table, Filter(condition=frozenset({"subarticular_stenosis"}), side=frozenset({"left"})))


def test_conditions_have_the_known_shares(table, drawn):
    (rows,) = drawn(counts.condition_counts(table))

    assert rows["count"].sum() == 48_692
    assert rows["share"].tolist() == pytest.approx([0.202, 0.202, 0.202, 0.197, 0.197], abs=6e-4)
    assert "48,692 points" in sentences.about_conditions(table)


def test_severities_have_the_known_shares(table, drawn):
    (rows,) = drawn(counts.severity_counts(labelled(table)))

    assert rows["count"].sum() == 48_657
    assert rows["share"].tolist() == pytest.approx([0.773, 0.163, 0.063], abs=0.01)


@pytest.mark.parametrize(
    ("condition", "shares"),
    [
        ("subarticular_stenosis", [0.714, 0.190, 0.096]),
        ("neural_foraminal_narrowing", [0.780, 0.181, 0.039]),
        ("spinal_canal_stenosis", [0.877, 0.075, 0.048]),
    ],
)
def test_each_condition_has_its_known_shares(table, drawn, condition, shares):
    (rows,) = drawn(counts.severity_counts(labelled(apply(table, Filter(condition=frozenset({condition}))))))

    # Of the left subarticular rows the tables have the counts of the real ones, of the others the shares but for chance.
    assert rows["share"].tolist() == pytest.approx(shares, abs=0.01)


def test_the_balanced_heat_map_has_the_known_cells(left_subarticular, drawn):
    (rows,) = drawn(counts.severity_heat_map(balance(left_subarticular)))

    assert rows["count"].tolist() == [1057, 93, 28, 923, 254, 83, 692, 454, 193, 254, 624, 461, 776, 409, 147]


def test_balancing_drops_the_known_studies(left_subarticular):
    studies = studies_by_balancing(left_subarticular)

    said = sentences.about_balancing(labelled(left_subarticular), balance(left_subarticular))
    assert studies["dropped"].tolist() == [631]
    assert studies["kept"].tolist() == [1342]
    assert "Without the 631 studies that are Normal/Mild at every level, 6,448 of 9,603 rows remain" in said
    assert "631 of 1,973 studies" in sentences.about_dropped_studies(studies)
