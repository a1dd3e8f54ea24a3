"""`python -m lsdc estimate`: how long a run would take, and how much memory it would need, from a few real steps."""

from __future__ import annotations

import time
from dataclasses import asdict

import typer

from lsdc.cli.options import DataOption, JsonOption, PresetOption, SetOption, chosen_config, data_root, print_json
from lsdc.dataset.reviews import Review, divide_rows
from lsdc.dataset.tables import load_label_table, rows_for_training
from lsdc.errors import EstimateError
from lsdc.training.estimate import Measured, Unmeasured, begin_probe, read_probe, whole_run

POLL_SECONDS = 0.5


def estimate(
    data: DataOption = None,
    preset_name: PresetOption = "recommended",
    values: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a few steps of these hyperparameters on this device, unless that was done before; nothing is trained."""
    config = chosen_config(preset_name, values)
    rows = rows_for_training(load_label_table(data_root(data)), config)
    counts = {
        str(part): int(count)
        for part, count in divide_rows(rows, config, Review.asked_for(config)).value_counts().items()
    }
    begin_probe(config)
    while (result := read_probe(config)) is None:
        time.sleep(POLL_SECONDS)
    if isinstance(result, Unmeasured):
        raise EstimateError(result.reason, "A probe makes a few steps of training.", "Change the hyperparameters.")
    duration = whole_run(result, config, counts)
    if as_json:
        print_json({"measured": result.model_dump(), "seconds": asdict(duration)})
        return
    _print(result, duration.low, duration.likely, duration.high)


def _print(measured: Measured, low: float, likely: float, high: float) -> None:
    print(f"{measured.device}, {measured.precision}, {measured.steps} steps")
    print(f"Step     {measured.step * 1000:.0f} ms ({measured.step_low * 1000:.0f} to {measured.step_high * 1000:.0f})")
    print(f"Training {likely / 60:.1f} min ({low / 60:.1f} to {high / 60:.1f}), with all epochs")
    if measured.memory_bytes is not None and measured.memory_total_bytes:
        print(f"Memory   {measured.memory_bytes / 2**30:.1f} of {measured.memory_total_bytes / 2**30:.0f} GiB")
    print("Crops that were not cut before, scoring and export come on top.")
    if measured.disturbed:
        typer.echo(f"{measured.disturbed} A run that computes alone may be faster.", err=True)
