"""The command line: everything that a page does, and the exit codes that scripts need."""
