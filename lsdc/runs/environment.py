"""With which software a run was made; its config.json keeps it."""

from __future__ import annotations

import platform
import subprocess
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from lsdc.settings import PROJECT_ROOT

RECORDED_PACKAGES = (
    *("tensorflow", "jax", "torch", "keras"),
    *("numpy", "pandas", "pydicom", "scikit-learn", "onnxruntime", "streamlit"),
)


def describe_environment() -> dict[str, Any]:
    """The `versions` of Python and of the packages that are installed, and the git `commit` if there is one."""
    return {"versions": _versions(), "commit": _git_commit()}


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in RECORDED_PACKAGES:
        with suppress(PackageNotFoundError):  # a backend that nobody needs here
            versions[name] = version(name)
    return versions


def _git_commit() -> str | None:
    command = ["git", "-C", str(PROJECT_ROOT), "rev-parse", "HEAD"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=5)
    except (OSError, subprocess.SubprocessError):
        # Installed from an archive, or without git: there is no commit to record.
        return None
    return answer.stdout.strip()
