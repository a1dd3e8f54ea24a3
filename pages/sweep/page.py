"""Search over hyperparameters, and see what was found."""

import streamlit as st

from lsdc.sweeps.control import ensure_drivers
from lsdc.ui.datasets import require_data_set
from lsdc.ui.errors import as_text, friendly_errors
from lsdc.ui.frame import open_page
from lsdc.ui.hyperparameters import choose_hyperparameters
from lsdc.ui.search import choose_search
from lsdc.ui.sweeps import read_sweeps
from pages.sweep.live import draw_sweep
from pages.sweep.plan import draw_plan

open_page("Sweep", "Say on the left what is searched, and what all trials share. Each trial is a run in the queue.")
data = require_data_set()
with friendly_errors():
    search = choose_search()
    draw_plan(data, search, choose_hyperparameters())

st.subheader("Sweeps", anchor=False)
with friendly_errors():
    ensure_drivers()
sweeps, damaged = read_sweeps()
if not sweeps:
    st.info("No sweep yet. “A first sweep”, on the left, ends within the hour on two cores.", icon=":material/tune:")
else:
    by_id = {listed.sweep.sweep_id: listed for listed in sweeps}
    if st.session_state.get("sweep_id") not in by_id:
        st.session_state["sweep_id"] = next(iter(by_id))
    chosen = st.selectbox("Sweep", list(by_id), format_func=lambda name: by_id[name].line, key="sweep_id")
    with friendly_errors():
        draw_sweep(by_id[chosen])
if damaged:
    with st.expander(f"Sweep folders that cannot be read: {len(damaged)}", icon=":material/folder_off:"):
        for sweep_id, reason in damaged.items():
            st.markdown(f"**{as_text(sweep_id)}**  \n{as_text(reason)}")
