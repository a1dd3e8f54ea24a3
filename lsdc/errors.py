"""Every failure that the program raises on purpose. A failure that is none of these is a bug.

LsdcError
├── ConfigError              a hyperparameter, or a combination of them, that cannot be run
├── DataError                the tables of a data set
│   ├── MissingFileError     a file or folder that a data set must have
│   ├── TableError           a table that lacks a column, is empty, or holds a value outside the vocabulary
│   ├── SplitError           rows that cannot be divided as asked
│   └── ReviewError          decisions on labels that cannot be kept
├── DicomError               the bytes of an image
│   ├── NotDicomError        not a DICOM file at all
│   ├── NoPixelsError        DICOM, but no grey-scale image in it
│   ├── UnsupportedImageError  an image of a kind that cannot be graded (colour, several frames, too large)
│   └── UnreadablePixelsError  pixels that are truncated, corrupt, or in a transfer syntax without a decoder
├── ArchiveError             a zip that is damaged, or made to do harm
├── PointOutsideImageError   a point that is not on its image
├── ReportError              findings that cannot be written down as asked
├── DeviceError              a device that was asked for and is not there
├── ClusterError             a Ray cluster that runs cannot be given to
├── RunError                 the folder of a run
│   ├── RunNotFoundError     no such run
│   ├── CorruptRunError      a run folder that cannot be read
│   ├── ImportedRunError     a file of runs that cannot be taken in
│   └── EnsembleError        runs that cannot be averaged, or an ensemble whose members are not as they were
├── SweepError               a sweep that cannot be used as asked
│   ├── SweepNotFoundError   no such sweep
│   └── CorruptSweepError    a sweep folder that cannot be read
├── TrainingError            a run that cannot go on
├── EstimateError            time and memory that cannot be measured now
└── ExportError              a network whose exported twin is missing or disagrees with it
"""

from __future__ import annotations


class LsdcError(Exception):
    """A failure told in three parts: what happened, what was expected, and what to do.

    Args:
        happened: One sentence, in the words of the person who reads it.
        expected: What would have been right.
        fix: The next step.
    """

    def __init__(self, happened: str, expected: str, fix: str) -> None:
        super().__init__(happened, expected, fix)
        self.happened = happened
        self.expected = expected
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.happened} {self.expected} {self.fix}"


class ConfigError(LsdcError):
    """A hyperparameter, or a combination of them, that cannot be run."""


class DataError(LsdcError):
    """The tables of a data set cannot be used."""


class MissingFileError(DataError):
    """A file or folder that a data set must have is not there."""


class TableError(DataError):
    """A table is empty, lacks a column, or holds a value outside the vocabulary."""


class SplitError(DataError):
    """The rows cannot be divided as asked."""


class ReviewError(DataError):
    """Decisions on labels cannot be kept."""


class DicomError(LsdcError):
    """The bytes of an image cannot be used."""


class NotDicomError(DicomError):
    """The bytes are not a DICOM file."""


class NoPixelsError(DicomError):
    """A DICOM file without an image."""


class UnsupportedImageError(DicomError):
    """An image of a kind that cannot be graded."""


class UnreadablePixelsError(DicomError):
    """Pixels that cannot be decoded."""


class ArchiveError(LsdcError):
    """A zip is damaged, or made to do harm."""


class PointOutsideImageError(LsdcError):
    """A point that is not on its image."""


class ReportError(LsdcError):
    """Findings cannot be written down as asked."""


class DeviceError(LsdcError):
    """A device that was asked for and is not there."""


class ClusterError(LsdcError):
    """A Ray cluster that runs cannot be given to."""


class RunError(LsdcError):
    """The folder of a run cannot be used."""


class RunNotFoundError(RunError):
    """No such run."""


class CorruptRunError(RunError):
    """A run folder that cannot be read."""


class ImportedRunError(RunError):
    """A file of runs that cannot be taken in."""


class EnsembleError(RunError):
    """Runs that cannot be averaged, or an ensemble whose members are not as they were."""


class SweepError(LsdcError):
    """A sweep cannot be used as asked."""


class SweepNotFoundError(SweepError):
    """No such sweep."""


class CorruptSweepError(SweepError):
    """A sweep folder that cannot be read."""


class TrainingError(LsdcError):
    """A run that cannot go on."""


class EstimateError(LsdcError):
    """Time and memory of a run cannot be measured now."""


class ExportError(LsdcError):
    """A network whose exported twin is missing or disagrees with it."""
