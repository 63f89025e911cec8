"""X as a list of sequences [T,F], and the scale of their features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_array, validate_data

from .._errors import RnnTypeError, RnnValueError

Array = npt.NDArray[Any]


def from_aeon(X: Any) -> list[Array]:
    """The sequences of a collection of aeon or sktime, whose cases have the time last.

    Parameters
    ----------
    X : list of array [channels, T], array [N, channels, T], or data frame
        Of a data frame, each row is a case and each cell a series: sktime's nested form.

    Returns
    -------
    list of array [T, channels]
        For the estimators of this module.

    Examples
    --------
    >>> import numpy as np
    >>> [x.shape for x in from_aeon([np.zeros((3, 7)), np.zeros((3, 5))])]
    [(7, 3), (5, 3)]
    """
    if hasattr(X, "columns"):
        X = [np.stack([np.asarray(cell) for cell in row]) for row in np.asarray(X, object)]
    cases = [np.asarray(case) for case in X]
    for index, case in enumerate(cases):
        if case.ndim != 2:
            raise RnnValueError(f"X[{index}] has {case.ndim} axes, expected [channels, T]")
    return [case.T for case in cases]


def is_table(X: Any) -> bool:
    """Whether X is [n_samples, n_features], as scikit-learn has it, and no collection of sequences.

    A list of lists of numbers is a table; a list of arrays is a collection.
    """
    if hasattr(X, "ndim"):  # arrays of NumPy and of SciPy (sparse)
        return bool(X.ndim == 2 or X.ndim < 2 and X.dtype != object)
    if not isinstance(X, (list, tuple)):
        return True
    return len(X) > 0 and not hasattr(X[0], "__array__") and _depth(X[0]) < 2


def _depth(value: Any) -> int:
    return 1 + _depth(value[0]) if isinstance(value, (list, tuple)) and value else int(np.ndim(value))


def check_sequences(estimator: Any, X: Any, reset: bool) -> list[Array]:
    """X as arrays [T,F] of finite numbers.

    With `reset` it determines what X must be later: the number of features.
    """
    if is_table(X):
        known_by_step = not reset and not estimator._of_table
        if known_by_step:
            table = check_array(X, dtype=[np.float64, np.float32], estimator=estimator)
        else:
            table = validate_data(estimator, X, reset=reset, dtype=[np.float64, np.float32])
        sequences, table_given = [row[:, None] for row in table], True
    else:
        sequences, table_given = [_sequence(index, one) for index, one in enumerate(X)], False
        if not sequences:
            raise RnnValueError("X has no sequences")
        _check_equal_features(sequences)
    features = sequences[0].shape[1]
    if reset:
        estimator._of_table = table_given
        if not table_given:
            estimator.n_features_in_ = features
            vars(estimator).pop("feature_names_in_", None)
    else:
        expected = 1 if estimator._of_table else estimator.n_features_in_
        if features != expected:
            raise RnnValueError(f"X has {features} features in each step, but {type(estimator).__name__} is expecting "
                                f"{expected} features as input")
    return sequences


def flags_of_steps(mask: Any, X: Any) -> list[npt.NDArray[np.bool_]]:
    """The mask as booleans [T] for each sequence of X."""
    flags = [np.asarray(one) for one in mask]
    if len(flags) != len(X):
        raise RnnValueError(f"mask has {len(flags)} elements, expected {len(X)}, one for each sequence of X")
    for index, (one, sequence) in enumerate(zip(flags, X)):
        if one.shape != (len(sequence),):
            raise RnnValueError(f"mask[{index}] has shape {one.shape}, expected ({len(sequence)},), one element for "
                                f"each step of X[{index}]")
        if one.dtype != bool and not np.isin(one, (0, 1)).all():
            raise RnnValueError(f"mask[{index}] has an element that is not 0 or 1")
        if not one.any():
            raise RnnValueError(f"mask[{index}] leaves out all steps of X[{index}], expected one that counts")
    return [one.astype(bool) for one in flags]


def real_array(name: str, values: Any) -> Array:
    """The values as an array of real numbers, of any type and shape."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise RnnValueError(f"{name} is no array: {error}") from None
    if array.dtype.kind not in "biuf":
        raise RnnTypeError(f"{name} has elements of type {array.dtype}, expected real numbers")
    return array


def _sequence(index: int, values: Any) -> Array:
    array = real_array(f"X[{index}]", values)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] == 0:
        shape = ", ".join(map(str, array.shape))
        raise RnnValueError(f"X[{index}] has shape [{shape}], expected [T, F], T steps of F features")
    if len(array) == 0:
        raise RnnValueError(f"X[{index}] has 0 steps, expected at least 1")
    finite = np.isfinite(array)
    if not finite.all():
        step, feature = np.argwhere(~finite)[0]
        kind = "NaN" if np.isnan(array[step, feature]) else "infinity"
        raise RnnValueError(f"X[{index}] contains {kind} at step {step} in feature {feature}; missing values must be "
                            "imputed, and sequences of different lengths given as a list of arrays without padding")
    return array


def _check_equal_features(sequences: list[Array]) -> None:
    features = sequences[0].shape[1]
    for index, one in enumerate(sequences):
        if one.shape[1] != features:
            channels_first = len({len(other) for other in sequences}) == 1
            hint = "; if the arrays are [channels, T], use from_aeon" if channels_first else ""
            raise RnnValueError(f"X[{index}] has {one.shape[1]} features in each step, X[0] has {features}{hint}")


def moments(sequences: Sequence[Array], weights: Array | None = None) -> tuple[Array, Array]:
    """Mean and deviation of each feature, [F], over all steps; that of a constant is 1."""
    steps = np.concatenate(sequences).astype(np.float64, copy=False)
    of_steps = None if weights is None else np.repeat(weights, [len(one) for one in sequences])
    mean = np.average(steps, axis=0, weights=of_steps)
    scale = np.sqrt(np.average((steps - mean) ** 2, axis=0, weights=of_steps))
    rounding = len(steps) * np.finfo(np.float64).eps * np.abs(mean)  # the error of the mean
    return mean, np.where(scale <= rounding, 1.0, scale)
