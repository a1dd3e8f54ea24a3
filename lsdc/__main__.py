"""`python -m lsdc`."""

from lsdc.cli.app import run

run()
