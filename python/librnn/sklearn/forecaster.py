"""Forecaster: the next values of series."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import r2_score
from sklearn.utils.validation import check_is_fitted, check_scalar

from .._errors import RnnValueError
from ..loss import Loss
from ._base import Recurrent
from ._sequences import Array, moments, real_array


class _Series(NamedTuple):
    """Series and their covariates; and whether there was one series, and whether it had no axis of channels."""

    y: list[Array]  # [T,C] each
    x: list[Array] | None  # [T,K] each
    single: bool
    flat: bool


class Forecaster(Recurrent):
    """Forecasts series by a recurrent network, many steps ahead.

    The network reads a window of the past, then the steps of the future, whose values are not given but whose
    covariates are, and outputs a forecast at each of these.  It learns from all windows of all series.  In each window
    the values are shifted and scaled by the mean and deviation of its past; so the level of a series does not matter.

    Parameters
    ----------
    horizon : int
        Steps ahead that the network learns.  Forecasts further ahead continue from its own forecasts.
    window : int or None
        Steps of the past that it reads; None: three times the horizon.
    stride : int
        Steps from one window to the next in training.
    loss : str
        ``"squared_error"``, ``"absolute_error"`` or ``"huber"``.
    quantiles : list of float or None
        Levels, each above 0 and below 1: the network learns these quantiles of each value by the pinball loss instead
        of `loss`.  `predict` then returns the one whose level is nearest to 0.5, `predict_quantiles` all of them.
    <parameters of all>

    Attributes
    ----------
    <attributes of all>

    Notes
    -----
    `standardise` applies to the covariates; mean_ and scale_ are theirs.  With `early_stopping` the last windows of
    each series are held out.  n_features_in_ is the number of channels of a series.

    Examples
    --------
    >>> import numpy as np
    >>> y = 20 + np.sin(np.arange(200) / 3)
    >>> forecaster = Forecaster(horizon=10, epochs=30, random_state=0).fit(y)
    >>> forecast = forecaster.predict(12)
    >>> bool(np.abs(forecast - 20 - np.sin(np.arange(200, 212) / 3)).max() < 0.3)
    True
    >>> forecaster.predict([1, 5]).shape
    (2,)
    >>> noisy = y + np.random.default_rng(0).normal(0, 0.2, 200)
    >>> forecaster = Forecaster(horizon=10, quantiles=[0.1, 0.5, 0.9], epochs=5, random_state=0).fit(noisy)
    >>> forecaster.predict_quantiles().shape
    (10, 3)
    """

    horizon: int
    window: int | None
    stride: int
    loss: str
    quantiles: Any
    bidirectional = False  # a forecast cannot read the future

    def __init__(self, *, horizon: int = 10, window: int | None = None, stride: int = 1, cell: str = "gru",
                 hidden_size: int = 32, num_layers: int = 1, dropout: float = 0.0, recurrent_dropout: float = 0.0,
                 epochs: int = 30, batch_size: int = 32, loss: str = "squared_error", optimizer: str = "adam",
                 learning_rate: float = 0.01, schedule: str = "cosine", weight_decay: float | None = None,
                 max_norm: float = 1.0, standardise: bool = True, early_stopping: bool = False,
                 validation_fraction: float = 0.1, n_iter_no_change: int = 10, warm_start: bool = False,
                 threads: int = 1, random_state: Any = None, verbose: bool = False,
                 network_options: Mapping[str, Any] | None = None, quantiles: Any = None) -> None:
        self._keep(locals())

    # ---- arguments ----

    def _check_sizes(self) -> None:
        for name in ("horizon", "stride"):
            check_scalar(getattr(self, name), name, numbers.Integral, min_val=1)
        if self.window is not None:
            check_scalar(self.window, "window", numbers.Integral, min_val=1)

    def _loss(self) -> Loss:
        if self.quantiles is None:
            return Loss(self.loss)  # type: ignore[arg-type]
        return Loss("quantile", quantiles=self.quantiles)

    def _past(self) -> int:
        return 3 * self.horizon if self.window is None else self.window

    def _check_length(self, index: int, y: Array, needed: int) -> None:
        if len(y) < needed:
            rest = f" and a horizon of {self.horizon}" if needed > self._past() else ""
            raise RnnValueError(f"y[{index}] has {len(y)} steps, expected at least {needed}, a window of "
                                f"{self._past()}{rest}")

    @staticmethod
    def _series(y: Any, X: Any, ahead: int = 0) -> _Series:
        """The series and covariates; X has `ahead` steps more than y."""
        single = _is_single(y)
        ys = [_array(f"y[{index}]", one, "C") for index, one in enumerate([y] if single else y)]
        if not ys:
            raise RnnValueError("y has no series")
        for index, one in enumerate(ys):
            if one.shape[1:] != ys[0].shape[1:]:
                raise RnnValueError(f"y[{index}] has shape {one.shape}, but y[0] has {ys[0].shape}")
        flat, xs = ys[0].ndim == 1, None
        ys = [one.reshape(len(one), -1) for one in ys]
        if X is not None:
            given = [X] if single else list(X)
            if len(given) != len(ys):
                raise RnnValueError(f"X has the covariates of {len(given)} series, expected {len(ys)}")
            xs = [_array(f"X[{index}]", one, "K") for index, one in enumerate(given)]
            xs = [one.reshape(len(one), -1) for one in xs]
            for index, (one, of_y) in enumerate(zip(xs, ys)):
                if len(one) != len(of_y) + ahead:
                    further = f" and {ahead} future ones" if ahead else ""
                    raise RnnValueError(f"X[{index}] has {len(one)} steps, expected {len(of_y) + ahead}, the steps of "
                                        f"y[{index}]{further}")
                if one.shape[1] != xs[0].shape[1]:
                    raise RnnValueError(f"X[{index}] has {one.shape[1]} covariates, X[0] has {xs[0].shape[1]}")
        return _Series(ys, xs, single, flat)

    # ---- windows ----

    def _inputs(self, y: Array, x: Array | None) -> tuple[Array, Array, Array]:
        """The input of the network [window + horizon, C+K+1], and mean and deviation of the past [C].

        y [window,C] is scaled; x [window + horizon,K] is standardised; the last feature is 1 in the future.
        """
        mean, scale = moments([y])
        ahead = self.horizon
        future = np.zeros((ahead, y.shape[1]))
        parts = [np.concatenate([(y - mean) / scale, future]),
                 np.repeat([[0.0], [1.0]], [len(y), ahead], axis=0)]
        if x is not None:
            parts.insert(1, (x - self.mean_) / self.scale_)
        return np.concatenate(parts, axis=1).astype(np.float32), mean, scale

    def _windows(self, series: _Series) -> tuple[list[Array], list[Array], list[int]]:
        """Inputs and targets of all windows, and the number of the series of each."""
        past, total = self._past(), self._past() + self.horizon
        inputs, targets, owners = [], [], []
        for index, y in enumerate(series.y):
            self._check_length(index, y, total)
            for begin in range(0, len(y) - total + 1, self.stride):
                x = None if series.x is None else series.x[index][begin:begin + total]
                given, mean, scale = self._inputs(y[begin:begin + past], x)
                inputs.append(given)
                targets.append(((y[begin:begin + total] - mean) / scale).astype(np.float32))
                owners.append(index)
        return inputs, targets, owners

    def _last_windows(self, owners: list[int]) -> tuple[Any, Any]:
        """The numbers of the windows to train on, and of the last ones of each series, which are held out.

        Windows between them, whose future has steps that are held out, are left out.
        """
        training: list[int] = []
        held_out: list[int] = []
        of_windows = np.array(owners)
        for owner in np.unique(of_windows):
            own = np.flatnonzero(of_windows == owner).tolist()
            begin = len(own) - round(self.validation_fraction * len(own))
            held_out += own[begin:]
            training += own[:max(0, begin - (self.horizon - 1) // self.stride)]
        if not held_out or not training:
            raise RnnValueError(f"validation_fraction is {self.validation_fraction}, which holds out {len(held_out)} of "
                                f"{len(owners)} windows and leaves {len(training)} to train on")
        return training, held_out

    # ---- estimator ----

    def fit(self, y: Any, X: Any = None) -> Forecaster:
        """Train on series.

        Parameters
        ----------
        y : array [T] or [T,C], or a list of such arrays
            A series of one or of C channels; or several of any lengths.
        X : array [T,K], or a list of such arrays, optional
            Covariates of the same steps.  `predict` needs those of the future.

        Raises
        ------
        ValueError, TypeError
            Series or parameters that do not fit.
        """
        continues = self._continues(partial=False)
        self._check_sizes()
        loss = self._loss()
        series = self._series(y, X)
        channels, covariates = series.y[0].shape[1], 0 if series.x is None else series.x[0].shape[1]
        if not continues:
            self.n_features_in_, self._covariates = channels, covariates
            self.mean_, self.scale_ = np.zeros(0), np.ones(0)
            if series.x is not None:
                self._set_scale(series.x, None)
        self._check_fitting(series)
        inputs, targets, owners = self._windows(series)
        if not continues:
            self._create(channels + covariates + 1, channels * loss.outputs_of_target, "every_step")
            self._levels = None if self.quantiles is None else np.array(self.quantiles, dtype=float)
        mask = np.repeat([0.0, 1.0], [self._past(), self.horizon])
        self._train(inputs, targets, loss, mask=[mask] * len(inputs),
                    held_out=self._last_windows(owners) if self.early_stopping else None)
        past = self._past()
        self._trained = series._replace(y=[one[-past:] for one in series.y],
                                        x=None if series.x is None else [one[-past:] for one in series.x])
        return self

    def _check_fitting(self, series: _Series) -> None:
        channels, covariates = series.y[0].shape[1], 0 if series.x is None else series.x[0].shape[1]
        if channels != self.n_features_in_:
            raise RnnValueError(f"y has {channels} channels, but Forecaster is expecting {self.n_features_in_}")
        if covariates != self._covariates:
            raise RnnValueError(f"X has {covariates} covariates, but Forecaster is expecting {self._covariates}")

    def predict(self, fh: Any = None, X: Any = None, y: Any = None) -> Array:
        """The next values of the series of `fit`, or of others.

        Parameters
        ----------
        fh : int or list of int, optional
            Forecasting horizon: the number of steps ahead, or which steps ahead, 1 being the next; default `horizon`.
        X : array [max(fh),K], or a list of such arrays, optional
            The covariates of the future steps; with `y`, those of its steps and then of the future ones.
        y : array [T] or [T,C], or a list of such arrays, optional
            Series to continue instead of those of `fit`, each at least as long as the window.

        Returns
        -------
        array [len(fh)] or [len(fh),C]
            For several series, with an axis for them in front.
        """
        return self._forecast(fh, X, y, all_levels=False)

    def predict_quantiles(self, fh: Any = None, X: Any = None, y: Any = None) -> Array:
        """The quantiles of the next values; the arguments are those of `predict`.

        Returns
        -------
        array [len(fh),Q] or [len(fh),C,Q]
            In the order of `quantiles`, and never crossing.  For several series, with an axis for them in front.

        Raises
        ------
        ValueError
            `quantiles` was None in `fit`.

        Notes
        -----
        Forecasts further ahead than `horizon` continue from those of `predict`; their intervals are as wide as within a
        horizon, and so too narrow.
        """
        check_is_fitted(self, "network_")
        if self._levels is None:
            raise RnnValueError("quantiles is None, expected levels: Forecaster(quantiles=[0.1, 0.5, 0.9])")
        return self._forecast(fh, X, y, all_levels=True)

    def _forecast(self, fh: Any, X: Any, y: Any, all_levels: bool) -> Array:
        check_is_fitted(self, "network_")
        steps = self._steps_of(fh)
        ahead = max(steps)
        series = self._trained if y is None else self._series(y, X, ahead)
        if y is None and X is not None:
            future = self._series([np.zeros(ahead)] * len(series.y), [X] if series.single else X)
            self._check_fitting(series._replace(x=future.x))
            series = series._replace(x=[np.concatenate(pair) for pair in zip(series.x or [], future.x or [])])
        elif y is None and self._covariates:
            raise RnnValueError(f"X must be passed: the {self._covariates} covariates of the {ahead} future steps")
        self._check_fitting(series)
        for index, one in enumerate(series.y):
            self._check_length(index, one, self._past())
        found = self._continue(series, ahead, all_levels)[:, np.array(steps) - 1]
        found = found[:, :, 0] if series.flat else found
        return found[0] if series.single else found

    def _steps_of(self, fh: Any) -> list[int]:
        if fh is None:
            fh = self.horizon
        steps: list[Any] = list(range(1, int(fh) + 1)) if isinstance(fh, numbers.Integral) else np.ravel(fh).tolist()
        if not steps or not all(isinstance(step, int) and step >= 1 for step in steps):
            raise RnnValueError(f"fh is {fh!r}, expected an integer of at least 1, or a list of them")
        return steps

    def _outputs(self, inputs: list[Array]) -> list[Array]:
        """What the network returns, scaled, [T,C,Q] each; Q is 1 without quantiles, which do not cross."""
        found = [np.asarray(one).reshape(len(one), self.n_features_in_, -1) for one in self._run(inputs)]
        if self._levels is None:
            return found
        places = np.argsort(np.argsort(self._levels, kind="stable"), kind="stable")
        return [np.sort(one, axis=-1)[..., places] for one in found]

    def _continue(self, series: _Series, ahead: int, all_levels: bool = False) -> Array:
        """Forecasts [N,ahead,C], or [N,ahead,C,Q], a horizon at a time."""
        past, horizon = self._past(), self.horizon
        known = [y[-past:] for y in series.y]
        blocks = -(-ahead // horizon)
        middle = 0 if self._levels is None else int(np.argmin(np.abs(self._levels - 0.5)))
        levels: list[Array] = []
        covariates: list[Any] = [None] * len(known)
        if series.x is not None:  # from the begin of the window on; the last block may exceed what is given
            covariates = [np.pad(x[len(x) - ahead - past:], ((0, blocks * horizon - ahead), (0, 0)), mode="edge")
                          for x in series.x]
        for begin in range(0, blocks * horizon, horizon):
            end = begin + past + horizon
            given = [self._inputs(y[begin:], None if x is None else x[begin:end])
                     for y, x in zip(known, covariates)]
            found = [one[past:] * scale[:, None] + mean[:, None]
                     for one, (_, mean, scale) in zip(self._outputs([inputs for inputs, _, _ in given]), given)]
            levels.append(np.stack(found))
            known = [np.concatenate([y, one[..., middle]]) for y, one in zip(known, found)]
        return np.concatenate(levels, axis=1)[:, :ahead] if all_levels else np.stack(known)[:, past:past + ahead]

    def score(self, y: Any, X: Any = None) -> float:
        """R squared of forecasts: each series, but for its first window, is forecast a horizon at a time, from what is
        before.  A rest at its begin that is shorter than a horizon is left out."""
        check_is_fitted(self, "network_")
        series = self._series(y, X)
        self._check_fitting(series)
        past, horizon = self._past(), self.horizon
        known, right, covariates = [], [], []
        for index, one in enumerate(series.y):
            self._check_length(index, one, past + horizon)
            for now in range(len(one) - horizon, past - 1, -horizon):
                known.append(one[now - past:now])
                right.append(one[now:now + horizon])
                if series.x is not None:
                    covariates.append(series.x[index][now - past:now + horizon])
        found = self._continue(_Series(known, covariates or None, False, False), horizon)
        return float(r2_score(np.concatenate(right), np.concatenate(found)))


def _is_single(y: Any) -> bool:
    """Whether y is one series, and no list of several."""
    if hasattr(y, "__array__"):
        return bool(np.ndim(y) < 3)
    return isinstance(y, (list, tuple)) and len(y) > 0 and np.ndim(y[0]) == 0


def _array(name: str, values: Any, axis: str) -> Array:
    """The values as finite numbers [T] or [T, axis]."""
    array = real_array(name, values)
    if array.ndim not in (1, 2):
        raise RnnValueError(f"{name} has {array.ndim} axes, expected [T] or [T, {axis}]")
    if not np.isfinite(array).all():
        raise RnnValueError(f"{name} contains NaN or infinity; missing values must be imputed")
    return array.astype(np.float64)
