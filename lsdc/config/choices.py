"""The words that hyperparameters choose among."""

from __future__ import annotations

from enum import StrEnum

# Stands where the path of a label review would.
NO_REVIEW = "none"


class SideChoice(StrEnum):
    """Which sides are graded. With `either`, right-sided points are mirrored and graded as left ones."""

    LEFT = "left"
    RIGHT = "right"
    EITHER = "either"


class SplitStrategy(StrEnum):
    """How the rows that are not test rows are divided into training and validation."""

    RANDOM = "random 80:20"
    STRATIFIED = "stratified 80:20"
    BALANCED_TRAIN = "1:1:1 train"
    THREE_WAY = "80:10:10"
    K_FOLD = "k-fold"


class SplitUnit(StrEnum):
    """What is kept together. Splitting by row puts slices of one patient on both sides: it leaks."""

    STUDY = "study"
    ROW = "row"


class LeaveOut(StrEnum):
    """Which decisions of a label review leave a row out of training."""

    DROPPED = "dropped"
    DOUBTED_TOO = "dropped and doubted"


class InputKind(StrEnum):
    """What the network sees: the whole slice, or a square of fixed physical size around the point."""

    WHOLE = "whole"
    CROP = "crop"


class Pooling(StrEnum):
    """How the features of several slices become one: gated attention, a recurrent layer both ways, or their mean."""

    ATTENTION = "attention"
    LSTM = "lstm"
    MEAN = "mean"


class Activation(StrEnum):
    """The nonlinearity of hidden layers."""

    RELU = "relu"
    LEAKY_RELU = "leaky_relu"
    TANH = "tanh"
    SIGMOID = "sigmoid"


class Loss(StrEnum):
    """What a wrong probability costs.

    `class_weighted` weights each grade by the inverse of its share among the training rows, `severity_weighted` by
    1, 2 and 4 as the challenge does. `focal` gives less to rows that are graded well already.
    """

    CROSS_ENTROPY = "cross_entropy"
    CLASS_WEIGHTED = "class_weighted"
    SEVERITY_WEIGHTED = "severity_weighted"
    FOCAL = "focal"


class Optimizer(StrEnum):
    """The rule that turns gradients into steps."""

    ADAM = "adam"
    ADAMW = "adamw"
    SGD = "sgd"
    RMSPROP = "rmsprop"


class Schedule(StrEnum):
    """How the learning rate changes: not at all, less on a plateau of the validation loss, or up and then down a cosine."""

    CONSTANT = "constant"
    PLATEAU = "plateau"
    COSINE = "cosine"


class Precision(StrEnum):
    """The numbers that a network computes with. `auto` times both and takes `mixed` if it is clearly faster."""

    AUTO = "auto"
    FLOAT32 = "float32"
    MIXED = "mixed"


class DeviceChoice(StrEnum):
    """Where a run computes. `gpu` is refused on a machine without one, never replaced by the CPU."""

    AUTO = "auto"
    CPU = "cpu"
    GPU = "gpu"


class Backend(StrEnum):
    """What Keras computes with."""

    TENSORFLOW = "tensorflow"
    JAX = "jax"
    TORCH = "torch"
