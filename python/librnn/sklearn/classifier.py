"""RNNClassifier: the class of a sequence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, column_or_1d

from .._errors import RnnValueError
from ..loss import Loss, softmax
from ._base import Recurrent
from ._labels import weights_of_classes
from ._sequences import Array, check_sequences


class RNNClassifier(ClassifierMixin, Recurrent):  # type: ignore[misc]
    """Classifies sequences of any lengths by a recurrent network.

    Parameters
    ----------
    pooling : str
        What the network classifies by: ``"last_step"``, the last hidden state (of the reverse direction, that of the
        first step), or ``"mean"``, the mean over all steps.
    class_weight : dict, ``"balanced"`` or None
        The weights of the classes in the loss.
    <parameters of all>

    Attributes
    ----------
    classes_ : array [C]
        The different classes, sorted.
    <attributes of all>

    See Also
    --------
    librnn.sklearn : What X may be.

    Examples
    --------
    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> X = [random.standard_normal((random.integers(5, 20), 2)) for _ in range(60)]    # 60 sequences [T,2]
    >>> y = ["up" if x[:, 0].mean() > 0 else "down" for x in X]
    >>> classifier = RNNClassifier(hidden_size=16, epochs=30, random_state=0).fit(X, y)
    >>> classifier.score(X, y) > 0.9
    True
    >>> classifier.predict_proba(X[:3]).shape
    (3, 2)
    """

    pooling: str
    class_weight: Mapping[Any, float] | str | None

    def __init__(self, *, cell: str = "gru", hidden_size: int = 32, num_layers: int = 1, bidirectional: bool = False,
                 pooling: str = "last_step", dropout: float = 0.0, recurrent_dropout: float = 0.0, epochs: int = 50,
                 batch_size: int = 32, optimizer: str = "adam", learning_rate: float = 0.01, schedule: str = "cosine",
                 weight_decay: float | None = None, max_norm: float = 1.0,
                 class_weight: Mapping[Any, float] | str | None = None, standardise: bool = True,
                 early_stopping: bool = False, validation_fraction: float = 0.1, n_iter_no_change: int = 10,
                 warm_start: bool = False, threads: int = 1, random_state: Any = None, verbose: bool = False,
                 network_options: Mapping[str, Any] | None = None) -> None:
        self._keep(locals())

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> RNNClassifier:
        """Train on the sequences X, whose classes are y.

        Parameters
        ----------
        X
            Sequences, see `librnn.sklearn`.
        y : array [N]
            The class of each.
        sample_weight : array [N], optional
            Their weights in the loss; sequences of weight 0 are left out.

        Raises
        ------
        ValueError, TypeError
            Sequences, classes or parameters that do not fit.
        """
        return self._fit(X, y, sample_weight, None, partial=False)

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> RNNClassifier:
        """Train for one epoch on these sequences, and go on from there in the next call.

        Parameters
        ----------
        X, y, sample_weight
            As `fit`.  The first call determines how inputs are standardised.
        classes : array [C]
            All classes that will come; needed in the first call.

        Notes
        -----
        The learning rate is constant, and nothing is held out.
        """
        if classes is None and not hasattr(self, "classes_"):
            raise RnnValueError("classes must be passed on the first call to partial_fit")
        return self._fit(X, y, sample_weight, classes, partial=True)

    def _fit(self, X: Any, y: Any, sample_weight: Any, classes: Any, partial: bool) -> RNNClassifier:
        continues = self._continues(partial)
        x = check_sequences(self, X, reset=not continues)
        self._check_targets(y, len(x))
        y = column_or_1d(check_array(y, ensure_2d=False, dtype=None, input_name="y"), warn=True)
        check_classification_targets(y)
        weights, kept = self._check_weights(sample_weight, x)
        x = [x[index] for index in kept]
        if not continues:
            self.classes_ = np.unique(y if classes is None else classes)
            self._set_scale(x, weights)
            self._create(x[0].shape[1], len(self.classes_), self.pooling)
        numbers = self._numbers(y)[kept]
        loss = Loss("cross_entropy", weights_of_classes(self.class_weight, self.classes_, numbers))
        self._train(self._standardised(x), list(numbers), loss, weights=weights, stratify=numbers, partial=partial)
        return self

    def _numbers(self, y: Array) -> Array:
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise RnnValueError(f"y has the class {unknown.tolist()[0]!r}, which is none of classes_")
        return np.searchsorted(self.classes_, y)

    def predict_proba(self, X: Any) -> Array:
        """The probabilities of the classes, [N,C], in the order of classes_."""
        return softmax(self._run(self._check_new_inputs(X))).astype(np.float64)

    def predict(self, X: Any) -> Array:
        """The likeliest class of each sequence, [N]."""
        logits = self._run(self._check_new_inputs(X))
        found: Array = self.classes_[logits.argmax(axis=1)]
        return found
