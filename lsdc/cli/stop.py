"""`python -m lsdc stop`: end a run after its current step."""

from __future__ import annotations

from typing import Annotated

import typer

from lsdc import settings
from lsdc.errors import RunError
from lsdc.runs import open_run
from lsdc.training.launch import request_stop


def stop(run: Annotated[str, typer.Argument(help="The run, as `python -m lsdc runs` lists it.")]) -> None:
    """Ask a run to stop; its best network so far is kept, scored and exported."""
    folder = open_run(settings.runs_root(), run)
    state = folder.status().state
    if state.is_over:
        raise RunError(
            f"Run {run} is {state} already.", "A queued or running run can be stopped.", "Choose another run."
        )
    request_stop(folder)
    print(f"{run} was asked to stop.")
