"""Several runs as one: the mean of their probabilities, saved as a run that is compared and graded with as any other.

The mean is not calibrated once more. Its members' probabilities are, on the validation rows; whether the mean can be
taken at its word is measured on the test rows, which fitted none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from lsdc.errors import EnsembleError
from lsdc.evaluation.attention import PREFIX
from lsdc.evaluation.calibration import mean_record
from lsdc.evaluation.predictions import ROW_KEYS, probabilities_of, with_probabilities
from lsdc.evaluation.reproduction import judged_by
from lsdc.evaluation.stored import write_scores
from lsdc.runs import Member, RunFolder, RunNotes, RunState, RunStatus, add_run
from lsdc.runs.environment import describe_environment
from lsdc.runs.locks import LEAVING_SECONDS

MOST_MEMBERS = 10
KEYS = list(ROW_KEYS)


def create_ensemble(runs: Sequence[RunFolder], runs_root: Path, notes: RunNotes) -> RunFolder:
    """Average runs, and save the mean as a run.

    Its hyperparameters are those of the member that looks at the most slices, which comes first.

    Args:
        runs: The members.
        runs_root: The folder in which they lie, and the new run with them.
        notes: What a person says of it.

    Raises:
        EnsembleError: As `check_members`.
        CorruptRunError: If a file of a member cannot be read.
    """
    # A run that is named twice would wait for its own lock.
    _check_choice(runs)
    with ExitStack() as locks:
        for run in runs:
            # While it is held, nobody removes the run or puts another network into it.
            if locks.enter_context(run.lock(patience_s=LEAVING_SECONDS)) is None:
                raise EnsembleError(
                    f"Run {run.run_id} is in use.", "A run that nobody changes can be averaged.", "Try again."
                )
        check_members(runs)
        members = sorted(runs, key=lambda run: -run.config.neighbours)
        return add_run(runs_root, "ensemble", lambda draft: _fill(draft, members, notes))


def check_members(runs: Sequence[RunFolder]) -> None:
    """Refuse runs that cannot be averaged.

    Raises:
        EnsembleError: If there are too few or too many of them, one has no network of its own or is not finished, or they
            did not learn the same from the same rows, divided alike.
        CorruptRunError: If a file of one of them cannot be read.
    """
    _check_choice(runs)
    for run in runs:
        _check_alone(run)
    for one, other in pairwise(runs):
        _check_together(one, other)


def mean_predictions(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of predictions tables of the same rows, with the mean of their probabilities.

    What else is said of a row, such as the hash of its crop, is as the first table says it; attention is of a single
    network, and left out.
    """
    ordered = [table.sort_values(KEYS, ignore_index=True) for table in tables]
    means = np.mean([probabilities_of(table) for table in ordered], axis=0)
    own = [column for column in ordered[0] if str(column).startswith(PREFIX)]
    return with_probabilities(ordered[0].drop(columns=own), means)


def _fill(draft: RunFolder, members: Sequence[RunFolder], notes: RunNotes) -> None:
    first, now = members[0], datetime.now(UTC)
    predictions = mean_predictions([run.predictions() for run in members])
    draft.write_record(
        {
            "config": first.config.model_dump(mode="json"),
            "created": now.isoformat(timespec="seconds"),
            "data": first.data,
            # It is no trial itself; that its members were judged by the rows of one is true of it too.
            **({"held_out": held_out.model_dump(mode="json")} if (held_out := judged_by(first.record)) else {}),
            **describe_environment(),
        }
    )
    draft.write_members([Member(run_id=run.run_id, network_sha256=run.network_sha256()) for run in members])
    draft.write_notes(notes)
    draft.write_model_summary("\n\n".join(f"{run.run_id}\n\n{run.model_summary().strip()}" for run in members) + "\n")
    draft.write_predictions(predictions)
    draft.write_calibration(mean_record(predictions, members=len(members)))
    write_scores(draft)
    now_s = now.timestamp()
    draft.write_status(
        RunStatus(state=RunState.FINISHED, message=f"The mean of {len(members)} runs.", started=now_s, ended=now_s)
    )


def _check_choice(runs: Sequence[RunFolder]) -> None:
    repeated = len({run.run_id for run in runs}) < len(runs)
    if repeated or not 2 <= len(runs) <= MOST_MEMBERS:
        raise EnsembleError(
            "The same run was chosen twice." if repeated else f"{len(runs)} runs were chosen.",
            f"An ensemble averages two to {MOST_MEMBERS} different runs.",
            "Choose others.",
        )


def _check_alone(run: RunFolder) -> None:
    if run.is_ensemble:
        raise EnsembleError(
            f"Run {run.run_id} is an ensemble itself.", "Members have a network of their own.", "Choose its members."
        )
    if run.status().state is not RunState.FINISHED or not (run.can_predict and run.is_scored):
        raise EnsembleError(
            f"Run {run.run_id} is {run.status().state}, or has no exported network.",
            "Members are finished, scored and exported: nothing of them changes any more.",
            "Let it finish, or leave it out.",
        )


def _check_together(one: RunFolder, other: RunFolder) -> None:
    pair = f"{one.run_id} and {other.run_id}"
    if one.data["fingerprint"] != other.data["fingerprint"]:
        raise EnsembleError(
            f"Runs {pair} learned from other data: {one.data['name']} and {other.data['name']}, or other labels of them.",
            "Members share the data set and its labels.",
            "Choose runs of one data set.",
        )
    learned = [(run.config.targets, run.config.levels) for run in (one, other)]
    if learned[0] != learned[1]:
        raise EnsembleError(
            f"Runs {pair} did not learn the same conditions, sides and levels.",
            "Members answer the same questions.",
            "Choose runs with the same ones.",
        )
    if count := _rows_apart(one.predictions(), other.predictions()):
        raise EnsembleError(
            f"Runs {pair} do not share the split: {count:,} of their rows are in another part, or in one of them only.",
            "Where one member learned from what another is tested on, their mean is tested on what it has learned.",
            "Choose runs with the same split, seed and rows, or train them so.",
        )


def _rows_apart(one: pd.DataFrame, other: pd.DataFrame) -> int:
    both = [table[[*KEYS, "split", "label"]] for table in (one, other)]
    # A row that is alike in both stands there twice.
    return len(pd.concat(both).drop_duplicates(keep=False)[KEYS].drop_duplicates())
