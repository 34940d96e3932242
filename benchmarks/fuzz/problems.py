"""Random problems: an operator, data that fit it, groups, and numbers of useful size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import (
    Channelwise,
    Composition,
    Convolution,
    HalfPlaneFourier,
    Joint,
    Matrix,
    PartialFourier,
    Replicated,
    TimeVaryingConvolution,
    Wavelet,
    as_operator,
)
from groupsparse.toolkit.problem import Problem

from .arrays import as_function, draw_matrix, dress
from .draw import Draw
from .expressions import Made, Method
from .losses import draw_loss


@dataclass
class Setting:
    """What random parameters must suit: sizes, the norm of the data, a useful strength."""

    n_rows: int = 6
    n_features: int = 8
    n_channels: int = 1
    n_groups: int = 8
    norm: float = 1.0
    strength: float = 0.5
    image_shape: tuple[int, ...] = (8, 8)

    def measure(self, matrix: Any, data: Any) -> None:
        """Set the norm of data, and a strength of the size of the correlations with them."""
        with np.errstate(all="ignore"):
            try:
                plain = np.asarray(_plain(data), dtype=np.clongdouble)
                self.norm = _size(np.linalg.norm(_safe(plain)))
                columns = np.asarray(_plain(matrix), dtype=np.clongdouble)
                self.strength = _size(np.abs(columns.T.conj() @ plain).max(initial=0)) / 2
            except (TypeError, ValueError):
                return


def _plain(value: Any) -> Any:
    """Return the array inside a layout or container."""
    while isinstance(value, Made):
        value = value.args[0]
    return value.toarray() if hasattr(value, "toarray") else value


def _safe(values: Any) -> Any:
    scale = np.abs(values).max(initial=0)
    return values / scale * float(min(scale, 1e300)) if scale > 0 else values


def _size(value: Any) -> float:
    number = float(value)
    return number if 0 < number < np.inf else 1.0


def draw_matrix_shape(draw: Draw) -> tuple[int, int]:
    """Return the shape of a matrix: wide, tall, of one row or column, or empty."""
    if draw.odd("empty matrix", 0.01):
        return draw.pick("empty shape", [(0, 3), (3, 0), (0, 0)])
    n_rows, n_columns = draw.count("rows", 2), draw.count("columns", 2)
    if draw.odd("one row", 0.03):
        n_rows = 1
    if draw.odd("one column", 0.03):
        n_columns = 1
    return n_rows, n_columns


def draw_problem(draw: Draw) -> tuple[Made[Problem], Setting]:
    """Return a problem and the setting of its parameters."""
    kinds = (_draw_matrix_problem,) * 7 + (
        _draw_channelwise, _draw_fourier, _draw_convolution, _draw_composition,
    )  # fmt: skip
    return draw.pick("kind of problem", kinds)(draw)


def _draw_matrix_problem(draw: Draw) -> tuple[Made[Problem], Setting]:
    """Return a problem with a matrix in some container, one or several channels."""
    shape = draw_matrix_shape(draw)
    setting = Setting(*shape, n_channels=draw.pick("channels", [1, 1, 2, 3, 5]))
    matrix = dress(draw, "matrix", draw_matrix(draw, "matrix", *shape))
    if isinstance(matrix, np.ndarray) and matrix.dtype.kind in "fc" and draw.odd("function", 0.05):
        matrix = as_function(matrix)
    data_shape = (shape[0], setting.n_channels) if setting.n_channels > 1 else shape[:1]
    if draw.odd("wrong shape of data", 0.01):
        data_shape = (shape[0] + 1, *data_shape[1:])
    data = dress(draw, "data", _draw_data(draw, _plain(matrix), data_shape))
    given, data = draw_loss(draw, data_shape, data)
    if "loss" not in given:
        setting.measure(matrix, data)
    groups = draw_groups(draw, setting)
    return Made(Problem, matrix, data, groups, **given), setting


def _draw_data(draw: Draw, matrix: Any, shape: tuple[int, ...]) -> Any:
    """Return data: of a few columns with a little noise, or noise, or zero."""
    noise = draw.normal("noise", shape)
    if draw.odd("zero data", 0.02):
        return np.zeros(shape)
    if draw.odd("constant data", 0.01):
        return np.ones(shape)
    if draw.odd("rank-one data", 0.03) and len(shape) == 2 and 0 not in shape:
        return np.outer(noise[:, 0], noise[0]).round(3)
    values = np.asarray(matrix) if isinstance(matrix, np.ndarray) else np.empty(0)
    usable = values.dtype.kind in "fiu" and values.ndim == 2 and values.shape[:1] == shape[:1]
    if draw.chance("explained") < 0.3 or not usable or not np.isfinite(values).all():
        return noise
    columns = values[:, ::4]
    with np.errstate(all="ignore"):
        size = np.abs(columns).max(initial=0) or 1
        signal = (columns / size) @ draw.normal("truth", (columns.shape[1], *shape[1:]))
    share = draw.pick("noise share", [0.0, 0.01, 0.1])
    return np.asarray(signal + share * noise, dtype=float).round(4)


def draw_groups(draw: Draw, setting: Setting) -> Any:
    """Return groups of features in one of the forms that users pass."""
    n = setting.n_features
    forms = ("none", "size", "labels", "free", "lists", "overlap", "groups", "none", "size")
    form = draw.pick("form of groups", forms)
    setting.n_groups = n
    if draw.odd("wrong groups", 0.02):
        return draw.pick(
            "which wrong groups",
            [0, -1, 2.5, n + 1, "x", [], [0.5] * n, [[0], [n + 3]], [1] * n, [[0, 0]], True, {}],
        )
    if n == 0 or form == "none":
        return None
    size = draw.pick("group size", [d for d in (1, 2, 3, 4, 5, n) if n % d == 0])
    setting.n_groups = n // size
    if form == "size":
        return size
    if form in ("labels", "free"):
        labels = [place // size for place in range(n)]
        if form == "free" and draw.odd("unpenalised", 0.5):
            labels = [label - 1 for label in labels]
            setting.n_groups -= 1
        as_array = draw.chance("labels as array") < 0.5
        return np.array(labels) if as_array else labels
    lists = [list(range(begin, begin + size)) for begin in range(0, n, size)]
    if form == "overlap":
        lists = [[*members, (members[-1] + 1) % n] if size < n else members for members in lists]
    if form == "groups":
        return Made(Groups.from_sizes, [size] * setting.n_groups)
    return lists


def _draw_channelwise(draw: Draw) -> tuple[Made[Problem], Setting]:
    """Return a problem with a matrix for each channel, with data stacked or packed."""
    n_channels, (n_rows, n_columns) = draw.count("channels", 1, 3), draw_matrix_shape(draw)
    setting = Setting(n_rows, n_columns, n_channels)
    ragged = draw.odd("channels of different length", 0.2)
    matrices = [
        dress(
            draw, "matrix", draw_matrix(draw, f"matrix {k}", n_rows + k * ragged, n_columns), True
        )
        for k in range(n_channels)
    ]
    operators = [Made(Matrix, matrix) for matrix in matrices]
    n_packed = sum(n_rows + k for k in range(n_channels))
    shape = (n_packed,) if ragged and n_channels > 1 else (n_rows, n_channels)
    data = dress(draw, "data", draw.normal("data", shape))
    setting.measure(matrices[0], draw.normal("data", (n_rows,)))
    setting.measure(np.ones((1, 1)), np.ones(1))
    return Made(Problem, Made(Channelwise, operators), data, draw_groups(draw, setting)), setting


def _draw_fourier(draw: Draw) -> tuple[Made[Problem], Setting]:
    """Return a problem with Fourier samples of one or several images, in wavelets or pixels."""
    shape = (draw.count("height", 1, 6), draw.count("width", 2, 6))
    kind = draw.pick("Fourier", [PartialFourier, HalfPlaneFourier])
    mask = draw.rng("mask").random(shape) < 0.6
    mask[0, 0] = True
    fourier = Made(kind, mask)
    operator: Any = fourier
    if shape[0] % 2 == shape[1] % 2 == 0 and draw.chance("wavelet") < 0.6:
        operator = Made(Composition, fourier, Made(Wavelet, shape, "haar", 1))
    n_channels = draw.count("channels", 1, 3)
    size = int(kind(mask).range_shape[0])
    data: Any = draw.normal("samples", (n_channels, size))
    if kind is PartialFourier:
        data = data + 1j * draw.normal("imaginary samples", data.shape)
    setting = Setting(size, shape[0] * shape[1], n_channels, shape[0] * shape[1], image_shape=shape)
    setting.norm = _size(np.linalg.norm(data))
    groups = Made(Groups.across, 0)
    return Made(Problem, operator, dress(draw, "data", data), groups), setting


def _draw_convolution(draw: Draw) -> tuple[Made[Problem], Setting]:
    """Return a problem with a convolution, the same at all times or not."""
    n, n_lags = draw.count("samples", 3), draw.count("lags", 1, 5)
    n_lags = min(n_lags, n)
    setting = Setting(n, n, draw.count("channels", 1, 3), n)
    if draw.chance("time-varying") < 0.5:
        wavelet = dress(draw, "wavelet", draw.normal("wavelet", (n_lags,)), True)
        operator: Made[Any] = Made(Convolution, wavelet, n)
    else:
        wavelet = dress(draw, "wavelet", draw.normal("wavelet", (n, n_lags)), True)
        operator = Made(TimeVaryingConvolution, wavelet, n)
    data = dress(draw, "data", draw.normal("data", (setting.n_channels, n)))
    setting.measure(np.ones((1, 1)), np.ones(1))
    return Made(Problem, operator, data, Made(Groups.across, 0)), setting


def _draw_composition(draw: Draw) -> tuple[Made[Problem], Setting]:
    """Return a problem with a product of matrices, repeated columns, or channels stated."""
    n_rows, n_columns = draw_matrix_shape(draw)
    setting = Setting(n_rows, n_columns)
    matrix = dress(draw, "matrix", draw_matrix(draw, "matrix", n_rows, n_columns), True)
    inner = Made(as_operator, matrix)
    form = draw.pick("form", ["product", "copies", "joint"])
    data_shape: tuple[int, ...] = (n_rows,)
    if form == "product":
        setting.n_features = draw.count("features", 1)
        right = draw_matrix(draw, "right", n_columns, setting.n_features)
        operator: Made[Any] = Method(inner, "__matmul__", Made(Matrix, right))
    elif form == "copies":
        originals = np.arange(n_columns + 2) % max(n_columns, 1)
        setting.n_features = originals.size
        operator = Made(Replicated, inner, originals)
    else:
        setting.n_channels = draw.count("channels", 1, 3)
        operator = Made(Joint, inner, setting.n_channels)
        data_shape = (n_rows, setting.n_channels)
    data = dress(draw, "data", draw.normal("data", data_shape))
    setting.measure(np.ones((1, 1)), np.ones(1))
    return Made(Problem, operator, data, draw_groups(draw, setting)), setting
