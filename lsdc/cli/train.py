"""`python -m lsdc train`: put a run into the queue, and by default watch it to its end."""

from __future__ import annotations

from typing import Annotated, Any, get_origin

import typer

from lsdc.cli.options import DataOption, JsonOption, NameOption, NoteOption, TagsOption, data_root, print_json
from lsdc.cli.watching import watch_run
from lsdc.config import PRESETS, TrainingConfig, preset
from lsdc.errors import ConfigError
from lsdc.runs import RunNotes, RunState
from lsdc.training.launch import start_run


def train(
    data: DataOption = None,
    preset_name: Annotated[str, typer.Option("--preset", help=f"One of {', '.join(PRESETS)}.")] = "recommended",
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Replace a hyperparameter; lists are comma-separated."),
    ] = None,
    name: NameOption = None,
    note: NoteOption = None,
    tags: TagsOption = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Return at once; the run has its turn all the same.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Put a run into the queue and watch it; Ctrl-C stops watching, not the run."""
    config = preset(preset_name).changed(**dict(_parse_value(text) for text in values or []))
    notes = RunNotes.parse(name=name or "", note=note or "", tags=tags or ())
    run = start_run(config, preset=preset_name, data_root=data_root(data), notes=notes)
    status = run.status() if detach else watch_run(run)
    if as_json:
        print_json({"run": run.run_id, "state": status.state.value, "message": status.message, "device": status.device})
    else:
        print(run.run_id)
    raise typer.Exit(code=int(status.state is RunState.FAILED))


def _parse_value(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or name not in TrainingConfig.model_fields:
        raise ConfigError(
            f"“{text}” sets no hyperparameter.",
            f"Expected NAME=VALUE with one of {', '.join(TrainingConfig.model_fields)}.",
            "Correct the name.",
        )
    is_list = get_origin(TrainingConfig.model_fields[name].annotation) is tuple
    return name, tuple(part.strip() for part in value.split(",")) if is_list else value
