"""What is wrong in a data set, what it means, and whether training leaves it out."""

from lsdc.dataset.audit.finding import AuditFinding, Importance, Kind
from lsdc.dataset.audit.inspection import audit_data_set
from lsdc.dataset.audit.kinds import KINDS, TABLE_KINDS
from lsdc.dataset.audit.review import as_review, finding_rows

__all__ = ["KINDS", "TABLE_KINDS", "AuditFinding", "Importance", "Kind", "as_review", "audit_data_set", "finding_rows"]
