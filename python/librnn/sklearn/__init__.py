"""Estimators for scikit-learn, of sequences of any lengths.

    from librnn.sklearn import RNNClassifier

    classifier = RNNClassifier(cell="gru", hidden_size=64, epochs=40, random_state=0)
    classifier.fit(X, y)                    # X: a list of arrays [T,F] of any lengths, y: the class of each
    classifier.predict_proba(X_new)

`RNNClassifier` and `RNNRegressor` have one target for each sequence, `SequenceTagger` one label for each step,
`CTCRecogniser` a sequence of labels without alignment, and `Forecaster` continues series.  They are for ``Pipeline``,
``GridSearchCV``, ``cross_val_score`` and ``joblib`` as other estimators are.

What X may be, for all of them:

- a list of arrays [T,F], one for each sequence: T steps, which may differ, of F features.  An array [T] has one feature;
- an array [N,T,F] of N sequences of equal length;
- an array, list of lists or data frame [n_samples, n_features], as scikit-learn has it: each row is a sequence of
  n_features steps of one feature, as a time series is stored in a table.  For F features of a single step, give an
  array [N,1,F];
- what `from_aeon` makes of the collections of aeon and sktime.
"""

try:
    import sklearn as _sklearn  # noqa: F401
except ImportError:
    raise ImportError("librnn.sklearn needs scikit-learn: pip install 'librnn[sklearn]'") from None

from ._sequences import from_aeon
from .classifier import RNNClassifier
from .ctc import CTCRecogniser
from .forecaster import Forecaster
from .regressor import RNNRegressor
from .tagger import SequenceTagger

__all__ = ["CTCRecogniser", "Forecaster", "RNNClassifier", "RNNRegressor", "SequenceTagger", "from_aeon"]
