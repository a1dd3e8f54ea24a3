"""Where Streamlit looks for the first link into a fresh server, before `navigation.py` has named the pages: it leads there."""

import runpy
from pathlib import Path

runpy.run_path(str(Path(__file__).parents[1] / "navigation.py"), run_name="__main__")
