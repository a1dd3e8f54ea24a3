"""`python -m lsdc runs`: what was trained, newest first."""

from __future__ import annotations

from lsdc import settings
from lsdc.cli.options import JsonOption, print_json
from lsdc.errors import CorruptRunError
from lsdc.runs import RunFolder, list_runs


def runs(as_json: JsonOption = False) -> None:
    """List the runs with their state; a damaged folder is listed with the reason."""
    rows = [_describe(run) for run in list_runs(settings.runs_root())]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        print(f"{row['run']:<42} {row['state']:<9} {row['message']}")
    if not rows:
        print("No run yet. Start one with: python -m lsdc train --preset quick")


def _describe(run: RunFolder) -> dict[str, str]:
    try:
        status = run.status()
    except CorruptRunError as error:
        return {"run": run.run_id, "state": "corrupt", "message": str(error)}
    return {"run": run.run_id, "state": status.state.value, "message": status.message}
