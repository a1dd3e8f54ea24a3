"""`python -m lsdc sweep …`: search over hyperparameters, each trial a run in the queue."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lsdc import settings
from lsdc.cli.options import DataOption, JsonOption, data_root, print_json
from lsdc.dataset.splits import Part
from lsdc.errors import LsdcError
from lsdc.evaluation.metrics import METRICS
from lsdc.evaluation.stored import current_metrics
from lsdc.sweeps.control import ensure_drivers, remove, resume_sweep, start_sweep, stop_sweep
from lsdc.sweeps.definition import SweepDefinition, find_definition, ready_definitions
from lsdc.sweeps.folder import SweepFolder, list_sweeps, open_sweep, state_of
from lsdc.sweeps.trials import Trial, TrialState, best_trial

SweepArgument = Annotated[str, typer.Argument(metavar="SWEEP", help="As `python -m lsdc sweep list` lists it.")]

app = typer.Typer(help="Search over hyperparameters: start, list, show, stop, resume, remove.", no_args_is_help=True)


@app.command()
def start(
    definition: Annotated[
        str, typer.Argument(help=f"A TOML file, or one of {', '.join(ready_definitions())}.", metavar="DEFINITION")
    ],
    data: DataOption = None,
    trials: Annotated[int | None, typer.Option(min=1, help="Trials at most.", show_default=False)] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Begin no trial after so many minutes of computing.", show_default=False)
    ] = None,
    parallel: Annotated[
        int | None, typer.Option(min=1, help="Trials at a time; one for each slot without it.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Start a sweep and return; its driver and its runs go on by themselves."""
    told = {"trials": trials, "minutes": minutes, "parallel": parallel}
    changes = {name: value for name, value in told.items() if value is not None}
    chosen = SweepDefinition.parse({**find_definition(definition).model_dump(), **changes})
    sweep = start_sweep(chosen, data_root(data))
    if as_json:
        print_json({"sweep": sweep.sweep_id})
    else:
        print(sweep.sweep_id)


@app.command(name="list")
def list_(as_json: JsonOption = False) -> None:
    """List the sweeps with their state; a damaged folder is listed with the reason."""
    ensure_drivers()
    rows = [_line(sweep) for sweep in list_sweeps(settings.sweeps_root())]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        print(f"{row['sweep']:<28} {row['state']:<10} {row['message']}")
    if not rows:
        print(f"No sweep yet. Start one with: python -m lsdc sweep start {next(iter(ready_definitions()))}")


@app.command()
def show(sweep: SweepArgument, as_json: JsonOption = False) -> None:
    """Tell all that is known of a sweep: its trials, what mattered, and the best one."""
    # It imports Optuna, which takes longer than all else that a command imports.
    from lsdc.sweeps.search import importances

    ensure_drivers()
    folder = open_sweep(settings.sweeps_root(), sweep)
    trials = folder.trials(settings.runs_root())
    best, end = best_trial(trials), folder.end()
    told: dict[str, Any] = {
        "sweep": sweep,
        "title": folder.definition.title,
        "state": state_of(folder, trials).value,
        "message": end.reason if end else "",
        "searched": folder.definition.space.dump(),
        "trials": [_describe(trial) for trial in trials],
        "importances": importances(folder.definition.space, trials),
        "best": best and best.run and {**_describe(best), **_test_scores(best)},
    }
    if as_json:
        print_json(told)
    else:
        _print(told)


@app.command()
def stop(sweep: SweepArgument) -> None:
    """Draw no further trial, and stop those that wait or work; `resume` lets them go on."""
    stop_sweep(open_sweep(settings.sweeps_root(), sweep))
    print(f"{sweep} was asked to stop.")


@app.command()
def resume(sweep: SweepArgument) -> None:
    """Search on; trials that were stopped with the sweep go on where they were."""
    resume_sweep(open_sweep(settings.sweeps_root(), sweep))
    print(f"{sweep} is being searched again.")


@app.command(name="remove")
def remove_(
    sweep: SweepArgument,
    with_runs: Annotated[bool, typer.Option("--with-runs", help="Its runs, too.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Move a sweep that has ended to the trash; its runs stay, unless they are named."""
    folder = open_sweep(settings.sweeps_root(), sweep)
    if not yes:
        runs = " and its runs" if with_runs else ""
        typer.confirm(f"Move {sweep}{runs} to {settings.trash_root()}?", abort=True)
    print(remove(folder, with_runs=with_runs))


def _line(sweep: SweepFolder) -> dict[str, Any]:
    try:
        definition, trials = sweep.definition, sweep.trials(settings.runs_root())
        state = state_of(sweep, trials).value
    except LsdcError as error:
        return {"sweep": sweep.sweep_id, "state": "corrupt", "message": str(error)}
    best = best_trial(trials)
    over = sum(trial.state.is_over for trial in trials)
    found = f", best validation loss {best.loss:.4f} in trial {best.number}" if best else ""
    message = f"{definition.title}: {over} of {definition.trials} trials{found}"
    return {"sweep": sweep.sweep_id, "state": state, "message": message}


def _describe(trial: Trial) -> dict[str, Any]:
    return {
        "trial": trial.number,
        "state": trial.state.value,
        "validation_loss": trial.loss,
        "epochs": len(trial.losses),
        "run": trial.run and trial.run.run_id,
        "values": trial.drawn,
        "message": trial.message,
    }


def _test_scores(best: Trial) -> dict[str, Any]:
    if best.run is None or not best.run.is_scored:
        return {}
    metrics = current_metrics(best.run)
    scores = {metric.name: metrics["metrics"][metric.name]["value"] for metric in METRICS}
    return {"scored_on": metrics["scored_on"].value, "scores": scores}


def _print(told: dict[str, Any]) -> None:
    print(f"{told['sweep']}  {told['title']}  {told['state']}  {told['message']}")
    for trial in told["trials"]:
        loss = "–" if trial["validation_loss"] is None else f"{trial['validation_loss']:.4f}"
        values = ", ".join(f"{name}={_word(value)}" for name, value in trial["values"].items())
        why = f"  {trial['message']}" if trial["state"] in (TrialState.FAILED, TrialState.INFEASIBLE) else ""
        print(f"{trial['trial']:>4} {trial['state']:<10} {loss:>8}  {trial['run'] or '–':<42} {values}{why}")
    for name, share in told["importances"].items():
        print(f"  {name:<24} explains {share:.0%} of the spread of validation losses")
    best = told["best"]
    if not best:
        print("No trial has finished yet.")
        return
    print(
        f"The lowest validation loss, {best['validation_loss']:.4f}, is that of trial {best['trial']}: {best['run']}."
    )
    if scores := best.get("scores"):
        found = ", ".join(f"{name} {value:.3f}" for name, value in scores.items() if value is not None)
        print(f"On its {best['scored_on']} rows: {found}.")
    luck = "It was chosen by its validation loss among many, which is lower by luck too"
    if best.get("scored_on") == Part.VALIDATION:
        print(f"{luck}; and so are these scores, for there are no test rows.")
    else:
        print(f"{luck}; test rows had no say in it.")


def _word(value: Any) -> str:
    if isinstance(value, tuple):
        return "/".join(map(str, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)
