"""What is generated is up to date, and what is named exists."""

import re
from pathlib import Path

from lsdc.cli.hyperparameters import hyperparameters

PROJECT_ROOT = Path(__file__).resolve().parents[1]


def test_the_table_of_hyperparameters_is_what_the_command_prints(capsys):
    hyperparameters()

    assert (PROJECT_ROOT / "docs" / "hyperparameters.md").read_text() == capsys.readouterr().out


def test_every_file_that_the_readme_links_to_is_there():
    linked = re.findall(r"\]\(([^)#:]+)\)", (PROJECT_ROOT / "README.md").read_text())

    assert linked
    assert [name for name in linked if not (PROJECT_ROOT / name).exists()] == []


def test_no_module_unpickles():
    used = [
        path
        for folder in ("lsdc", "pages")
        for path in (PROJECT_ROOT / folder).rglob("*.py")
        if re.search(r"import pickle|pickle\.load|allow_pickle=True|joblib\.load", path.read_text())
    ]

    assert used == []
