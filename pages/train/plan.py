"""What will run, said before it is started."""

import streamlit as st

from lsdc.config import SplitStrategy, TrainingConfig
from lsdc.dataset.splits import Part
from lsdc.errors import LsdcError
from lsdc.models.catalogue import backbone_of, network_size
from lsdc.runs import RunNotes
from lsdc.training.device import describe_place
from lsdc.training.launch import start_run
from lsdc.ui.datasets import DataSet, count_rows
from lsdc.ui.errors import as_text
from lsdc.ui.frame import SYNTHETIC_BADGE
from lsdc.ui.hyperparameters import Choice
from lsdc.ui.remarks import draw_split_remarks
from pages.train.estimate import draw_estimate

# Of what a network uses in place of the means and variances of its rows; from here on it grades by values that no row has.
MOST_INITIAL = 0.05


def draw_plan(data: DataSet, choice: Choice) -> None:
    """Draw device, rows and size of the network, and the button that starts the run."""
    with st.container(border=True):
        reason = _draw_facts(data, choice)
        if reason:
            st.error(as_text(reason), icon=":material/block:")
        _draw_start(data, choice, reason)


def _draw_facts(data: DataSet, choice: Choice) -> str:
    """The facts of the plan; returns the reason why it cannot run, or nothing."""
    mark = f" {SYNTHETIC_BADGE}" if data.synthetic else ""
    st.markdown(f"**What will run** on {as_text(data.name)}{mark}")
    if choice.config is None:
        return choice.reason
    try:
        place = describe_place(choice.config.device)
        rows = count_rows(data, choice.config)
        size = network_size(choice.config)
    except LsdcError as error:
        # What only the data can refuse stands beside the hyperparameters too.
        reason = f"{error.happened} {error.fix}"
        st.sidebar.error(as_text(reason), icon=":material/block:")
        return reason
    with st.container(horizontal=True, key="train_facts", gap="large"):
        st.metric("Training rows", f"{rows.get('train', 0):,}", width="content")
        st.metric("Validation", f"{rows.get('validation', 0):,}", width="content")
        st.metric("Test", f"{rows.get('test', 0):,}", width="content")
        st.metric("Steps", f"{_steps(choice.config, rows):,}", width="content", help="Batches in all epochs together.")
        st.metric("Parameters", f"{size.total:,}", width="content")
        st.metric(
            "Work per slice",
            f"{size.multiply_adds / 1e6:,.1f} M",
            width="content",
            help="Multiplications of the encoder for one slice, in millions.",
        )
        st.metric("Device", place, width="content")
    draw_estimate(choice.config, rows)
    _draw_remarks(choice.config, rows)
    if choice.changed:
        names = ", ".join(TrainingConfig.model_fields[name].title or name for name in choice.changed)
        st.caption(f"Changed from “{choice.preset}”: {names}.")
    return ""


def _steps(config: TrainingConfig, rows: dict[str, int]) -> int:
    return -(-rows.get("train", 0) // config.batch_size) * config.all_epochs


def _draw_remarks(config: TrainingConfig, rows: dict[str, int]) -> None:
    draw_split_remarks(config, rows)
    still_initial = config.norm_momentum ** _steps(config, rows)
    if backbone_of(config) is None and still_initial > MOST_INITIAL:
        st.warning(
            f"**Too few steps for this normalisation memory.** Even at the end {still_initial:.0%} of it are initial values, "
            f"so that all rows may be graded alike. Choose a memory shorter than {config.norm_momentum:g}, or more rows or epochs.",
            icon=":material/history:",
        )
    if config.review_path:
        st.caption(
            f"The label review leaves {rows.get(Part.LEFT_OUT, 0):,} rows out of training. Those that it names among "
            "validation and test rows stay."
        )
    if config.split_strategy is SplitStrategy.K_FOLD:
        st.caption(f"Fold {config.fold + 1} of {config.folds}; each fold is a run of its own.")


def _draw_start(data: DataSet, choice: Choice, reason: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name", key="train_name", placeholder="Optional: what sets this run apart", max_chars=80)
        start = st.button(
            "Start training",
            type="primary",
            icon=":material/play_arrow:",
            disabled=bool(reason),
            help=reason or None,
            key="train_start",
        )
    if start and choice.config is not None:
        run = start_run(choice.config, preset=choice.preset, data_root=data.root, notes=RunNotes.parse(name=name))
        st.session_state["train_run"] = run.run_id
        st.toast("The run is in the queue.", icon=":material/schedule:")
