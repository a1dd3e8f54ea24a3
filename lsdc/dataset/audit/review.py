"""Findings as files: a table of all cases, and decisions on labels that training accepts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd

from lsdc.dataset.audit.finding import CASE_COLUMNS, AuditFinding, Importance
from lsdc.dataset.reviews import LABEL_KEYS, REVIEW_COLUMNS, Decision

REVIEWER = "Audit"
DECISIONS = {Importance.ERROR: Decision.DROP, Importance.WARNING: Decision.DOUBT}


def finding_rows(findings: Sequence[AuditFinding]) -> pd.DataFrame:
    """All cases as one table: `kind`, `importance`, then `CASE_COLUMNS`."""
    tables = [
        finding.rows.assign(kind=finding.kind.slug, importance=finding.kind.importance.value) for finding in findings
    ]
    columns = ["kind", "importance", *CASE_COLUMNS]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def as_review(findings: Sequence[AuditFinding], points: pd.DataFrame) -> pd.DataFrame:
    """What a run is to leave out: rows with an error are dropped, rows with a warning doubted.

    Args:
        findings: The gravest first; the first one on a label counts.
        points: The label table.

    Returns:
        `REVIEW_COLUMNS`, a row for each label that a finding is about; findings on files and series name none.
    """
    parts = [
        finding.rows.assign(
            decision=DECISIONS[finding.kind.importance].value,
            reason=finding.kind.title + ": " + finding.rows["detail"],
        )
        for finding in findings
        if finding.kind.importance in DECISIONS
    ]
    if not parts:
        return pd.DataFrame(columns=list(REVIEW_COLUMNS))
    keys = list(LABEL_KEYS)
    named = pd.concat(parts, ignore_index=True).dropna(subset=keys).drop_duplicates(keys)
    known = named.merge(points[keys].drop_duplicates(), on=keys)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    return known.assign(reviewer=REVIEWER, when=when)[list(REVIEW_COLUMNS)]
