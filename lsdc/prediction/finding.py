"""One graded point, with everything that pages show of it and reports say of it."""

from __future__ import annotations

from dataclasses import dataclass

from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import PixelPoint
from lsdc.labels import Condition, Level, Side
from lsdc.prediction.grade import Grade
from lsdc.runs import RunFolder

CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, kw_only=True, eq=False)
class Finding:
    """A point, what was asked there, and the answer.

    Args:
        run: What graded.
        image: The slice that the point was marked on.
        point: On `image`.
        condition: What was graded.
        level: The disc level.
        side: The patient's side.
        grade: The answer.
        sure: Whether the answer reaches the reader's threshold of coverage; if not, the finding says “cannot tell”.
    """

    run: RunFolder
    image: DicomSlice
    point: PixelPoint
    condition: Condition
    level: Level
    side: Side
    grade: Grade
    sure: bool

    @property
    def answer(self) -> str:
        """The grade, or that the run cannot tell."""
        return self.grade.severity.value if self.sure else CANNOT_TELL

    @property
    def title(self) -> str:
        """What was asked, such as `Subarticular Stenosis, L4/L5, left`."""
        return f"{self.condition.display}, {self.level}, {self.side}"
