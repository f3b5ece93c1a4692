"""The regressions behind the weights of the lexical coder: logistic and softmax with a Gaussian prior, and a ridge."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.optimize import minimize

__all__ = ["Fit", "fit_logistic", "fit_ridge", "fit_softmax"]


class Fit(NamedTuple):
    """Log-odds of one output: a weight a feature and a bias."""

    weights: np.ndarray
    bias: float


def fit_logistic(
    x: sparse.csr_matrix, y: np.ndarray, weight: np.ndarray, prior: np.ndarray, strength: np.ndarray
) -> Fit:
    """Fit log-odds with a Gaussian prior: mean `prior`, precision `strength` a feature; the bias is free."""
    rate = np.clip(np.average(y, weights=weight), 1e-4, 1 - 1e-4)

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        w, b = theta[:-1], theta[-1]
        z = x @ w + b
        p = 1 / (1 + np.exp(-np.clip(z, -50, 50)))
        value = np.sum(weight * (np.logaddexp(0, z) - y * z)) + 0.5 * np.sum(strength * (w - prior) ** 2)
        residual = weight * (p - y)
        return value, np.append(x.T @ residual + strength * (w - prior), residual.sum())

    start = np.append(prior, np.log(rate / (1 - rate)))
    result = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return Fit(result.x[:-1], float(result.x[-1]))


def fit_softmax(
    x: sparse.csr_matrix | np.ndarray, y: np.ndarray, weight: np.ndarray, prior: np.ndarray, strength: float
) -> tuple[np.ndarray, np.ndarray]:
    """Fit one label of several; `prior` has shape (features, labels). Gives weights of that shape, and biases."""
    shape = prior.shape
    onehot = np.eye(shape[1])[y]

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        w, b = theta[: prior.size].reshape(shape), theta[prior.size :]
        z = x @ w + b
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z)
        total = p.sum(axis=1, keepdims=True)
        at = z[np.arange(len(y)), y] - np.log(total[:, 0])
        residual = weight[:, None] * (p / total - onehot)
        gradient = x.T @ residual + strength * (w - prior)
        value = -np.sum(weight * at) + 0.5 * strength * np.sum((w - prior) ** 2)
        return value, np.concatenate((gradient.ravel(), residual.sum(axis=0)))

    start = np.concatenate((prior.ravel(), np.log(onehot.mean(axis=0) + 1e-3)))
    result = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return result.x[: prior.size].reshape(shape), result.x[prior.size :]


def fit_ridge(x: sparse.csr_matrix, y: np.ndarray, weight: np.ndarray, strength: float) -> Fit:
    """Fit a value by least squares with a ridge; the bias is free."""
    design = sparse.hstack([x, sparse.csr_matrix(np.ones((len(y), 1)))]).tocsr()
    gram = (design.T @ design.multiply(weight[:, None])).toarray()
    gram[np.diag_indices(gram.shape[0] - 1)] += strength
    gram[-1, -1] += 1e-6
    solved = np.linalg.solve(gram, design.T @ (weight * y))
    return Fit(solved[:-1], float(solved[-1]))
