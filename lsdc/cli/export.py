"""`python -m lsdc export RUN`: a run's network as ONNX, or all of the run in MLflow."""

from __future__ import annotations

from typing import Annotated

import typer

from lsdc import settings
from lsdc.evaluation.mlflow_export import export_to_mlflow, tracking_uri
from lsdc.runs import open_run
from lsdc.training.launch import complete_export


def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help="As `python -m lsdc runs` lists it.")],
    onnx: Annotated[
        bool,
        typer.Option("--onnx", help="Write model.onnx, for a run that was trained where TensorFlow was not at hand."),
    ] = False,
    mlflow: Annotated[
        str | None,
        typer.Option(
            "--mlflow",
            metavar="DIR",
            help="Write the run into an MLflow store: a folder, or the address of a tracking server or database.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Export a run's network with its calibration and check its twin, or write all of the run into MLflow."""
    if onnx == bool(mlflow):
        raise typer.BadParameter("Give --onnx, or --mlflow with a folder or an address.")
    folder = open_run(settings.runs_root(), run)
    if onnx:
        print(complete_export(folder))
    if mlflow:
        print(f"{export_to_mlflow(folder, mlflow)}: mlflow ui --backend-store-uri {tracking_uri(mlflow)}")
