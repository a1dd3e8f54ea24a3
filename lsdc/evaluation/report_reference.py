"""The source report's own results (section 4.2), as printed, with what does not add up in them.

Its split is not known, so these numbers stand beside ours for orientation, and prove nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

REPORT_COLUMNS = ("train_accuracy", "accuracy", "precision", "recall", "auc", "pr_auc", "rmse", "f1", "f_beta")
"""Names of `REPORT_METRICS`; the columns of `REPORT_RESULTS`."""

REPORT_RESULTS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "EfficientNet": (0.624, 0.600, 0.650, 0.548, 0.812, 0.706, 0.402, 0.595, 0.469),
        "Inception": (0.784, 0.579, 0.615, 0.521, 0.770, 0.639, 0.432, 0.564, 0.446),
        "InceptionResNet": (0.714, 0.607, 0.642, 0.521, 0.798, 0.674, 0.410, 0.575, 0.448),
        "ResNet50": (0.994, 0.607, 0.616, 0.597, 0.799, 0.677, 0.449, 0.606, 0.500),
        "Xception": (0.798, 0.569, 0.588, 0.524, 0.767, 0.626, 0.436, 0.554, 0.444),
        "MobileNet": (0.811, 0.599, 0.602, 0.587, 0.790, 0.651, 0.434, 0.594, 0.491),
        "VGG16": (0.864, 0.610, 0.628, 0.576, 0.822, 0.715, 0.413, 0.601, 0.487),
        "custom": (0.620, 0.618, 0.668, 0.446, 0.773, 0.661, 0.417, 0.535, 0.394),
    }
)

REPORT_CONFUSION = ((582, 113, 42), (178, 136, 52), (47, 85, 54))
"""Of its custom network on 1,289 validation rows: rows true, columns predicted, from Normal/Mild to Severe."""

REPORT_NOTE = (
    "On exactly its 6,448 rows, divided by study, a regression that sees no pixel and knows only the disc level has an "
    "accuracy of .632 and a precision of .675: better than all eight networks of the table. It ties their best RMSE, "
    ".402, and its flattened AUC of .805 is within .02 of their best. A constant answer alone has a flattened AUC of .716."
)
"""What the table is worth (measured with five folds by study); a warning and no proof, since the report's split is not known."""

REPORT_INCONSISTENCIES = (
    "The accuracy of its custom network is .599 by its confusion matrix, .618 in its table and .596 in its text.",
    "The training accuracy of its custom network is .620 in its table and .604 in its text.",
    "Its printed formula for F1 lacks the factor 2; the values in its table have it.",
    "It does not say the β of its F-beta column, so that column cannot be recomputed.",
    "Its text gives the coordinate branch dense layers of 2, 4 and 2 nodes and the output a single node; its printed "
    "model summary contradicts both, and is what is built here.",
    "It calls 72.4 % of the left subarticular grades Normal/Mild; in the data it is 71.4 %.",
    "Its pie chart counts labelled points, not patients.",
)
