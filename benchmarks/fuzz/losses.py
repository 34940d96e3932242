"""Random losses with data, weights and offsets, and the same losses by their formulas."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from groupsparse.toolkit.losses import Cox, Huber, Logistic, Loss, Multinomial, Poisson

from .draw import Draw
from .expressions import Made
from .formulas import Wide, widen


def draw_loss(draw: Draw, shape: tuple[int, ...], data: Any) -> tuple[dict[str, Any], Any]:
    """Return keyword arguments of a problem, and data of its loss; mostly none and the given."""
    given: dict[str, Any] = {}
    if 0 in shape:
        return given, data
    if draw.odd("loss", 0.25):
        kind = draw.pick("which loss", [Huber, Logistic, Multinomial, Poisson, Cox])
        given["loss"], made = _draw_data(draw, kind, shape)
        data = data if made is None else made
        if kind is Multinomial:
            shape = (shape[0], 3)
    if draw.odd("weights", 0.15):
        given["weights"] = _draw_weights(draw, shape)
    if len(shape) == 2 and draw.odd("covariance", 0.1):
        factor = draw.normal("covariance", (shape[1], shape[1]))
        whole = factor @ factor.T + draw.pick("noise of all channels", [0.1, 0.1, 0.0, -5.0])
        given["covariance"] = whole.round(6)
    if draw.odd("offset", 0.08):
        given["offset"] = draw.normal("offset", shape) * draw.pick("offsets", [1, 0.1, 30, 1e30])
    return given, data


def _draw_weights(draw: Draw, shape: tuple[int, ...]) -> Any:
    weights = np.abs(draw.normal("weights of data", shape)) + 0.1
    if draw.odd("weights of data that are wrong", 0.08):
        return draw.pick(
            "which wrong weights", [-weights, 0 * weights, "bad", weights * 1j, np.ones((2, 3, 4))]
        )
    if draw.odd("a weight of zero", 0.2):
        weights.flat[0] = 0
    if draw.odd("weights of an extreme size", 0.1):
        return weights * draw.pick("size of weights", [1e-30, 1e30, 1e-300])
    return weights[:1] if draw.chance("weights of one row") < 0.1 else weights


def _draw_data(draw: Draw, kind: type[Loss], shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Return a loss and data of it, None where any real data will do."""
    rng = draw.rng("data of the loss")
    if draw.odd("data that are wrong for the loss", 0.05):
        return Made(kind), draw.pick(
            "which wrong data",
            [rng.standard_normal(shape), np.ones(shape), np.zeros(shape), -np.ones(shape), "bad"],
        )
    if kind is Huber:
        return Made(Huber, draw.pick("threshold", [1.345, 0.1, 1e-30, 1e30])), None
    if kind is Logistic:
        labels = rng.integers(0, 2, shape)
        labels.flat[:2] = [0, 1][: labels.size]
        return Made(Logistic), labels.astype(draw.pick("dtype of labels", ["i8", "f4", "?", "f8"]))
    if kind is Multinomial:
        labels = rng.integers(0, 3, shape[0])
        labels[:3] = [0, 1, 2][: labels.size]
        if draw.chance("one-hot") < 0.3:
            return Made(Multinomial), np.eye(3)[labels]
        return Made(Multinomial), labels
    if kind is Poisson:
        counts = rng.poisson(draw.pick("rate", [0.5, 3, 100]), shape)
        counts.flat[0] += 1
        return Made(Poisson), counts.astype(draw.pick("dtype of counts", ["i8", "f4", "f8"]))
    times = np.ceil(5 * rng.exponential(size=shape[0]) + 0.01)
    events = rng.random(shape[0]) < 0.7
    events[0] = True
    made = Made(Cox, draw.pick("ties", ["efron", "breslow"]))
    return made, np.column_stack([times, events])


_ROUNDING = 1e-15


class Misfit(NamedTuple):
    """A loss at an image, and what rounding may do to it; the infimum is None if unknown."""

    value: Any
    rounding: Any
    infimum: Any
    gradient: Wide


def evaluate(loss: Loss, data: Wide, counts: Wide, image: Wide, errors: Wide) -> Misfit | None:
    """Return the loss of an image with its offset, whose values have such errors.

    `data` are as given, `counts` squared weights. None where the loss is not evaluated exactly.
    """
    if not np.isfinite(image).all() or (not isinstance(loss, Huber) and np.abs(image).max() > 30):
        return None
    if isinstance(loss, Huber):
        delta, roots = np.longdouble(loss.threshold) * np.longdouble(loss.scale), np.sqrt(counts)
        residual = roots * (image - data)
        size = np.abs(residual)
        terms = np.where(size <= delta, size**2 / 2, delta * (size - delta / 2))
        short = np.where(size > 0, np.minimum(1, delta / np.where(size > 0, size, 1)), 1)
        gradient, infimum = roots * residual * short, np.longdouble(0)
    elif isinstance(loss, Logistic):
        p = 1 / (1 + np.exp(-image))
        terms = counts * np.logaddexp(0, (1 - 2 * data) * image)
        gradient, infimum = counts * (p - data), np.longdouble(0)
    elif isinstance(loss, Poisson):
        terms = counts * (np.exp(image) - data * image)
        gradient = counts * (np.exp(image) - data)
        infimum = np.sum(counts * (data - _xlogx(data)))
    elif isinstance(loss, Multinomial):
        labels = data if data.ndim == 2 else widen(np.eye(image.shape[1]))[data.astype(int)]
        totals = labels.sum(axis=1, keepdims=True)
        logs = np.log(np.exp(image).sum(axis=1, keepdims=True))
        others = [np.delete(image, k, axis=1) - image[:, [k]] for k in range(image.shape[1])]
        margins = np.stack([np.log1p(np.exp(other).sum(axis=1)) for other in others], axis=1)
        terms = counts * labels * margins
        sums = (counts * labels).sum(axis=1, keepdims=True)
        gradient = sums * np.exp(image - logs) - counts * labels
        infimum = -np.sum(sums * _xlogx(counts * labels / np.where(sums > 0, sums, 1)))
        if not np.all(totals > 0):
            return None
    else:
        return None
    eps = np.max(errors) / max(np.max(np.abs(image)), np.longdouble(1e-3))
    rounding = np.sum(np.abs(gradient) * errors) + eps * np.sum(np.abs(terms))
    rounding += _ROUNDING * np.sum(counts)  # of logarithms close to zero
    rounding += np.sum(counts * errors**2 * (np.exp(image) if isinstance(loss, Poisson) else 1))
    return Misfit(np.sum(terms), rounding, infimum, gradient)


def conjugate(loss: Loss, data: Wide, counts: Wide, gradient: Wide, scale: Any) -> Any:
    """Return the conjugate of a loss of images with their offset at a scaled gradient, or None."""
    dual = scale * gradient
    if isinstance(loss, Huber):
        roots = np.where(counts > 0, np.sqrt(counts), 1)
        return np.sum((dual / roots) ** 2 / 2 + dual * data)
    shares = np.where(counts > 0, dual / np.where(counts > 0, counts, 1), 0)
    if isinstance(loss, Logistic):
        p = data + shares
        return np.sum(counts * (_xlogx(p) + _xlogx(1 - p)))
    if isinstance(loss, Poisson):
        rates = data + shares
        return np.sum(counts * (_xlogx(rates) - rates))
    return None


def _xlogx(values: Wide) -> Wide:
    inside = values > 0
    return np.where(inside, values * np.log(np.where(inside, values, 1)), 0)
