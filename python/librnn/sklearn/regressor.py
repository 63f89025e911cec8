"""RNNRegressor: real numbers for a sequence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_array

from .._errors import RnnValueError
from ..loss import Loss
from ._base import Recurrent
from ._sequences import Array, check_sequences, moments


class RNNRegressor(RegressorMixin, Recurrent):  # type: ignore[misc]
    """Predicts one or several real numbers for each sequence by a recurrent network.

    The targets are standardised inside, and predictions are of their scale.

    Parameters
    ----------
    pooling : str
        What the network predicts from: ``"last_step"``, the last hidden state (of the reverse direction, that of the
        first step), or ``"mean"``, the mean over all steps.
    loss : str
        ``"squared_error"``, ``"absolute_error"`` or ``"huber"``.
    <parameters of all>

    Attributes
    ----------
    <attributes of all>

    See Also
    --------
    librnn.sklearn : What X may be.

    Examples
    --------
    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> X = [random.standard_normal((random.integers(5, 20), 2)) for _ in range(60)]    # 60 sequences [T,2]
    >>> y = [x[:, 0].mean() for x in X]
    >>> regressor = RNNRegressor(pooling="mean", hidden_size=16, batch_size=8, random_state=0).fit(X, y)
    >>> regressor.score(X, y) > 0.9
    True
    """

    pooling: str
    loss: str

    def __init__(self, *, cell: str = "gru", hidden_size: int = 32, num_layers: int = 1, bidirectional: bool = False,
                 pooling: str = "last_step", dropout: float = 0.0, recurrent_dropout: float = 0.0, epochs: int = 50,
                 batch_size: int = 32, loss: str = "squared_error", optimizer: str = "adam",
                 learning_rate: float = 0.01, schedule: str = "cosine", weight_decay: float | None = None,
                 max_norm: float = 1.0, standardise: bool = True, early_stopping: bool = False,
                 validation_fraction: float = 0.1, n_iter_no_change: int = 10, warm_start: bool = False,
                 threads: int = 1, random_state: Any = None, verbose: bool = False,
                 network_options: Mapping[str, Any] | None = None) -> None:
        self._keep(locals())

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> RNNRegressor:
        """Train on the sequences X, whose targets are y.

        Parameters
        ----------
        X
            Sequences, see `librnn.sklearn`.
        y : array [N] or [N,K]
            One number, or K, for each.
        sample_weight : array [N], optional
            Their weights in the loss; sequences of weight 0 are left out.

        Raises
        ------
        ValueError, TypeError
            Sequences, targets or parameters that do not fit.
        """
        return self._fit(X, y, sample_weight, partial=False)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> RNNRegressor:
        """Train for one epoch on these sequences, and go on from there in the next call.

        The first call determines how inputs and targets are standardised.  The learning rate is constant, and nothing
        is held out.
        """
        return self._fit(X, y, sample_weight, partial=True)

    def _fit(self, X: Any, y: Any, sample_weight: Any, partial: bool) -> RNNRegressor:
        continues = self._continues(partial)
        x = check_sequences(self, X, reset=not continues)
        self._check_targets(y, len(x))
        y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
        outputs = y.reshape(len(x), -1)
        weights, kept = self._check_weights(sample_weight, x)
        x, outputs = [x[index] for index in kept], outputs[kept]
        if not continues:
            self._one_number = y.ndim == 1
            self._set_scale(x, weights)
            self._y_mean, self._y_scale = moments([one[None] for one in outputs], weights)
            self._create(x[0].shape[1], outputs.shape[1], self.pooling)
        elif outputs.shape[1] != len(self._y_mean):
            raise RnnValueError(f"y has {outputs.shape[1]} numbers for each sequence, expected {len(self._y_mean)}")
        targets = list(((outputs - self._y_mean) / self._y_scale).astype(np.float32))
        self._train(self._standardised(x), targets, Loss(self.loss), weights=weights,  # type: ignore[arg-type]
                    partial=partial)
        return self

    def predict(self, X: Any) -> Array:
        """The prediction for each sequence, [N], or [N,K] if the targets were that."""
        y: Array = self._run(self._check_new_inputs(X)) * self._y_scale + self._y_mean
        return y[:, 0] if self._one_number else y
