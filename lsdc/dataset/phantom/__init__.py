"""A parametric lumbar spine, imaged and graded: data that anybody may have, with the best possible score known."""

from lsdc.dataset.phantom.ceilings import Ceiling, best_possible, ceiling_of_rows
from lsdc.dataset.phantom.defects import DEFECTS, parse_defects
from lsdc.dataset.phantom.files import PHANTOM_VERSION
from lsdc.dataset.phantom.full_tables import write_full_tables
from lsdc.dataset.phantom.study import PhantomStudy, generate_study
from lsdc.dataset.phantom.writer import write_phantom

__all__ = [
    "DEFECTS",
    "PHANTOM_VERSION",
    "Ceiling",
    "PhantomStudy",
    "best_possible",
    "ceiling_of_rows",
    "generate_study",
    "parse_defects",
    "write_full_tables",
    "write_phantom",
]
