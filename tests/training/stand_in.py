"""Stands in for `lsdc.training.fit`: writes the folder of a run as a training does, by the same writers, without Keras.

The note of the run says what becomes of it.
"""

import os
import resource
import signal
import sys
import time

import numpy as np
import pandas as pd

from lsdc.files import write_with
from lsdc.runs import RunState
from lsdc.training.progress import StopRequestedError
from lsdc.training.run_process import work_on_run

SECONDS_PER_EPOCH = 0.05


def _work(run, progress):
    sys.stdout.write("began\n")
    sys.stdout.flush()
    progress.say(state=RunState.RUNNING, message="Training.")
    _misfortune(run.notes().note)
    epochs = run.history().to_dict("records")
    for epoch in range(len(epochs), run.config.all_epochs):
        time.sleep(SECONDS_PER_EPOCH)
        if run.stop_requested:
            raise StopRequestedError
        # The less dropout the better, so that a sweep has something to find.
        losses = {"loss": 1 / (epoch + 1), "val_loss": run.config.dropout + 1 / (epoch + 1)}
        epochs.append({"epoch": epoch + 1, "stage": 1, **losses, "seconds": SECONDS_PER_EPOCH})
        write_with(run.keras_path, lambda path: path.write_bytes(os.urandom(2**16)))
        run.write_history(epochs)
        write_with(run.checkpoint_path, lambda path: path.write_bytes(os.urandom(2**16)))
        progress.say(epoch=epoch + 1, step=0)
    run.write_predictions(pd.DataFrame({"split": ["test"] * 1000, "p_severe": np.linspace(0, 1, 1000)}))
    run.write_metrics({"metrics": {}})
    progress.end(RunState.FINISHED, "Done.")


def _misfortune(note):
    match note.split():
        case ["signal", name]:
            os.kill(os.getpid(), signal.Signals[name])
        case ["exit", code]:
            os._exit(int(code))
        case ["memory"]:
            resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32))
            np.ones(2**33)
        case ["small", "files"]:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2**15, 2**15))


if __name__ == "__main__":
    sys.exit(work_on_run(sys.argv[1:], _work))
