"""The floor to publish beside every number: TF-IDF and balanced logistic regression on the same open data.

    python -m training.baseline

Words and pairs of words of the turn and of what it answers, as separate columns; one regression a code.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from training import corpora
from training.corpora import Example
from training.heads import HEADS
from training.scores import f1, kappa, macro_f1, one_f1


def features(train: list[Example], test: list[Example]) -> tuple[Any, Any]:
    """Return the two tables of features."""
    tables: list[tuple[Any, Any]] = []
    for part in (lambda e: e.text, lambda e: e.call or ""):
        words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, lowercase=True)
        tables.append((words.fit_transform([part(e) for e in train]), words.transform([part(e) for e in test])))
    return hstack([t[0] for t in tables]).tocsr(), hstack([t[1] for t in tables]).tocsr()


def main() -> None:
    """Print the floor for verdict, met, stance and expression on the dev part of `attunement_coded`."""
    train = corpora.examples("attunement_authored", "train") + corpora.examples("attunement_coded_open", "train")
    test = corpora.examples("attunement_coded", "dev")
    report: dict[str, Any] = {}
    fit, held = _with("verdict", train), _with("verdict", test)
    x, z = features(fit, held)
    y = np.array([e.labels["verdict"] for e in fit])
    truth = np.array([e.labels["verdict"] for e in held])
    guess = _regression().fit(x, y).predict(z)
    met = _regression().fit(x, y < 2).predict(z)
    report["verdict"] = {"kappa": round(kappa(guess, truth), 3), "macro_f1": one_f1(guess, truth, 4), "n": len(truth)}
    report["met"] = {"kappa": round(kappa(met, truth < 2), 3)}
    for name in ("stance", "expression"):
        fit, held = _with(name, train), _with(name, test)
        x, z = features(fit, held)
        y, t = (np.array([e.labels[name] for e in part]) > 0.5 for part in (fit, held))
        g = np.stack([_regression().fit(x, y[:, c]).predict(z) for c in range(y.shape[1])], axis=1)
        per_code = {code: round(f1(g[:, c], t[:, c]), 3) for c, code in enumerate(HEADS[name].codes)}
        report[name] = {"macro_f1": macro_f1(g, t), "per_code": per_code}
    print(json.dumps(report, indent=1))


def _with(name: str, examples: list[Example]) -> list[Example]:
    if name == "stance":
        return [e for e in examples if "stance" in e.labels and ("verdict" in e.labels or max(e.labels["stance"]) > 0)]
    return [e for e in examples if name in e.labels]


def _regression() -> LogisticRegression:
    return LogisticRegression(class_weight="balanced", C=3.0, max_iter=400)


if __name__ == "__main__":
    main()
