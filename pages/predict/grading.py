"""Grades of points by runs: asked for by the button, kept while the same images are read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import streamlit as st

from lsdc.dataset.dicom import DicomSlice
from lsdc.evaluation.calibration_file import CalibrationRecord, read_calibration
from lsdc.evaluation.confidence import Threshold, threshold_for
from lsdc.prediction.doubts import doubt_of_slice
from lsdc.prediction.finding import Finding
from lsdc.prediction.grade import Grade
from lsdc.ui.graders import cached_grader
from lsdc.ui.runs import ListedRun
from lsdc.ui.series import ShownSeries
from pages.predict.kept import GRADES_KEY, WHY_KEY
from pages.predict.question import Mark, learned_by
from pages.predict.source import Study


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """A point, and the run that is asked."""

    study: Study
    listed: ListedRun
    mark: Mark

    @property
    def key(self) -> tuple[str, Mark]:
        """Names the question as long as the same images are read."""
        return self.listed.run.run_id, self.mark

    @property
    def series(self) -> ShownSeries:
        """On which the point was marked."""
        return next(one for one in self.study.series if one.key == self.mark.series)

    @cached_property
    def around(self) -> list[DicomSlice | None]:
        """The slices that the run looks at, the point's in the middle; None where there is none."""
        return self.series.around(self.mark.slice, self.listed.config.neighbours)

    @property
    def image(self) -> DicomSlice:
        """The slice of the point."""
        own = self.around[len(self.around) // 2]
        assert own is not None  # `around` has it; said for the type checker
        return own

    @property
    def label(self) -> str | None:
        """The grade in the data set of what is asked, if it is known."""
        sample, place = self.study.sample, self.mark.place
        same = sample and (sample.condition, sample.level, sample.side) == (place.condition, place.level, place.side)
        return sample.label if sample and same else None


@dataclass(frozen=True, kw_only=True, eq=False)
class Answer:
    """What a run answered, and what it takes for an answer.

    Args:
        question: What was asked.
        grade: The answer.
        record: How far the run can be believed; None for a run of an older version, which does not say.
        threshold: What the probability must reach; None if every answer counts.
    """

    question: Question
    grade: Grade
    record: CalibrationRecord | None
    threshold: Threshold | None

    @property
    def probability(self) -> float:
        """Of the most probable grade."""
        return self.grade.probabilities[self.grade.severity]

    @property
    def sure(self) -> bool:
        """Whether the run can tell."""
        return self.threshold is None or self.threshold.reached_by(self.probability)

    @property
    def finding(self) -> Finding:
        """For a report."""
        place = self.question.mark.place
        assert place.level is not None  # a mark has all of it
        assert place.side is not None
        return Finding(
            run=self.question.listed.run,
            image=self.question.image,
            point=self.question.mark.point,
            condition=place.condition,
            level=place.level,
            side=place.side,
            grade=self.grade,
            sure=self.sure,
        )


def questions_of(study: Study, marks: Sequence[Mark], runs: Sequence[ListedRun]) -> list[Question]:
    """Every point with every run that learned what it stands for."""
    return [
        Question(study=study, listed=listed, mark=mark)
        for mark in marks
        for listed in runs
        if learned_by(listed, mark.place)
    ]


def grade_all(study: Study, questions: Sequence[Question]) -> None:
    """Ask what was not asked yet."""
    grades = _grades(study)
    for question in questions:
        if question.key not in grades:
            grades[question.key] = _grade(question)


def answers_to(study: Study, questions: Sequence[Question], share: float) -> list[Answer]:
    """The answers that there are.

    Args:
        study: The images.
        questions: Some may have no answer yet.
        share: How many points a run is to answer, the surest; 1 is all.

    Raises:
        CorruptRunError: If a run's calibration cannot be read.
    """
    grades = _grades(study)
    return [_answer(question, grades[question.key], share) for question in questions if question.key in grades]


def _answer(question: Question, grade: Grade, share: float) -> Answer:
    run = question.listed.run
    record = read_calibration(run) if run.has_calibration else None
    threshold = threshold_for(record, share) if record and share < 1 else None
    return Answer(question=question, grade=grade, record=record, threshold=threshold)


def _grades(study: Study) -> dict[tuple[str, Mark], Grade]:
    """Kept by question; those of other images are forgotten with what explains them, since both hold pixels."""
    of, grades = st.session_state.get(GRADES_KEY, ("", {}))
    if of != study.study_id:
        grades = {}
        st.session_state.pop(WHY_KEY, None)
        st.session_state[GRADES_KEY] = (study.study_id, grades)
    return grades


def _grade(question: Question) -> Grade:
    mark = question.mark
    assert mark.place.level is not None  # a mark has all of it
    assert mark.place.side is not None
    grade = cached_grader(question.listed.run).grade(
        question.around,
        mark.point,
        condition=mark.place.condition,
        level=mark.place.level,
        side=mark.place.side,
    )
    doubt = doubt_of_slice(question.image, question.series.headers, mark.place.side)
    return replace(grade, warnings=(*grade.warnings, doubt)) if doubt else grade
