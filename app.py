"""The web application: `streamlit run app.py`. Navigation and the frame around every page."""

import streamlit as st

from lsdc.ui.errors import friendly_errors
from lsdc.ui.frame import ICON, draw_frame

st.set_page_config(page_title="Lumbar workbench", page_icon=ICON, layout="wide")

# One folder down: with files directly in `pages/`, the first link into a fresh server would bypass this file.
page = st.navigation(
    [
        st.Page("pages/explore/page.py", title="Explore", icon=":material/search:", url_path="explore", default=True),
        st.Page("pages/train/page.py", title="Train", icon=":material/model_training:", url_path="train"),
        st.Page("pages/compare/page.py", title="Compare", icon=":material/leaderboard:", url_path="compare"),
        st.Page("pages/predict/page.py", title="Predict", icon=":material/radiology:", url_path="predict"),
    ],
    position="top",
)
with friendly_errors():
    draw_frame()
with friendly_errors():
    page.run()
