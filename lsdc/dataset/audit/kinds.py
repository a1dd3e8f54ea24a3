"""Every kind of finding that the audit knows, with its words."""

from __future__ import annotations

from lsdc.dataset.audit.finding import Importance, Kind

_LEFT_OUT = "Left out by itself: there is no crop to learn from."
_USED = "Used, unless a label review leaves it out of training; the CSV of this audit is one."
_USED_AS_IT_IS = "Used as it is."
_NOT_MARKED = "Left out by itself: nobody says where to look."

KINDS: dict[str, Kind] = {
    kind.slug: kind
    for kind in (
        Kind(
            slug="missing_image",
            importance=Importance.ERROR,
            title="Point on an image that is missing",
            meaning="The tables mark a point on a file that is not there. Download the images of this series again.",
            training=_LEFT_OUT,
        ),
        Kind(
            slug="unreadable_image",
            importance=Importance.ERROR,
            title="Point on an image that cannot be read",
            meaning="The file is empty, cut off or damaged. Download it again.",
            training=_LEFT_OUT,
        ),
        Kind(
            slug="point_outside",
            importance=Importance.ERROR,
            title="Point outside its image",
            meaning="The point lies beyond the border of its image. Correct x and y, or drop the row.",
            training=_LEFT_OUT,
        ),
        Kind(
            slug="swapped_series",
            importance=Importance.ERROR,
            title="Left and right exchanged in a whole series",
            meaning="Every left point of the series lies on the patient's right of its partner. Exchange the sides of "
            "the series, or drop its rows.",
            training=_USED,
        ),
        Kind(
            slug="swapped_sides",
            importance=Importance.ERROR,
            title="Left and right exchanged",
            meaning="The left point lies on the patient's right. Exchange the two, or drop both rows.",
            training=_USED,
        ),
        Kind(
            slug="exchanged_levels",
            importance=Importance.ERROR,
            title="Levels in the wrong order",
            meaning="Along the spine the points of one condition do not follow the order of their levels. Correct the "
            "levels, or drop the rows.",
            training=_USED,
        ),
        Kind(
            slug="wrong_level",
            importance=Importance.ERROR,
            title="Point at another level",
            meaning="The point lies where the other points of another level are. Correct it, or drop the row.",
            training=_USED,
        ),
        Kind(
            slug="far_slice",
            importance=Importance.ERROR,
            title="Point far from its level's other points",
            meaning="The point lies on a slice, or at a place, that is far from where its level's other points expect "
            "it. Look at it, then correct or drop it.",
            training=_USED,
        ),
        Kind(
            slug="unreadable_file",
            importance=Importance.WARNING,
            title="Image without points that cannot be read",
            meaning="The file is empty, cut off or damaged. No point is on it, but it may be the neighbour of a slice "
            "with one. Download it again.",
            training="Not needed: where it is a neighbour, the stack has a gap.",
        ),
        Kind(
            slug="series_without_images",
            importance=Importance.WARNING,
            title="Series without images",
            meaning="The tables name a series of which there is no file. Download it again.",
            training="Nothing to learn from.",
        ),
        Kind(
            slug="duplicate_image",
            importance=Importance.WARNING,
            title="Images with the same pixels",
            meaning="Two files hold the same picture. Within a study one of them lies at the wrong place; across "
            "studies the same person may be on both sides of a split.",
            training=_USED_AS_IT_IS,
        ),
        Kind(
            slug="contradicting_sequence",
            importance=Importance.WARNING,
            title="Sequence that contradicts its description",
            meaning="What the series table calls the series is not what its images say. Correct "
            "train_series_descriptions.csv.",
            training="Points on a sequence that is not their condition's are left out.",
        ),
        Kind(
            slug="inconsistent_spacing",
            importance=Importance.WARNING,
            title="Pixel size that changes within a series",
            meaning="Slices of one series and size have pixels of another size, so millimetres on them cannot be trusted.",
            training=_USED_AS_IT_IS,
        ),
        Kind(
            slug="inconsistent_distance",
            importance=Importance.WARNING,
            title="Distance of slices that changes within a series",
            meaning="Two neighbouring slices lie farther apart or nearer than the others of their series, as when a slice is "
            "missing or its position is wrong, or a header says another distance than the positions. Download the series again.",
            training="Used as it is: there, a neighbour shows what is farther away or nearer than elsewhere.",
        ),
        Kind(
            slug="unusual_orientation",
            importance=Importance.WARNING,
            title="Slice in an unusual orientation",
            meaning="The slice does not lie in the plane of its series, or is turned or mirrored as no other is.",
            training="Used as it is; a slice in another plane is never taken as a neighbour.",
        ),
        Kind(
            slug="label_marked_twice",
            importance=Importance.WARNING,
            title="Label marked twice",
            meaning="A condition at a level of a study has more than one point on its side. One of them may lie at the wrong "
            "place. Look at them, then drop the rows that are wrong.",
            training="Uses all on the sequence of their condition, each with the grade of the label.",
        ),
        Kind(
            slug="grade_without_point",
            importance=Importance.NOTE,
            title="Grade without a point",
            meaning="A grade has no point, although the study has the sequence for it. Nothing has to be done.",
            training=_NOT_MARKED,
        ),
        Kind(
            slug="grade_without_sequence",
            importance=Importance.NOTE,
            title="Grade without a point: the study has no such sequence",
            meaning="A grade has no point, and the study has no series on which it would be marked. Download its series again "
            "if train_series_descriptions.csv should have one.",
            training=_NOT_MARKED,
        ),
        Kind(
            slug="point_without_grade",
            importance=Importance.NOTE,
            title="Point without a grade",
            meaning="A point was marked and not graded. Nothing has to be done.",
            training="Left out by itself: there is nothing to learn.",
        ),
        Kind(
            slug="several_axial_series",
            importance=Importance.NOTE,
            title="Study with several axial series",
            meaning="The axial images of the study stand in more than one series, as is usual.",
            training=_USED_AS_IT_IS,
        ),
        Kind(
            slug="no_place",
            importance=Importance.NOTE,
            title="Images that do not say where they lie",
            meaning="Position, orientation or pixel size is absent, so the checks on places pass over their points.",
            training="Used; for crops in millimetres the pixel size is needed, and without it the row is left out.",
        ),
    )
}

# What is looked for in the tables; all others need the images.
TABLE_KINDS = frozenset(
    {
        "label_marked_twice",
        "grade_without_point",
        "grade_without_sequence",
        "point_without_grade",
        "several_axial_series",
    }
)
