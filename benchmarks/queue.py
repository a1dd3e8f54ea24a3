"""What the queue costs, and what it holds out.

    python benchmarks/queue.py [--runs 20] [--rounds 5] [--json]

Python has a module `queue` of its own, and scripts in this folder look for it here first: so the measurements are in
`queue_measures.py`, and who imports this file gets Python's.
"""

from __future__ import annotations

import sys
import sysconfig
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

if __name__ == "__main__":
    from queue_measures import main

    sys.exit(main())

spec = spec_from_file_location(__name__, Path(sysconfig.get_path("stdlib")) / "queue.py")
sys.modules[__name__] = module_from_spec(spec)
spec.loader.exec_module(sys.modules[__name__])
