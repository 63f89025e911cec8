"""SequenceTagger: a label for each step."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np

from .._errors import RnnValueError
from ..loss import Loss, softmax
from ._base import Recurrent
from ._labels import classes_of, label_lists, numbers_of, weights_of_classes
from ._sequences import Array, check_sequences


class SequenceTagger(Recurrent):
    """Labels every step of sequences of any lengths by a recurrent network.

    Parameters
    ----------
    class_weight : dict, ``"balanced"`` or None
        The weights of the labels in the loss.
    <parameters of all>

    Attributes
    ----------
    classes_ : array [C] of objects
        The different labels, sorted if they can be compared.
    <attributes of all>

    See Also
    --------
    librnn.sklearn : What X may be.

    Examples
    --------
    Is the value at this step above the one before?

    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> X = [random.standard_normal(random.integers(5, 20)) for _ in range(100)]        # 100 sequences [T]
    >>> y = [["rise" if rise else "fall" for rise in np.diff(x, prepend=0) > 0] for x in X]
    >>> tagger = SequenceTagger(bidirectional=False, hidden_size=16, random_state=0).fit(X, y)
    >>> tagger.score(X, y) > 0.95
    True
    >>> tagger.predict([[[1.0], [2.0], [0.0]]])
    [['rise', 'rise', 'fall']]
    """

    class_weight: Mapping[Any, float] | str | None

    def __init__(self, *, cell: str = "gru", hidden_size: int = 32, num_layers: int = 1, bidirectional: bool = True,
                 dropout: float = 0.0, recurrent_dropout: float = 0.0, epochs: int = 50, batch_size: int = 32,
                 optimizer: str = "adam", learning_rate: float = 0.01, schedule: str = "cosine",
                 weight_decay: float | None = None, max_norm: float = 1.0,
                 class_weight: Mapping[Any, float] | str | None = None, standardise: bool = True,
                 early_stopping: bool = False, validation_fraction: float = 0.1, n_iter_no_change: int = 10,
                 warm_start: bool = False, threads: int = 1, random_state: Any = None, verbose: bool = False,
                 network_options: Mapping[str, Any] | None = None) -> None:
        self._keep(locals())

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> SequenceTagger:
        """Train on the sequences X, whose labels are y.

        Parameters
        ----------
        X
            Sequences, see `librnn.sklearn`.
        y : list of sequences
            For each sequence of X the label of every step; labels are hashable.
        sample_weight : array [N], optional
            The weights of the sequences in the loss; sequences of weight 0 are left out.

        Raises
        ------
        ValueError, TypeError
            Sequences, labels or parameters that do not fit.
        """
        continues = self._continues(partial=False)
        x = check_sequences(self, X, reset=not continues)
        labels = self._check_labels(x, y)
        weights, kept = self._check_weights(sample_weight, x)
        if not continues:
            self.classes_ = classes_of(chain.from_iterable(labels))
        numbers = numbers_of(labels, self.classes_)
        numbers, x = [numbers[index] for index in kept], [x[index] for index in kept]
        if not continues:
            self._set_scale(x, weights)
            self._create(x[0].shape[1], len(self.classes_), "every_step")
        loss = Loss("cross_entropy", weights_of_classes(self.class_weight, self.classes_, np.concatenate(numbers)))
        self._train(self._standardised(x), numbers, loss, weights=weights)
        return self

    def _check_labels(self, x: list[Any], y: Any) -> list[list[Any]]:
        self._check_targets(y, len(x))
        labels = label_lists(y)
        for index, (sequence, of_steps) in enumerate(zip(x, labels)):
            if len(sequence) != len(of_steps):
                raise RnnValueError(f"y[{index}] has {len(of_steps)} labels, expected {len(sequence)}, "
                                    f"one for each step of X[{index}]")
        return labels

    def predict_proba(self, X: Any) -> list[Array]:
        """The probabilities of the labels at each step, an array [T,C] for each sequence."""
        return [softmax(logits).astype(np.float64) for logits in self._run(self._check_new_inputs(X))]

    def predict(self, X: Any) -> list[list[Any]]:
        """The likeliest label of each step, a list for each sequence."""
        return [self.classes_[logits.argmax(axis=1)].tolist() for logits in self._run(self._check_new_inputs(X))]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The proportion of all steps whose label is right."""
        found = self.predict(X)
        labels = self._check_labels(found, y)
        right = [[a == b for a, b in zip(one, other)] for one, other in zip(found, labels)]
        weights = None if sample_weight is None else np.repeat(sample_weight, [len(one) for one in right])
        return float(np.average(np.concatenate(right), weights=weights))
