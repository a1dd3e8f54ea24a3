"""Labels that runs doubt, one after the other, and what a reviewer decides on each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from lsdc.dataset.review_files import LabelKey, ReviewFile
from lsdc.dataset.reviews import Decision
from lsdc.evaluation.doubtful_labels import held_out_rows
from lsdc.ui.errors import as_text, friendly_errors
from lsdc.ui.reviews import file_of, fingerprint_of, keys_of, load_doubtful_labels, with_decisions
from lsdc.ui.scores import ScoredRun, load_predictions
from pages.compare.cases import answers_to, draw_case
from pages.compare.doubted import choose_labels, choose_runs, say_who_speaks
from pages.compare.reviewers import draw_agreement, draw_files

AT_KEY, CHANGES_KEY, REASON_KEY = "compare_review_at", "compare_review_changes", "compare_review_reason"


@dataclass(frozen=True, kw_only=True)
class Button:
    """How a decision is made: with a click or a key."""

    icon: str
    shortcut: str


BUTTONS = {
    Decision.KEEP: Button(icon=":material/check:", shortcut="k"),
    Decision.DROP: Button(icon=":material/block:", shortcut="d"),
    Decision.DOUBT: Button(icon=":material/question_mark:", shortcut="q"),
}


@st.fragment
def draw_review(runs: Sequence[ScoredRun], everybody: Sequence[ScoredRun]) -> None:
    """Draw the choice of runs and reviewer, the labels one after the other, the files, and whether two reviewers agree."""
    with friendly_errors():
        speaking = choose_runs(runs, everybody)
        if not speaking:
            st.info("Choose a run whose doubts are to be looked at.", icon=":material/checklist:")
            return
        labels = load_doubtful_labels(speaking)
        if labels.empty:
            st.info("These runs hold no row out, so that they doubt no label.", icon=":material/rule:")
            return
        say_who_speaks(speaking, labels)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input(
                "Reviewer",
                placeholder="Your name; it names your file",
                key="compare_reviewer",
                width=260,
                persist_state="session",
            )
            files = st.popover("Files", icon=":material/folder_open:")
        file = file_of(fingerprint_of(speaking[0]), name) if name.strip() else None
        with files:
            draw_files(file, speaking)
        if file:
            _draw_labels(file, labels, speaking)
        else:
            st.info("Say who you are, and the labels come one after the other.", icon=":material/person:")
        draw_agreement(fingerprint_of(speaking[0]))


def _draw_labels(file: ReviewFile, labels: pd.DataFrame, runs: Sequence[ScoredRun]) -> None:
    chosen, open_only, hidden = choose_labels(labels)
    listed = with_decisions(chosen, file.read())
    if listed.empty:
        st.info("No label is of this kind.", icon=":material/filter_alt_off:")
        return
    decided = listed["decision"].notna()
    counts = ", ".join(f"{int((listed['decision'] == word).sum())} {word}" for word in Decision)
    st.progress(float(decided.mean()), text=f"{int(decided.sum()):,} of {len(listed):,} decided: {counts}")
    queue = listed[~decided] if open_only else listed
    if queue.empty:
        st.success("All of these labels are decided.", icon=":material/done_all:")
        _draw_undo(file)
        return
    keys = keys_of(queue)
    place = keys.index(st.session_state[AT_KEY]) if st.session_state.get(AT_KEY) in keys else 0
    _draw_buttons(file, queue.iloc[place], keys, place, hidden=hidden)
    with friendly_errors():
        _draw_label(queue.iloc[place], runs, hidden=hidden)
    _draw_list(queue, keys, hidden=hidden)


def _draw_buttons(file: ReviewFile, label: pd.Series, keys: list[LabelKey], place: int, *, hidden: bool) -> None:
    following = keys[(place + 1) % len(keys)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for decision, button in BUTTONS.items():
            st.button(
                decision.value.title(),
                icon=button.icon,
                shortcut=button.shortcut,
                type="primary" if label["decision"] == decision else "secondary",
                on_click=_decide,
                args=(file, keys[place], decision, following),
                key=f"compare_review_{decision}",
            )
        st.text_input("Reason", placeholder="Reason, optional", key=REASON_KEY, width=260, label_visibility="collapsed")
        _draw_undo(file)
        for words, icon, shortcut, target in (
            ("Back", ":material/arrow_back:", "p", keys[place - 1]),
            ("Next", ":material/arrow_forward:", "n", following),
        ):
            st.button(
                words,
                icon=icon,
                shortcut=shortcut,
                on_click=_go_to,
                args=(target,),
                type="tertiary",
                disabled=len(keys) == 1,
                key=f"compare_review_{words.lower()}",
            )
    facts = [f"Number {place + 1:,} of {len(keys):,}"]
    if not hidden:
        facts.append(f"mean log loss {label['loss']:.2f} of {label['runs']} run{'' if label['runs'] == 1 else 's'}")
    if pd.notna(label["decision"]):
        reason = f", “{as_text(label['reason'])}”" if label["reason"] else ""
        facts.append(f"you decided **{label['decision']}**{reason}")
    st.caption(" · ".join(facts))


def _draw_undo(file: ReviewFile) -> None:
    changes = st.session_state.get(CHANGES_KEY, [])
    st.button(
        "Undo",
        icon=":material/undo:",
        shortcut="z",
        on_click=_undo,
        type="tertiary",
        disabled=not changes or changes[-1][0] != file,
        key="compare_review_undo",
    )


def _draw_label(label: pd.Series, runs: Sequence[ScoredRun], *, hidden: bool) -> None:
    rows = {run.listed.run.run_id: held_out_rows(load_predictions(run.listed.run)) for run in runs}
    case = label.to_dict()
    answers = answers_to(case, runs, rows)
    speaks = answers.drop(columns="run").notna().all(axis=1)
    draw_case(runs[int(speaks.argmax())], case, None if hidden else answers)


def _draw_list(queue: pd.DataFrame, keys: list[LabelKey], *, hidden: bool) -> None:
    # A label that changes would close it.
    opened = st.expander("The list", icon=":material/list:", key="compare_review_expander", on_change="rerun")
    if not opened.open:
        return
    columns = ["study_id", "condition", "side", "level", "label", "decision", "reason"]
    readable = queue.assign(condition=queue["condition"].str.replace("_", " "))
    opened.dataframe(
        readable[columns if hidden else [*columns[:5], "loss", "runs", *columns[5:]]],
        hide_index=True,
        height=320 if len(queue) > 8 else "content",
        column_config={
            "study_id": st.column_config.NumberColumn("study", format="%d"),
            "loss": st.column_config.NumberColumn("mean log loss", format="%.2f"),
            "runs": st.column_config.NumberColumn("runs that speak"),
        },
        placeholder="–",
        on_select=partial(_go_to_row, keys),
        selection_mode="single-row",
        key="compare_review_list",
    )


def _decide(file: ReviewFile, key: LabelKey, decision: Decision, following: LabelKey) -> None:
    with friendly_errors():
        change = file.decide(key, decision, st.session_state[REASON_KEY])
        st.session_state.setdefault(CHANGES_KEY, []).append((file, change))
        st.session_state[REASON_KEY] = ""
        st.session_state[AT_KEY] = following


def _undo() -> None:
    file, change = st.session_state[CHANGES_KEY].pop()
    with friendly_errors():
        file.undo(change)
        st.session_state[AT_KEY] = change.key


def _go_to(key: LabelKey) -> None:
    st.session_state[AT_KEY] = key


def _go_to_row(keys: list[LabelKey]) -> None:
    rows = st.session_state["compare_review_list"]["selection"]["rows"]
    if rows and rows[0] < len(keys):
        _go_to(keys[rows[0]])
