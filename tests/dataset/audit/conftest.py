"""Phantoms with and without planted defects, and what the audit says of them."""

import pandas as pd
import pytest

from lsdc.dataset.audit import Importance, audit_data_set
from lsdc.dataset.headers import scan_headers
from lsdc.dataset.phantom import parse_defects, write_phantom


@pytest.fixture(scope="session")
def audited():
    """A factory: the folder of a phantom in, the findings by kind out."""

    def audited(folder):
        headers = scan_headers(folder, folder.with_name("scans"), workers=1, report=lambda _done, _total: None)
        return {finding.kind.slug: finding for finding in audit_data_set(folder, headers)}

    return audited


@pytest.fixture(scope="session")
def spoilt(tmp_path_factory):
    """A factory: a phantom with two defects of each kind, and the list of them."""

    def spoilt(seed, studies=10):
        folder = tmp_path_factory.mktemp("spoilt") / "phantom"
        write_phantom(folder, studies=studies, seed=seed, image_px=32, defects=parse_defects("all"), workers=1)
        return folder, pd.read_csv(folder / "defects.csv")

    return spoilt


@pytest.fixture(scope="session")
def alarms():
    """A factory: the findings that are errors or warnings."""

    def alarms(findings):
        return {slug: found for slug, found in findings.items() if found.kind.importance is not Importance.NOTE}

    return alarms
