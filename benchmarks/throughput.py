"""Seconds per training step: of this program, of bare `model.fit` as its limit, and of plain PyTorch.

    python benchmarks/throughput.py [--model report,recommended] [--px 64,128] [--batch 32,128]
        [--precision float32,mixed] [--backend tensorflow] [--rounds 7] [--steps 10] [--json]

Every contender is a process of its own that waits for its turn, so that rounds alternate and nothing else computes.
A value is the median over the rounds, with the quarter of them above and below left out as its spread. A ratio is
taken within each round. docs/throughput.md says what each contender does.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from bars import Bar, report
from throughput_peers import OF_KERAS, OF_TORCH, Peer
from turns import Contender

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lsdc.config import PRESETS, Backend, DeviceChoice, Precision, TrainingConfig, preset
from lsdc.dataset.phantom import write_phantom
from lsdc.dataset.tables import load_label_table, rows_for_training
from lsdc.training.device import check_backend, describe_device

SHARE_OF_LIMIT = 1.05
SHARE_OF_TORCH = 1.1
# The size at which the program is held to PyTorch's speed.
TORCH_BAR_PX, TORCH_BAR_BATCH = 128, 32

# Several processes share a GPU here, so none may take all of its memory.
ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}
PHANTOM_STUDIES, PHANTOM_PX = 4, 320


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is trained.

    Args:
        name: As it was asked for.
        config: Hyperparameters, with as many epochs as rounds.
        steps: Of a round.
    """

    name: str
    config: TrainingConfig
    steps: int

    @property
    def title(self) -> str:
        """In words."""
        config = self.config
        slices = f"{config.crop.num_slices} × " if config.crop.num_slices > 1 else ""
        return f"{self.name}, {slices}{config.image_px} px, batch {config.batch_size}, {config.precision}"


# Of a case: each round's seconds by contender, of a `step` and of the parts of an epoch that are no steps.
Rounds = dict[Peer, list[dict[str, float]]]


def main() -> int:
    """Measure, print, and return the exit code."""
    arguments = _parse()
    check_backend(Backend(arguments.backend))
    device = describe_device(DeviceChoice.AUTO)
    if find_spec("torch") is None:
        print("PyTorch is not installed: its lines are left out.", file=sys.stderr)
    results: list[tuple[Case, Rounds]] = []
    with tempfile.TemporaryDirectory() as name:
        images = _phantom_images(Path(name)) if find_spec("torch") else []
        for number, case in enumerate(_cases(arguments)):
            folder = Path(name) / str(number)
            results.append((case, _measure(case, folder, images, arguments.rounds)))
            if not arguments.json:
                _print_case(*results[-1], heading=f"{arguments.backend} on {device}, {arguments.rounds} rounds")
    bars = [bar for case, rounds in results for bar in _bars(case, rounds)]
    cases = [
        {"case": case.title, "config": case.config.model_dump(mode="json"), "rounds": rounds}
        for case, rounds in results
    ]
    details = {"backend": arguments.backend, "device": device, "cases": cases}
    return report("Throughput", bars, as_json=arguments.json, details=details)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=_words, default=["report", "recommended"], help="presets, or networks")
    parser.add_argument("--px", type=_words, default=[""], help="image sides; a preset's own if not given")
    parser.add_argument("--batch", type=_words, default=["32"])
    parser.add_argument("--precision", type=_words, default=["float32"])
    parser.add_argument("--backend", default="tensorflow", choices=[backend.value for backend in Backend])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _words(text: str) -> list[str]:
    return text.split(",")


def _cases(arguments: argparse.Namespace) -> Iterator[Case]:
    wanted = itertools.product(arguments.model, arguments.px, arguments.batch, arguments.precision)
    for model, px, batch, precision in wanted:
        config = preset(model) if model in PRESETS else preset("report").changed(model=model)
        # The first epoch warms up.
        epochs = arguments.rounds + 1
        config = config.changed(
            image_px=int(px) if px else config.image_px,
            batch_size=int(batch),
            precision=Precision(precision),
            backend=Backend(arguments.backend),
            epochs=epochs,
            early_stopping_patience=0,
        )
        yield Case(name=model, config=config, steps=arguments.steps)


def _phantom_images(folder: Path) -> list[str]:
    """The slices that a notebook would read."""
    root = folder / "phantom"
    write_phantom(root, studies=PHANTOM_STUDIES, image_px=PHANTOM_PX)
    rows = rows_for_training(load_label_table(root), preset("report").changed(balance=False))
    return [str(root / image) for image in rows["image"].unique()]


def _measure(case: Case, folder: Path, images: Sequence[str], rounds: int) -> Rounds:
    """Let the contenders take turns; the first round warms up and does not count."""
    with ExitStack() as stack:
        contenders = {name: stack.enter_context(contender) for name, contender in _contenders(case, folder, images)}
        for contender in contenders.values():
            contender.round()
        figures: Rounds = {name: [] for name in contenders}
        for _ in range(rounds):
            for name, contender in contenders.items():
                figures[name].append(contender.round())
    return figures


def _contenders(case: Case, folder: Path, images: Sequence[str]) -> Iterator[tuple[Peer, Contender]]:
    config = case.config
    environment = {**ENVIRONMENT, "KERAS_BACKEND": config.backend.value}

    def start(peer: Peer, script: str, task: dict[str, object]) -> tuple[Peer, Contender]:
        own = folder / peer.name.lower()
        own.mkdir(parents=True)
        task = {"peer": peer, "folder": str(own), "steps": case.steps, **task}
        return peer, Contender(script, task, environment, own / "log")

    for peer in OF_KERAS:
        yield start(peer, "throughput_keras.py", {"config": config.model_dump(mode="json")})
    if images and config.model == "report_cnn":
        plain = {"px": config.image_px, "batch": config.batch_size, "precision": config.precision.value}
        for peer in OF_TORCH:
            yield start(peer, "throughput_torch.py", {**plain, "images": list(images)})


def _print_case(case: Case, rounds: Rounds, *, heading: str) -> None:
    print(f"{case.title}: {heading}, ms per step")
    for name, figures in rounds.items():
        middle, low, high = quartiles([1000 * figure["step"] for figure in figures])
        print(f"  {name:<42} {middle:9.2f}  ({low:.2f} to {high:.2f})")
    for name, part in ((Peer.LIMIT, "start"), *((Peer.PROGRAM, part) for part in ("start", "validation", "saving"))):
        middle, low, high = quartiles([1000 * figure[part] for figure in rounds[name]])
        print(f"  {f'once an epoch: {part}, {name}':<42} {middle:9.2f}  ({low:.2f} to {high:.2f})")
    print(flush=True)


def _bars(case: Case, rounds: Rounds) -> Iterator[Bar]:
    yield _ratio(case, rounds, Peer.LIMIT, SHARE_OF_LIMIT)
    if Peer.TORCH in rounds and (case.config.image_px, case.config.batch_size) == (TORCH_BAR_PX, TORCH_BAR_BATCH):
        yield _ratio(case, rounds, Peer.TORCH, SHARE_OF_TORCH)


def _ratio(case: Case, rounds: Rounds, peer: Peer, bar: float) -> Bar:
    """The program's time over a peer's, within each round."""
    pairs = zip(rounds[Peer.PROGRAM], rounds[peer], strict=True)
    middle, low, high = quartiles([ours["step"] / theirs["step"] for ours, theirs in pairs])
    return Bar(name=f"{case.title}: over {peer}", value=middle, bar=bar, at_most=True, spread=(low, high))


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """The median, and the quartiles below and above it."""
    low, middle, high = np.percentile(values, [25, 50, 75]).tolist()
    return middle, low, high


if __name__ == "__main__":
    raise SystemExit(main())
