"""Scores in a run's folder belong to its predictions, and are made anew when these change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lsdc.config import preset
from lsdc.errors import CorruptRunError
from lsdc.evaluation.calibration import calibrate
from lsdc.evaluation.comparison import Contender, compare
from lsdc.evaluation.predictions import probabilities_of, with_probabilities
from lsdc.evaluation.stored import current_metrics, is_current, rescore, scores_anew, stored_draws, write_scores
from lsdc.runs import RunFolder, RunNotes, create_run

DATA = {"name": "phantom", "root": "", "fingerprint": "f", "synthetic": True, "rows": 300, "studies": 60}


@pytest.fixture
def scored_run(tmp_path, make_predictions):
    def make(**of_predictions) -> RunFolder:
        run = create_run(tmp_path, preset("quick"), {"preset": "quick", "data": DATA}, RunNotes())
        predictions = make_predictions(**of_predictions)
        logits = np.log(probabilities_of(predictions))
        run.write_predictions(predictions)
        run.write_calibration(calibrate(logits, predictions, weights=(1.0, 1.0, 1.0), fit=False).record)
        write_scores(run)
        return run

    return make


def test_the_intervals_are_percentiles_of_the_stored_draws(scored_run) -> None:
    run = scored_run()

    metrics, draws = current_metrics(run), run.draws()

    scores = metrics["metrics"] | metrics["report_metrics"]
    assert len(draws) == 1000
    assert set(draws) == set(scores) - {"train_accuracy"}
    for name in set(draws) - {"ece"}:
        low, high = np.nanpercentile(draws[name], [2.5, 97.5])
        assert (scores[name]["low"], scores[name]["high"]) == pytest.approx((low, high))


def test_a_run_that_cannot_be_described_keeps_the_scores_that_it_has(scored_run, make_predictions) -> None:
    run = scored_run(skill=0.5)
    run.write_predictions(make_predictions(skill=3.0))
    (run.path / "calibration.json").write_text("[]")
    before = {path.name: path.read_bytes() for path in run.path.iterdir() if path.is_file()}

    with pytest.raises(CorruptRunError):
        rescore(run)

    assert {path.name: path.read_bytes() for path in run.path.iterdir() if path.is_file()} == before


def test_scores_of_other_predictions_are_neither_read_nor_subtracted(scored_run, make_predictions) -> None:
    run = scored_run(skill=0.5)
    before = current_metrics(run)["metrics"]["macro_auc"]["value"]
    run.write_predictions(make_predictions(skill=3.0))

    after = current_metrics(run)

    assert not is_current(run)
    assert after["metrics"]["macro_auc"]["value"] > before + 0.1
    assert stored_draws(run) is None


def test_scores_made_anew_come_with_their_draws_and_leave_the_folder_as_it_was(scored_run, make_predictions) -> None:
    run = scored_run(skill=0.5)
    run.write_predictions(make_predictions(skill=3.0))
    before = {path.name: path.read_bytes() for path in run.path.iterdir() if path.is_file()}

    metrics, resampled = scores_anew(run)

    assert {path.name: path.read_bytes() for path in run.path.iterdir() if path.is_file()} == before
    rescore(run)
    stored = stored_draws(run)
    assert metrics == current_metrics(run)
    pd.testing.assert_frame_equal(resampled.draws, stored.draws)
    assert resampled.intervals() == stored.intervals()


def test_rescoring_brings_metrics_draws_and_card_up_to_date(scored_run, make_predictions) -> None:
    run = scored_run(skill=0.5)
    card = run.model_card()
    run.write_predictions(make_predictions(skill=3.0))

    rescore(run)

    assert is_current(run)
    assert stored_draws(run) is not None
    assert run.model_card() != card


def test_what_only_the_network_knows_survives_rescoring(scored_run) -> None:
    run = scored_run()
    predictions = run.predictions()
    write_scores(run, {1: probabilities_of(predictions), 3: probabilities_of(predictions)})
    before = run.metrics()["by_slices"]

    rescore(run)

    assert run.metrics()["by_slices"] == before != {}


def test_another_version_of_the_formulas_makes_scores_anew(scored_run, monkeypatch) -> None:
    run = scored_run()

    monkeypatch.setattr("lsdc.evaluation.stored.SCORES_VERSION", 0)

    assert not is_current(run)
    assert stored_draws(run) is None


def test_stored_draws_give_the_same_verdict_as_new_ones(scored_run) -> None:
    """Both runs met the same studies in the same draws, so their difference is a subtraction."""
    runs = [scored_run(grader=1, skill=1.5), scored_run(grader=2, skill=1.0)]
    stored = [Contender(predictions=run.predictions(), resampled=stored_draws(run)) for run in runs]

    verdict = compare(*stored)

    anew = compare(*(Contender(predictions=run.predictions()) for run in runs))
    assert verdict.sentence == anew.sentence
    for name, difference in anew.differences.items():
        assert verdict.differences[name].low == pytest.approx(difference.low)
        assert verdict.differences[name].high == pytest.approx(difference.high)


def test_stored_draws_are_not_used_for_rows_that_only_some_share(scored_run) -> None:
    whole, part = scored_run(num_studies=60), scored_run(num_studies=60, grader=1)
    fewer = part.predictions().query("split != 'test' or study_id > 30").reset_index(drop=True)
    stored = stored_draws(whole)

    verdict = compare(
        Contender(predictions=whole.predictions(), resampled=stored),
        Contender(predictions=fewer, resampled=stored),
    )

    alone = compare(Contender(predictions=whole.predictions()), Contender(predictions=fewer))
    assert verdict.differences == alone.differences


def test_the_order_of_rows_does_not_matter(scored_run) -> None:
    run = scored_run()
    before = current_metrics(run)
    run.write_predictions(run.predictions().sample(frac=1, random_state=0))

    after = current_metrics(run)

    for name, score in before["metrics"].items():
        assert after["metrics"][name] == pytest.approx(score)


def test_a_perfect_grader_has_nothing_left_to_gain(scored_run, make_predictions) -> None:
    run = scored_run()
    predictions = run.predictions()
    sure = pd.get_dummies(predictions["label"])[["Normal/Mild", "Moderate", "Severe"]].to_numpy("float64")
    run.write_predictions(with_probabilities(predictions, sure))

    metrics = current_metrics(run)

    assert metrics["metrics"]["macro_auc"]["value"] == 1.0
    assert metrics["gains"]["level only"]["macro_auc"]["low"] > 0
