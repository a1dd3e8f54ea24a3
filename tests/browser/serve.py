"""`streamlit run app.py`, which on SIGUSR1 writes the names of its imported modules to a file."""

import signal
import sys
from pathlib import Path

from streamlit.web.cli import main


def _write_modules(*_: object) -> None:
    draft = modules_file.with_suffix(".draft")
    draft.write_text("\n".join(list(sys.modules)))
    draft.replace(modules_file)


modules_file, port = Path(sys.argv[1]), sys.argv[2]
if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _write_modules)
    sys.argv = ["streamlit", "run", "app.py", "--server.port", port, "--server.headless", "true"]
    sys.exit(main())
