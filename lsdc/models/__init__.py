"""Keras graphs, one file per network with `build(config)`, and the catalogue that names them without importing Keras."""
