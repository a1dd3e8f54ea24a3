"""`python -m lsdc ensemble`: several runs as one."""

from __future__ import annotations

from typing import Annotated

import typer

from lsdc import settings
from lsdc.cli.options import JsonOption, NameOption, NoteOption, TagsOption, print_json
from lsdc.evaluation.ensemble import MOST_MEMBERS, create_ensemble
from lsdc.runs import RunNotes, open_run


def ensemble(
    names: Annotated[
        list[str], typer.Argument(metavar="RUN RUN…", help=f"Two to {MOST_MEMBERS} finished runs with the same split.")
    ],
    name: NameOption = None,
    note: NoteOption = None,
    tags: TagsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Average the probabilities of runs, and save the mean as a run: to compare, to grade with, to export."""
    root = settings.runs_root()
    notes = RunNotes.parse(name=name or "", note=note or "", tags=tags or ())
    run = create_ensemble([open_run(root, member) for member in names], root, notes)
    if as_json:
        members = [member.run_id for member in run.members()]
        print_json({"run": run.run_id, "members": members, "metrics": run.metrics()["metrics"]})
    else:
        print(run.run_id)
