"""What import-linter cannot see; the rest is in pyproject.toml."""

import ast
import subprocess
import sys
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]


def test_the_app_imports_the_interface_and_nothing_below_it():
    tree = ast.parse((PROJECT_ROOT / "navigation.py").read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}

    assert imported
    assert all(name == "streamlit" or name.startswith("lsdc.ui") for name in imported)


def test_the_environment_is_read_in_one_place():
    readers = [
        path.relative_to(PROJECT_ROOT).as_posix()
        for folder in ("lsdc", "pages")
        for path in (PROJECT_ROOT / folder).rglob("*.py")
        if "LSDC_" in path.read_text()
    ]

    assert [name for name in readers if name != "lsdc/settings.py"] == []


def test_only_the_run_folder_knows_the_names_of_its_files():
    names = ("predictions.parquet", "status.json", "history.csv", "metrics.json", "model_card.md", "embeddings.parquet")
    knowing = {
        path.relative_to(PROJECT_ROOT).as_posix()
        for folder in ("lsdc", "pages")
        for path in (PROJECT_ROOT / folder).rglob("*.py")
        if any(f'"{name}"' in path.read_text() for name in names)
    }

    assert knowing == {"lsdc/runs/paths.py"}


def test_ray_is_imported_only_where_a_cluster_is_in_use():
    importing = {
        path.relative_to(PROJECT_ROOT).as_posix()
        for folder in ("lsdc", "pages")
        for path in (PROJECT_ROOT / folder).rglob("*.py")
        if "ray" in _imported_packages(path)
    }
    command = "import sys, lsdc.cli.app, lsdc.training.worker, lsdc.training.rows; sys.exit('ray' in sys.modules)"
    without_cluster = subprocess.run([sys.executable, "-c", command], cwd=PROJECT_ROOT, check=False)

    assert importing == {"lsdc/cluster.py", "lsdc/training/ray_launcher.py", "lsdc/training/ray_node.py"}
    assert without_cluster.returncode == 0


def _imported_packages(path):
    tree = ast.parse(path.read_text())
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    return {name.partition(".")[0] for name in names}
