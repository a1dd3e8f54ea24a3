"""Config and crops in, run folder out. `fit` is only ever run as a process; the rest imports no Keras."""
