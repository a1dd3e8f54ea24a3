"""`python -m lsdc train`: put a run into the queue, and by default watch it to its end."""

from __future__ import annotations

from typing import Annotated

import typer

from lsdc.cli.options import (
    DataOption,
    JsonOption,
    NameOption,
    NoteOption,
    PresetOption,
    SetOption,
    TagsOption,
    chosen_config,
    data_root,
    print_json,
)
from lsdc.cli.watching import watch_run
from lsdc.runs import RunNotes, RunState
from lsdc.training.launch import start_run


def train(
    data: DataOption = None,
    preset_name: PresetOption = "recommended",
    values: SetOption = None,
    name: NameOption = None,
    note: NoteOption = None,
    tags: TagsOption = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Return at once; the run has its turn all the same.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Put a run into the queue and watch it; Ctrl-C stops watching, not the run."""
    config = chosen_config(preset_name, values)
    notes = RunNotes.parse(name=name or "", note=note or "", tags=tags or ())
    run = start_run(config, preset=preset_name, data_root=data_root(data), notes=notes)
    status = run.status() if detach else watch_run(run)
    if as_json:
        print_json({"run": run.run_id, "state": status.state.value, "message": status.message, "device": status.device})
    else:
        print(run.run_id)
    raise typer.Exit(code=int(status.state is RunState.FAILED))
