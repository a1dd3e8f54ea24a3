"""What is done with a run beside watching it: name it, take it elsewhere, remove it."""

import tempfile
from pathlib import Path
from typing import IO

import streamlit as st

from lsdc import settings
from lsdc.errors import LsdcError
from lsdc.runs import RunFolder, RunNotes, remove_run
from lsdc.runs.transfer import export_runs, import_runs
from lsdc.ui.cards import offer_card
from lsdc.ui.errors import as_text, friendly_errors, show_advice
from lsdc.ui.hyperparameters import fill_from_run
from lsdc.ui.runs import ListedRun
from lsdc.ui.uploads import MAX_UPLOAD_MB

SWEEP_DIVIDED = "Its sweep fixed the rows of validation and test; a run of its own divides all rows by its own split, and is another run."


def draw_management(listed: ListedRun) -> None:
    """Draw the buttons. They stand outside of what refreshes itself, so that nothing that is typed is lost."""
    run = listed.run
    with st.container(horizontal=True, vertical_alignment="bottom"):
        # An ensemble was never trained.
        if not listed.members:
            st.button(
                "Repeat",
                icon=":material/replay:",
                on_click=fill_from_run,
                args=(run,),
                help=f"Put this run's hyperparameters into the sidebar.{_own_split(run)}",
                key=f"repeat_{run.run_id}",
            )
        with st.popover("Name and note", icon=":material/edit:"):
            _draw_notes(listed)
        is_over = listed.status.state.is_over
        st.download_button(
            "Export",
            data=lambda: _zip(run),
            file_name=f"{run.run_id}.zip",
            mime="application/zip",
            icon=":material/download:",
            disabled=not is_over,
            help="The run as a zip, for another machine; an ensemble with its members. `python -m lsdc runs export` takes "
            "several, and checkpoints.",
            on_click="ignore",
            key=f"export_{run.run_id}",
        )
        offer_card(run)
        with st.popover("Remove", icon=":material/delete:", disabled=not is_over):
            _draw_removal(run)
    words = [f":gray-badge[{as_text(tag)}]" for tag in listed.notes.tags] + [as_text(listed.notes.note)]
    if any(words):
        st.markdown(" ".join(words))


def _own_split(run: RunFolder) -> str:
    trial = run.trial
    return " " + SWEEP_DIVIDED if trial and trial.held_out else ""


def draw_import() -> None:
    """Draw the box that takes runs from elsewhere."""
    with st.expander("Bring runs from elsewhere", icon=":material/upload:"):
        st.caption(
            f"A zip of at most {MAX_UPLOAD_MB} MB that “Export” made; larger ones with `python -m lsdc runs import`. "
            "A network is a program: take only runs of people whom you trust."
        )
        upload = st.file_uploader("Zip of runs", type="zip", max_upload_size=MAX_UPLOAD_MB, key="import_file")
        if st.button("Import", disabled=upload is None, key="import_start") and upload is not None:
            _import(upload)


def _draw_notes(listed: ListedRun) -> None:
    run, notes = listed.run, listed.notes
    with st.form(f"notes_{run.run_id}", border=False):
        name = st.text_input("Name", value=notes.name, max_chars=80, key=f"notes_name_{run.run_id}")
        note = st.text_area("Note", value=notes.note, max_chars=2000, key=f"notes_note_{run.run_id}")
        tags = st.text_input(
            "Tags", value=", ".join(notes.tags), help="Separated by commas.", key=f"notes_tags_{run.run_id}"
        )
        if st.form_submit_button("Keep"):
            with friendly_errors():
                run.write_notes(RunNotes.parse(name=name, note=note, tags=tags.split(",")))
                st.rerun()


def _draw_removal(run: RunFolder) -> None:
    st.markdown("Move this run to the folder `trash` in the artifacts? Nothing is deleted.")
    if st.button("Yes, remove it", type="primary", key=f"remove_{run.run_id}"):
        with friendly_errors():
            remove_run(run, settings.trash_root())
            st.rerun()


def _zip(run: RunFolder) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.zip"
        export_runs([run], path)
        return path.read_bytes()


def _import(file: IO[bytes]) -> None:
    try:
        runs = import_runs(file, settings.runs_root())
    except LsdcError as error:
        show_advice(error)
        return
    st.session_state["train_run"] = runs[0].run_id
    st.rerun()
