"""The web application: `streamlit run app.py`. The server; what a visit sees begins in `navigation.py`."""

import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pkgutil import iter_modules

import streamlit as st
from starlette.formparsers import MultiPartParser

import pages.explore

# To a `SpooledTemporaryFile`, 0 is no size at which it moves to the disk.
NEVER = 0


@asynccontextmanager
async def ready(_app: st.App) -> AsyncIterator[None]:
    """Import what the first page is made of before anybody is answered: its first visitor would wait for that."""
    # Uploads stay in memory: by default, what is larger than 1 MB lies in a temporary file while it arrives.
    MultiPartParser.spool_max_size = NEVER
    if not st.get_option("server.headless"):
        # Streamlit opens the browser only for scripts; it waits with us until the server answers.
        webbrowser.open(f"http://{st.get_option('server.address')}:{st.get_option('server.port')}")
    for part in iter_modules(pages.explore.__path__, "pages.explore."):
        # The page itself is drawn by its import.
        if part.name != "pages.explore.page":
            import_module(part.name)
    yield


app = st.App("navigation.py", lifespan=ready)
