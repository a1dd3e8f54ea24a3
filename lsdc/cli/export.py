"""`python -m lsdc export --onnx RUN`: complete a run that was trained where TensorFlow was not at hand."""

from __future__ import annotations

from typing import Annotated

import typer

from lsdc import settings
from lsdc.runs import open_run
from lsdc.training.launch import complete_export


def export(
    onnx: Annotated[str, typer.Option("--onnx", metavar="RUN", help="Write model.onnx of this scored run.")],
) -> None:
    """Export a run's network with its calibration, and check that the twin gives the same answers."""
    print(complete_export(open_run(settings.runs_root(), onnx)))
