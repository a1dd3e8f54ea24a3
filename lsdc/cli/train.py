"""`python -m lsdc train`: start a run, and by default watch it to its end."""

from __future__ import annotations

import sys
import time
from typing import Annotated, Any, get_origin

import typer

from lsdc import settings
from lsdc.cli.options import DataOption, JsonOption, data_root, print_json
from lsdc.config import PRESETS, TrainingConfig, preset
from lsdc.errors import ConfigError
from lsdc.runs import RunFolder, RunState, open_run
from lsdc.training.launch import resume_run, start_run

POLL_SECONDS = 1.0


def train(
    data: DataOption = None,
    preset_name: Annotated[str, typer.Option("--preset", help=f"One of {', '.join(PRESETS)}.")] = "recommended",
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Replace a hyperparameter; lists are comma-separated."),
    ] = None,
    name: Annotated[str, typer.Option(help="What you call the run.")] = "",
    resume: Annotated[str | None, typer.Option(metavar="RUN", help="Go on with a stopped or failed run.")] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Return at once; the run goes on.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Start a run in a process of its own; Ctrl-C stops watching, not the run."""
    if resume:
        run = open_run(settings.runs_root(), resume)
        resume_run(run)
    else:
        config = preset(preset_name).changed(**dict(_parse_value(text) for text in values or []))
        run = start_run(config, preset=preset_name, data_root=data_root(data), name=name)
    if not detach:
        _watch(run)
    status = run.status()
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


def _watch(run: RunFolder) -> None:
    said = ""
    try:
        while not (status := run.status()).state.is_over:
            line = f"{status.state} · epoch {status.epoch} of {status.epochs} · {status.message}"
            if line != said:
                print(line, file=sys.stderr)
                said = line
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        print(f"Run {run.run_id} goes on without you.", file=sys.stderr)
        return
    print(f"{status.state} · {status.message}", file=sys.stderr)
