"""How far human readers agree on these gradings, as published, and the kappas of a run that can stand beside it.

The one place for such values. Only what was read in its source stands here, and nothing that the source does not say:
where it does not say which kappa, the value is listed and not drawn. Of the labels of the RSNA 2024 challenge no agreement
was reported (doi 10.1177/21925682261448823), so that none of these is a ceiling of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from lsdc.evaluation import formulas
from lsdc.evaluation.metrics import Metric
from lsdc.evaluation.weighted import Floats, WeightedRows
from lsdc.labels import Condition


class KappaKind(StrEnum):
    """How a disagreement weighs."""

    LINEAR = "linear weights"
    QUADRATIC = "quadratic weights"
    UNWEIGHTED = "unweighted"
    TWO_GRADES = "two grades"


@dataclass(frozen=True, kw_only=True)
class PublishedAgreement:
    """What one source says of one zone.

    Args:
        zone: The condition whose narrowing was graded.
        low: The lowest of the values, or the lower end of the interval.
        high: The highest, or the upper end; equal to `low` where the source has one value without an interval.
        as_printed: The values, as the source has them.
        kind: Which kappa; None where what was read does not say the weights.
        readers: Who read; empty where what was read does not say.
        cases: How many cases; empty likewise.
        scale: The grades; empty likewise.
        source: A name for it.
        url: Where it was read.
    """

    zone: Condition
    low: float
    high: float
    as_printed: str
    kind: KappaKind | None
    readers: str
    cases: str
    scale: str
    source: str
    url: str


_SUBSPECIALTIES = {
    "readers": "3 musculoskeletal radiologists against 3 neuroradiologists",
    "cases": "50 examinations, L4/L5 and L5/S1",
    "source": "Curr Probl Diagn Radiol 2020;49:182–187",
    "url": "https://pubmed.ncbi.nlm.nih.gov/31133459/",
}

PUBLISHED: tuple[PublishedAgreement, ...] = (
    PublishedAgreement(
        zone=Condition.SPINAL_CANAL_STENOSIS,
        low=0.74,
        high=0.86,
        as_printed="0.86, 0.80, 0.74 for the three pairs of readers",
        # Its abstract names linear weights for the kappas of several grades.
        kind=KappaKind.LINEAR,
        readers="3 readers",
        cases="",
        scale="several grades, on axial T2",
        source="PMC10566647",
        url="https://pmc.ncbi.nlm.nih.gov/articles/PMC10566647",
    ),
    PublishedAgreement(
        zone=Condition.SPINAL_CANAL_STENOSIS,
        low=0.73,
        high=0.85,
        as_printed="0.85 (0.80–0.89) and 0.73 (0.68–0.79) for two readers against a consensus",
        kind=None,
        readers="2 musculoskeletal radiologists against the consensus of 2 others",
        cases="683 levels of 186 patients",
        scale="4 grades (Lee)",
        source="Eur Radiol 2025;35:2298–2306",
        url="https://doi.org/10.1007/s00330-024-11080-0",
    ),
    PublishedAgreement(
        zone=Condition.SPINAL_CANAL_STENOSIS,
        low=0.540,
        high=0.540,
        as_printed="0.540",
        # “Cohen's kappa”, and no weights are named.
        kind=KappaKind.UNWEIGHTED,
        scale="5 grades",
        **_SUBSPECIALTIES,
    ),
    PublishedAgreement(
        zone=Condition.NEURAL_FORAMINAL_NARROWING,
        low=0.523,
        high=0.634,
        as_printed="0.578 (95 % interval 0.523–0.634)",
        kind=KappaKind.LINEAR,
        readers="",
        cases="",
        scale="",
        source="PMC7160219, table 3",
        url="https://pmc.ncbi.nlm.nih.gov/articles/PMC7160219",
    ),
    PublishedAgreement(
        zone=Condition.NEURAL_FORAMINAL_NARROWING,
        low=0.527,
        high=0.527,
        as_printed="0.527",
        kind=KappaKind.UNWEIGHTED,
        scale="5 grades",
        **_SUBSPECIALTIES,
    ),
    PublishedAgreement(
        zone=Condition.SUBARTICULAR_STENOSIS,
        low=0.082,
        high=0.082,
        as_printed="0.082",
        kind=KappaKind.TWO_GRADES,
        scale="present or absent",
        **_SUBSPECIALTIES,
    ),
)

CAVEAT = (
    "How two readers agree with each other, on other patients and other scales, is no target for how a run agrees with the "
    "labels of this data set: kappa depends on how common each grade is, and on how many grades there are. Of these labels "
    "themselves no agreement of readers was published."
)


def _kappa(kind: KappaKind, meaning: str, compute: Callable[[WeightedRows], Floats]) -> Metric:
    return Metric(
        name=f"{kind.name.lower()}_kappa",
        title=f"Kappa, {kind.value}",
        meaning=f"{meaning} 0 is chance.",
        higher_is_better=True,
        compute=compute,
    )


KAPPAS: Mapping[KappaKind, Metric] = MappingProxyType(
    {
        KappaKind.LINEAR: _kappa(KappaKind.LINEAR, "Two grades off weighs twice one grade off.", formulas.linear_kappa),
        KappaKind.QUADRATIC: _kappa(
            KappaKind.QUADRATIC, "Two grades off weighs four times one grade off.", formulas.quadratic_kappa
        ),
        KappaKind.UNWEIGHTED: _kappa(KappaKind.UNWEIGHTED, "Every other grade is as wrong.", formulas.unweighted_kappa),
        KappaKind.TWO_GRADES: _kappa(
            KappaKind.TWO_GRADES, "Normal/Mild against the two other grades.", formulas.two_grade_kappa
        ),
    }
)


def published(kind: KappaKind) -> list[PublishedAgreement]:
    """The values of a kind of kappa, which may be drawn beside the same kind of a run."""
    return [value for value in PUBLISHED if value.kind is kind]
