"""`python -m lsdc runs …`: what was trained and what waits, newest first, and what can be done with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lsdc import settings
from lsdc.cli.options import JsonOption, NameOption, NoteOption, TagsOption, print_json
from lsdc.cli.watching import watch_run
from lsdc.errors import CorruptRunError
from lsdc.runs import RunFolder, RunNotes, RunState, list_runs, open_run, remove_run
from lsdc.runs.queue import places_in_line
from lsdc.runs.transfer import export_runs, import_runs
from lsdc.training.queue import resume_run, stop_run

LOG_LINES = 12

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="As `python -m lsdc runs` lists it.")]
RunsArgument = Annotated[list[str], typer.Argument(metavar="RUN…", help="As `python -m lsdc runs` lists them.")]

app = typer.Typer(help="List runs, and stop, resume, watch, name, remove or move them.", invoke_without_command=True)


@app.callback()
def runs(context: typer.Context, as_json: JsonOption = False) -> None:
    """Without a word after it, the same as `runs list`."""
    if context.invoked_subcommand is None:
        list_(as_json)


@app.command(name="list")
def list_(as_json: JsonOption = False) -> None:
    """List the runs with their state; a damaged folder is listed with the reason."""
    folders = list_runs(settings.runs_root())
    places = places_in_line(folders)
    rows = [_describe(run, places) for run in folders]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        print(f"{row['run']:<42} {_state(row):<11} {row['name'] or '–':<24.24} {row['message']}")
    if not rows:
        print("No run yet. Start one with: python -m lsdc train --preset quick")


@app.command()
def show(run: RunArgument, as_json: JsonOption = False) -> None:
    """Tell all that is known of a run."""
    folder = _open(run)
    status, notes = folder.status(), folder.notes()
    members = [member.run_id for member in folder.members()] if folder.is_ensemble else []
    if as_json:
        hyperparameters = folder.config.model_dump(mode="json")
        told = {"run": run, **status.model_dump(mode="json"), **notes.model_dump(), "members": members}
        print_json(told | {"config": hyperparameters})
        return
    place = places_in_line(list_runs(settings.runs_root())).get(run)
    facts = {
        "Run": run,
        "Name": notes.name,
        "Tags": ", ".join(notes.tags),
        "Note": notes.note,
        "State": f"{status.state}, number {place} in the queue" if place else str(status.state),
        "Message": status.hindrance or status.message,
        "Members": ", ".join(members),
        "Epochs": "" if members else f"{status.epoch} of {status.epochs}",
        "Step": status.seconds_per_step and f"{status.seconds_per_step * 1000:.0f} ms",
        "Device": status.device,
        "Node": status.node and status.host,
        "Memory": status.memory_bytes and f"{status.memory_bytes / 2**30:.1f} GiB",
        "Data": folder.data["name"],
        "Folder": str(folder.path),
    }
    for fact, value in facts.items():
        if value:
            print(f"{fact:<8} {value}")
    for line in folder.log_tail().splitlines()[-LOG_LINES:]:
        print(f"  | {line}")


@app.command()
def watch(run: RunArgument) -> None:
    """Follow a run to its end; Ctrl-C stops watching, not the run."""
    raise typer.Exit(code=int(watch_run(_open(run)).state is RunState.FAILED))


@app.command()
def stop(names: RunsArgument) -> None:
    """Take runs out of the queue, or end them after their current step; the best network so far is kept and scored."""
    for run in [_open(name) for name in names]:
        stop_run(run)
        print(f"{run.run_id} was asked to stop.")


@app.command()
def resume(names: RunsArgument) -> None:
    """Put stopped or failed runs back into the queue; they go on from their last epoch boundary."""
    for run in [_open(name) for name in names]:
        resume_run(run)
        print(f"{run.run_id} is in the queue again.")


@app.command()
def edit(run: RunArgument, name: NameOption = None, note: NoteOption = None, tags: TagsOption = None) -> None:
    """Change the name, the note or the tags of a run; what is not given stays. `--tag ""` removes all tags."""
    folder = _open(run)
    old = folder.notes()
    folder.write_notes(
        RunNotes.parse(
            name=old.name if name is None else name,
            note=old.note if note is None else note,
            tags=old.tags if tags is None else tags,
        )
    )


@app.command()
def remove(names: RunsArgument, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Move runs that are over to the trash, a folder beside the runs; nothing is deleted."""
    folders = [_open(name) for name in names]
    if not yes:
        typer.confirm(f"Move {', '.join(names)} to {settings.trash_root()}?", abort=True)
    for run in folders:
        print(remove_run(run, settings.trash_root()))


@app.command(name="export")
def export(
    names: RunsArgument,
    out: Annotated[Path, typer.Option("--out", help="The zip to write.")] = Path("runs.zip"),
    checkpoints: Annotated[
        bool, typer.Option("--checkpoints", help="With the checkpoints, so that a run can be resumed elsewhere.")
    ] = False,
) -> None:
    """Write runs into a zip, to be imported elsewhere."""
    export_runs([_open(name) for name in names], out, checkpoints=checkpoints)
    print(out)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A zip that `runs export` wrote.")],
) -> None:
    """Add the runs of a zip: all of them, or none and the reason."""
    with file.open("rb") as packed:
        runs = import_runs(packed, settings.runs_root())
    for run in runs:
        print(run.run_id)


def _open(name: str) -> RunFolder:
    return open_run(settings.runs_root(), name)


def _describe(run: RunFolder, places: dict[str, int]) -> dict[str, Any]:
    try:
        status, notes = run.status(), run.notes()
    except CorruptRunError as error:
        return {"run": run.run_id, "state": "corrupt", "message": str(error), "name": "", "tags": [], "place": None}
    told = {"state": status.state.value, "message": status.hindrance or status.message, "place": places.get(run.run_id)}
    return {"run": run.run_id, **told, "name": notes.name, "tags": list(notes.tags)}


def _state(row: dict[str, Any]) -> str:
    return f"{row['state']} {row['place']}" if row["place"] else str(row["state"])
