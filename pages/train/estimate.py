"""How long a run would take and how much memory it would need, measured by a few steps before it is started."""

from collections.abc import Mapping

import streamlit as st

from lsdc import settings
from lsdc.config import Precision, TrainingConfig
from lsdc.training.estimate import LIMIT_SECONDS, Measured, Unmeasured, begin_probe, is_probing, read_probe, whole_run
from lsdc.ui.durations import about
from lsdc.ui.errors import as_text, friendly_errors

REFRESH_SECONDS = 1.0
LABELS = {type(None): "Estimate time and memory", Measured: "Measure again", Unmeasured: "Try again"}


def draw_estimate(config: TrainingConfig, rows: Mapping[str, int]) -> None:
    """Draw what was measured of these hyperparameters on this device, or the button that measures it."""
    if settings.ray_address():
        return  # what this machine would take says nothing of the cluster
    result = read_probe(config)
    waits = result is None and is_probing()
    st.fragment(_draw, run_every=REFRESH_SECONDS if waits else None)(config, rows, waits=waits)


def _draw(config: TrainingConfig, rows: Mapping[str, int], *, waits: bool) -> None:
    result = read_probe(config)
    probing = result is None and is_probing()
    if waits and not probing:
        st.rerun()  # the whole page once more, which also ends the refreshing
    if isinstance(result, Measured):
        _draw_measured(result, config, rows)
        if not result.disturbed:
            return
    if isinstance(result, Unmeasured):
        st.warning(f"**Time and memory could not be measured.** {as_text(result.reason)}", icon=":material/timer_off:")
    _draw_button(config, "Measuring a few steps …" if probing else LABELS[type(result)], probing=probing)


def _draw_button(config: TrainingConfig, label: str, *, probing: bool) -> None:
    help_ = (
        f"Makes a few steps with this network, batch and device, in a process of its own; {LIMIT_SECONDS} s at most."
    )
    if st.button(label, icon=":material/timer:", disabled=probing, help=help_, key="train_estimate"):
        with friendly_errors():
            begin_probe(config)
            st.rerun()


def _draw_measured(measured: Measured, config: TrainingConfig, rows: Mapping[str, int]) -> None:
    duration = whole_run(measured, config, rows)
    with st.container(horizontal=True, key="train_estimated", gap="large"):
        span = about(duration.low), about(duration.high)
        st.metric("Training time", span[0] if span[0] == span[1] else f"{span[0]} – {span[1]}", width="content")
        st.metric("Per step", f"{measured.step * 1000:,.0f} ms", width="content")
        if measured.memory_bytes is not None and measured.memory_total_bytes is not None:
            share = f"{measured.memory_bytes / 2**30:.1f} of {measured.memory_total_bytes / 2**30:.0f} GiB"
            st.metric("Memory", share, width="content")
    remarks = [
        f"Estimated from {measured.steps} steps, of which the middle eight tenths took "
        f"{measured.step_low * 1000:,.0f} to {measured.step_high * 1000:,.0f} ms. Crops that were not cut before, scoring "
        "and export come on top; early stopping shortens it."
    ]
    if config.precision is Precision.AUTO:
        remarks.append("Measured in float32; a run takes mixed precision if it finds that faster.")
    if measured.disturbed:
        remarks.append(f"{measured.disturbed} Alone, a run may be faster.")
    st.caption(as_text(" ".join(remarks)))
