"""The worker, with stand-ins for the processes of runs."""

import sys

from lsdc.training.worker import main

if __name__ == "__main__":
    main(sys.argv[1:], module="tests.training.stand_in")
