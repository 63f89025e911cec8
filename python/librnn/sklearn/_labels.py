"""Labels of any hashable type as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_class_weight

from .._errors import RnnTypeError, RnnValueError
from ._sequences import Array


def label_lists(y: Any) -> list[list[Any]]:
    """y as lists of labels; strings are sequences of characters."""
    found = []
    for index, labels in enumerate(y):
        if isinstance(labels, np.ndarray):
            if labels.ndim != 1:
                raise RnnValueError(f"y[{index}] has {labels.ndim} axes, expected a sequence of labels")
            labels = labels.tolist()
        try:
            found.append(list(labels))
        except TypeError:
            raise RnnTypeError(f"y[{index}] is {labels!r}, expected a sequence of labels") from None
    return found


def classes_of(labels: Iterable[Any]) -> Array:
    """The different labels, sorted if they can be compared; else in the order in which they come."""
    try:
        found = list(dict.fromkeys(labels))
    except TypeError as error:
        raise RnnTypeError(f"y has a label that is not hashable: {error}") from None
    if any(label is None or label != label for label in found):
        raise RnnValueError("y contains NaN or None as a label")
    try:
        found.sort()
    except TypeError:
        pass
    classes = np.empty(len(found), object)
    for index, label in enumerate(found):
        classes[index] = label
    return classes


def numbers_of(y: list[list[Any]], classes: Array, first: int = 0) -> list[Array]:
    """The numbers of the labels, that of classes[0] being `first`."""
    number = {label: first + index for index, label in enumerate(classes)}
    try:
        return [np.array([number[label] for label in labels], np.int32) for labels in y]
    except KeyError as error:
        raise RnnValueError(f"y has the label {error.args[0]!r}, which is none of classes_") from None
    except TypeError as error:
        raise RnnTypeError(f"y has a label that is not hashable: {error}") from None


def weights_of_classes(class_weight: Any, classes: Array, numbers: Array) -> Array | None:
    """The weight of each class, [C], by scikit-learn's rules for class_weight."""
    if class_weight is None:
        return None
    if class_weight != "balanced" and not isinstance(class_weight, Mapping):
        raise RnnValueError(f"class_weight is {class_weight!r}, expected 'balanced', a dict or None")
    present = np.unique(numbers)
    if isinstance(class_weight, Mapping):
        known = classes.tolist()
        unknown = [label for label in class_weight if label not in known]
        if unknown:
            raise RnnValueError(f"class_weight has the label {unknown[0]!r}, which is none of classes_")
        return np.array([class_weight.get(label, 1.0) for label in known])
    weights = np.ones(len(classes))
    weights[present] = compute_class_weight("balanced", classes=present, y=numbers)
    return weights
