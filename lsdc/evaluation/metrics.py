"""The metrics: which there are, in which order, and the words with which pages and documents show them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from lsdc.evaluation import formulas
from lsdc.evaluation.keras_curves import keras_auc, keras_pr_auc
from lsdc.evaluation.weighted import Floats, WeightedRows

# The default of Keras' own F-beta score; which one the report used is not known.
DEFAULT_BETA = 1.0


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A number that says how good a grader is.

    Args:
        name: The key in metrics.json.
        title: What a table calls it.
        meaning: One sentence for somebody who meets it for the first time.
        higher_is_better: The direction of better.
        compute: From weighted rows to one value per draw.
        format: As `format()` takes it.
        inflated: Whether noise can only raise it, as the length of a sum of gaps; see `intervals.deflated_interval`.
    """

    name: str
    title: str
    meaning: str
    higher_is_better: bool
    compute: Callable[[WeightedRows], Floats]
    format: str = ".3f"
    inflated: bool = False


METRICS: tuple[Metric, ...] = (
    Metric(
        name="macro_auc",
        title="Macro AUC",
        meaning="How well each grade is told from the other two, averaged; 0.5 is chance.",
        higher_is_better=True,
        compute=formulas.macro_auc,
    ),
    Metric(
        name="balanced_accuracy",
        title="Balanced accuracy",
        meaning="Share of correct grades, each grade counting alike; 1/3 is chance.",
        higher_is_better=True,
        compute=formulas.balanced_accuracy,
    ),
    Metric(
        name="macro_f1",
        title="Macro F1",
        meaning="Precision and recall of each grade in one number, averaged over the grades.",
        higher_is_better=True,
        compute=formulas.macro_f1,
    ),
    Metric(
        name="quadratic_kappa",
        title="Quadratic kappa",
        meaning="Agreement beyond chance; two grades off weighs four times one grade off. 0 is chance.",
        higher_is_better=True,
        compute=formulas.quadratic_kappa,
    ),
    Metric(
        name="severe_recall",
        title="Severe recall",
        meaning="Share of severe points that are graded Severe.",
        higher_is_better=True,
        compute=formulas.severe_recall,
    ),
    Metric(
        name="severe_as_normal",
        title="Severe → normal",
        meaning="Share of severe points that are graded Normal/Mild: the costliest mistake.",
        higher_is_better=False,
        compute=formulas.severe_as_normal,
    ),
    Metric(
        name="log_loss",
        title="Log loss",
        meaning="Penalty for confident mistakes; a uniform guess has ln 3, 1.099.",
        higher_is_better=False,
        compute=formulas.log_loss,
    ),
    Metric(
        name="weighted_log_loss",
        title="Weighted log loss",
        meaning="Log loss with the challenge's weights: 1 for Normal/Mild, 2 for Moderate, 4 for Severe.",
        higher_is_better=False,
        compute=formulas.weighted_log_loss,
    ),
    Metric(
        name="ece",
        title="Calibration error",
        meaning="Distance between the stated probability and the share of correct grades, in 15 bins.",
        higher_is_better=False,
        compute=formulas.calibration_error,
        inflated=True,
    ),
)
"""Shown first."""
SLICE_METRICS: tuple[Metric, ...] = tuple(
    metric for metric in METRICS if metric.name in ("macro_auc", "quadratic_kappa", "log_loss")
)
"""How well grades are told apart, agreement, and the probabilities: shown for fewer slices than a network was made for."""


def report_metrics(beta: float = DEFAULT_BETA) -> tuple[Metric, ...]:
    """The source report's metrics on scored rows, by its definitions; shown beside its table."""
    return (
        Metric(
            name="accuracy",
            title="Accuracy",
            meaning="Share of correct grades; the commonest grade alone reaches its own share.",
            higher_is_better=True,
            compute=formulas.accuracy,
        ),
        Metric(
            name="precision",
            title="Precision",
            meaning="Of all probabilities above 0.5, the share given to the true grade.",
            higher_is_better=True,
            compute=formulas.micro_precision,
        ),
        Metric(
            name="recall",
            title="Recall",
            meaning="Share of points whose true grade has a probability above 0.5.",
            higher_is_better=True,
            compute=formulas.micro_recall,
        ),
        Metric(
            name="auc",
            title="AUC, flattened",
            meaning="ROC of all three probabilities of all points together; class shares alone reach 0.7 to 0.8.",
            higher_is_better=True,
            compute=formulas.flattened_auc,
        ),
        Metric(
            name="pr_auc",
            title="PR AUC, flattened",
            meaning="Average precision of all three probabilities of all points together.",
            higher_is_better=True,
            compute=formulas.flattened_pr_auc,
        ),
        Metric(
            name="rmse",
            title="RMSE",
            meaning="Root mean squared difference between the probabilities and the truth.",
            higher_is_better=False,
            compute=formulas.rmse,
        ),
        Metric(
            name="f1",
            title="F1",
            meaning="Harmonic mean of this precision and this recall.",
            higher_is_better=True,
            compute=formulas.micro_f1,
        ),
        Metric(
            name="f_beta",
            title=f"F-beta (β = {beta:g})",
            meaning="Mean over the grades at a probability above 0.5; β above 1 favours recall. "
            "The report does not say its β, so its column cannot be recomputed.",
            higher_is_better=True,
            compute=partial(formulas.macro_f_beta, beta=beta),
        ),
        Metric(
            name="keras_auc",
            title="AUC, Keras",
            meaning="The flattened AUC as Keras estimates it, from 200 thresholds.",
            higher_is_better=True,
            compute=keras_auc,
        ),
        Metric(
            name="keras_pr_auc",
            title="PR AUC, Keras",
            meaning="The flattened PR AUC as Keras estimates it, from 200 thresholds, interpolated.",
            higher_is_better=True,
            compute=keras_pr_auc,
        ),
    )


TRAIN_ACCURACY = Metric(
    name="train_accuracy",
    title="Train accuracy",
    meaning="Share of correct grades on the rows that it learned from, without augmentation.",
    higher_is_better=True,
    compute=formulas.accuracy,
)
REPORT_METRICS: tuple[Metric, ...] = (TRAIN_ACCURACY, *report_metrics())
"""In the order of the report's table, the Keras estimates after them."""
