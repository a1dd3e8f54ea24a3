"""A file is the old one or the new one."""

import os
import signal
import subprocess
import sys
import time

import pytest

from lsdc.files import read_json, replacing, write_json, write_text

WRITER = """
import itertools, sys
from pathlib import Path
from lsdc.files import write_json
for number in itertools.count():
    write_json(Path(sys.argv[1]), {"number": number, "filling": "x" * 200_000})
    print(number, flush=True)
"""


def test_a_failing_writer_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "status.json"
    write_text(path, "old")

    with pytest.raises(UnicodeEncodeError), replacing(path) as temporary:
        temporary.write_text("half, and then what ASCII has not: ½", encoding="ascii")

    assert path.read_text() == "old"
    assert [child.name for child in tmp_path.iterdir()] == ["status.json"]


def test_nan_is_refused_since_json_has_none(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "metrics.json", {"loss": float("nan")})


def test_a_new_file_is_as_readable_as_its_neighbours(tmp_path):
    (tmp_path / "neighbour").touch()
    write_text(tmp_path / "file", "text")

    assert (tmp_path / "file").stat().st_mode == (tmp_path / "neighbour").stat().st_mode


def _kill_while_it_writes(path, seconds):
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
    process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize(
    "kill", [pytest.param(kill, marks=[] if kill < 3 else pytest.mark.exhaustive) for kill in range(50)]
)
def test_a_file_reads_back_after_its_writer_was_killed(tmp_path, kill):
    path = tmp_path / "status.json"

    _kill_while_it_writes(path, seconds=(kill * 17 % 50) / 500)

    assert set(read_json(path)) == {"number", "filling"}


def test_a_full_disk_leaves_the_old_file(tmp_path):
    path = tmp_path / "history.csv"
    write_text(path, "old")
    # A limit on the size of files is what a full disk looks like to a process: the write fails half-way.
    program = (
        "import resource, signal, sys; from pathlib import Path; from lsdc.files import write_text\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "write_text(Path(sys.argv[1]), 'x' * 10_000)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, env=os.environ, check=False)

    assert done.returncode != 0
    assert b"File too large" in done.stderr
    assert path.read_text() == "old"
    assert [child.name for child in tmp_path.iterdir()] == ["history.csv"]
