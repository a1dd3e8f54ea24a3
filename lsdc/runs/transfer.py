"""Runs as one file, to move them to another machine: written from run folders, and read as any file from outside is.

A zip is refused for what it says of itself before anything is inflated; what it holds is then parsed in a process with
limits, in a draft folder that nobody lists; only a run that can be read whole gets its name. An ensemble travels with
its members, and is refused where one of them is missing or has another network.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from lsdc.archives import check_member, open_zip, unpack_member
from lsdc.errors import CorruptRunError, ImportedRunError, RunError
from lsdc.files import replacing, sync_file, sync_folder
from lsdc.runs.folder import RunFolder
from lsdc.runs.members import RUN_ID
from lsdc.runs.paths import CHECKPOINT_FILES, PORTABLE_FILES, REQUIRED_FILES, STATUS_FILE
from lsdc.settings import PROJECT_ROOT

MAX_ZIP_BYTES = 2 * 2**30
MAX_INFLATED_BYTES = 4 * 2**30
# The process that parses what was inflated; a table of a few bytes can name a billion rows.
MEMORY_LIMIT_BYTES = 2 * 2**30
CPU_LIMIT_S = 120


def export_runs(runs: Sequence[RunFolder], file: Path, *, checkpoints: bool = False) -> None:
    """Write runs into a zip.

    Args:
        runs: Runs that are over; the members of ensembles go with them.
        file: The zip; replaced if it is there.
        checkpoints: Whether the checkpoints go with them: without, a run can be repeated but not resumed.

    Raises:
        RunError: If a run is not over.
        CorruptRunError: If a run cannot be read.
    """
    packed = {packed.run_id: packed for run in runs for packed in (*run.networks(), run)}
    for run in packed.values():
        if not (state := run.status().state).is_over:
            raise RunError(
                f"Run {run.run_id} is {state}.", "A run is exported when it is over.", "Wait for its end, or stop it."
            )
    names = [name for name in (*PORTABLE_FILES, *(CHECKPOINT_FILES if checkpoints else ())) if name != STATUS_FILE]
    with replacing(file) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for run in packed.values():
            for name in names:
                if (run.path / name).is_file():
                    archive.write(run.path / name, f"{run.run_id}/{name}")
            archive.writestr(f"{run.run_id}/{STATUS_FILE}", _portable_status(run))


def import_runs(file: IO[bytes], runs_root: Path) -> list[RunFolder]:
    """Add the runs of a zip: all of them, or none.

    Args:
        file: The zip, open for reading; as `export_runs` writes it.
        runs_root: The folder of all runs.

    Raises:
        ArchiveError: If the file is no zip, a damaged one, or made to do harm.
        ImportedRunError: If it holds anything but the files of runs, takes too much memory or disk, or holds a run that
            cannot be read or is here already. Members of its ensembles may be here with the same network, and stay.
    """
    runs_root.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=runs_root, prefix=".draft-import-"))
    try:
        with _open(file) as archive:
            names = _check(archive)
            _inflate(archive, draft)
        _check_readable(draft)
        here = _members_here(draft, names, runs_root)
        names = [name for name in names if name not in here]
        _refuse_present(names, runs_root)
        return [_publish(draft / name, runs_root) for name in names]
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _portable_status(run: RunFolder) -> str:
    # What is true of it rather than what its process last wrote; process and host mean nothing elsewhere.
    return run.status().model_copy(update={"pid": None, "host": "", "node": "", "slot": None}).model_dump_json(indent=2)


def _open(file: IO[bytes]) -> zipfile.ZipFile:
    size = file.seek(0, os.SEEK_END)
    if size > MAX_ZIP_BYTES:
        raise _refuse(f"The file has {size / 2**30:.1f} GiB, more than {MAX_ZIP_BYTES / 2**30:.0f}.")
    return open_zip(file)


def _check(archive: zipfile.ZipFile) -> list[str]:
    """Refuse an archive for what its directory says; returns the names of its runs."""
    members = archive.infolist()
    if not members:
        raise _refuse("The zip is empty.")
    inflated = sum(member.file_size for member in members)
    if inflated > MAX_INFLATED_BYTES:
        raise _refuse(f"It would take {inflated / 2**30:.1f} GiB, more than {MAX_INFLATED_BYTES / 2**30:.0f}.")
    names: dict[str, list[str]] = {}
    for member in members:
        check_member(member)
        run, _, file = member.filename.partition("/")
        if not re.fullmatch(RUN_ID, run) or file not in (*PORTABLE_FILES, *CHECKPOINT_FILES):
            raise _refuse(f"{member.filename!r} is no file of a run.")
        if file in names.setdefault(run, []):
            raise _refuse(f"{member.filename!r} is in it twice.")
        names[run].append(file)
    for run, files in names.items():
        if missing := set(REQUIRED_FILES) - set(files):
            raise _refuse(f"Run {run} lacks {', '.join(sorted(missing))}.")
    return sorted(names)


def _members_here(draft: Path, names: Sequence[str], runs_root: Path) -> set[str]:
    """Members of the zip's ensembles that are here already; refuses ensembles that could not grade."""
    here = set()
    for ensemble in (run for name in names if (run := RunFolder(draft / name)).is_ensemble):
        for member in ensemble.members():
            known = [folder for root in (runs_root, draft) if (folder := root / member.run_id).is_dir()]
            if not known or RunFolder(known[0]).network_sha256() != member.network_sha256:
                raise _refuse(
                    f"Ensemble {ensemble.run_id} averages {member.run_id}, which is not in the zip, "
                    "or is here with another network."
                )
            if known[0].parent == runs_root:
                here.add(member.run_id)
    return here


def _refuse_present(names: Sequence[str], runs_root: Path) -> None:
    present = [name for name in names if (runs_root / name).exists()]
    if present:
        raise ImportedRunError(
            f"{', '.join(present)} {'is' if len(present) == 1 else 'are'} here already.",
            "A run keeps its name wherever it goes, and is imported once.",
            "Remove the run that is here first, if the other one is to take its place.",
        )


def _inflate(archive: zipfile.ZipFile, draft: Path) -> None:
    members = archive.infolist()
    if shutil.disk_usage(draft).free < sum(member.file_size for member in members):
        raise _refuse("The disk has too little room for it.")
    for member in members:
        target = draft / member.filename
        target.parent.mkdir(parents=True, exist_ok=True)
        unpack_member(archive, member, target)
        sync_file(target)


def _check_readable(draft: Path) -> None:
    command = [sys.executable, "-m", "lsdc.runs.transfer", str(draft)]
    answer = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    if answer.returncode == _UNREADABLE:
        raise _refuse(answer.stdout.strip())
    if answer.returncode:
        raise _refuse("A file of a run takes more memory or time to read than any run needs.")


def _publish(run: Path, runs_root: Path) -> RunFolder:
    target = runs_root / run.name
    try:
        # Onto a folder with content a rename fails.
        run.rename(target)
    except OSError:
        _refuse_present([run.name], runs_root)
        raise
    sync_folder(runs_root)
    return RunFolder(target)


def _refuse(happened: str) -> ImportedRunError:
    return ImportedRunError(
        happened,
        "Expected a zip as `python -m lsdc runs export` writes it.",
        "Export the runs again, where they come from.",
    )


_UNREADABLE = 3


def _main() -> int:
    """The process with limits: reads all runs of a draft folder, and says what cannot be read."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S, CPU_LIMIT_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the tables
    try:
        for path in sorted(Path(sys.argv[1]).iterdir()):
            RunFolder(path).check()
    except CorruptRunError as error:
        print(error.happened)  # noqa: T201  # standard output is the answer
        return _UNREADABLE
    return 0


if __name__ == "__main__":
    sys.exit(_main())
