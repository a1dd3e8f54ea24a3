"""Grade points of one patient's images."""

import streamlit as st

from lsdc.ui.errors import friendly_errors
from lsdc.ui.frame import open_page
from lsdc.ui.help import offer_help
from lsdc.ui.runs import choose_run, read_runs
from pages.predict.desk import draw_desk
from pages.predict.model import choose_more, describe_model
from pages.predict.source import choose_study

EMPTY_HEIGHT_PX = 420

open_page(
    "Predict",
    "Choose a model and images, mark a disc level's point, and grade it. Levels are not located automatically.",
)
runs, _ = read_runs()
able = [listed for listed in runs if listed.run.can_predict]
offer_help(key="predict")
if not able:
    st.info("No model yet. A finished run leaves one.", icon=":material/radiology:")
    st.page_link("pages/train/page.py", label="Go to Train", icon=":material/model_training:")
    st.stop()

model_column, images_column = st.columns([2, 3], gap="large")
study = None
with model_column:
    listed = choose_run("Model", able, key="predict_run")
    describe_model(listed)
    chosen = [listed, *choose_more(listed, able)]
with images_column, friendly_errors():
    study = choose_study(listed.config)
# Not by `st.stop`, after which Streamlit keeps what the desk's widgets hold of the images.
if study is None:
    with st.container(border=True, height=EMPTY_HEIGHT_PX, vertical_alignment="center"):
        st.caption("The images appear here once you have chosen some.", text_alignment="center")
else:
    draw_desk(study, chosen)
