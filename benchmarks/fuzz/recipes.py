"""What is called: every public name, found in the export lists, with a recipe for its kind."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from groupsparse import datasets
from groupsparse.apps.mri.acquisition import simulate_acquisition
from groupsparse.apps.mri.methods import Settings
from groupsparse.apps.mri.reconstruct import reconstruct
from groupsparse.apps.seismic import InversionSettings, invert
from groupsparse.toolkit import (
    diagnostics,
    estimators,
    groups,
    losses,
    operators,
    penalties,
    problem,
    selection,
    solvers,
)
from groupsparse.toolkit.estimators.group_model import GroupModel
from groupsparse.toolkit.estimators.kinds.classification import ClassificationMixin
from groupsparse.toolkit.estimators.kinds.survival import SurvivalMixin
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.losses import Loss
from groupsparse.toolkit.operators import Operator
from groupsparse.toolkit.penalties import OrthogonallyWeightedL21, Penalty
from groupsparse.toolkit.selection import Rule
from groupsparse.toolkit.solvers.solver import Solver

from .arrays import draw_matrix, dress
from .draw import Draw
from .expressions import Made, Method
from .parameters import WRONG, draw_call, draw_parameter, draw_solver, list_parameters
from .problems import Setting, draw_groups, draw_matrix_shape, draw_problem


@dataclass(frozen=True)
class Call:
    """A call to be judged, and the problem that it solves, if it solves one."""

    subject: str
    made: Made[Any]
    problem: Made[Any] | None = None
    features: Any = None


def _solve(draw: Draw, solver: Any) -> Call:
    """Solve a problem, in half of the cases from drawn coefficients."""
    made, setting = draw_problem(draw)
    args = [made]
    if draw.odd("start", 0.1):
        several = setting.n_channels > 1
        shape = (setting.n_features, setting.n_channels) if several else (setting.n_features,)
        args.append(dress(draw, "start", draw.normal("start", shape)))
    if draw.odd("no problem", 0.003):
        args[0] = draw.pick("which no problem", [None, "bad", [1.0]])
    call = Method(draw_call(draw, solver, setting), "solve", *args)
    return Call(solver.__name__, call, made)


def _read_data(draw: Draw, loss: Any) -> Call:
    """Read data of a loss: labels, counts, survival times, or what is none of them."""
    drawn = draw.normal("data", (6,))
    kinds = [drawn, drawn > 0, np.arange(6) % 3, np.floor(np.abs(3 * drawn))]
    kinds.append(np.stack([np.abs(drawn) + 0.1, drawn > -1], axis=1))
    data = dress(draw, "kind of data", draw.pick("data of a loss", kinds))
    if draw.odd("wrong data", 0.05):
        data = draw.pick("which wrong data", WRONG)
    return Call(loss.__name__, Method(draw_call(draw, loss, Setting(6)), "read_data", data))


def _penalise(draw: Draw, penalty: Any) -> Call:
    """Evaluate a penalty, its step, or its distance, at drawn coefficients."""
    setting = Setting(n_features=draw.count("features", 1), n_channels=draw.count("channels", 1, 3))
    grouping = _draw_grouping(draw, setting, penalty is OrthogonallyWeightedL21)
    size = (setting.n_features, setting.n_channels)
    shape = size if penalty is OrthogonallyWeightedL21 else size[:1]
    x, other = (dress(draw, name, draw.normal(name, shape)) for name in ("x", "y"))
    step = draw.pick("step", [1.0, 0.1, 1e-300, 1e300])
    if draw.odd("wrong step", 0.03):
        step = draw.pick("which wrong step", [-1.0, 0.0, float("nan"), "bad", None, 10**400])
    made = draw_call(draw, penalty, setting)
    arguments = {"x": x, "step": step, "groups": grouping, "gradient": other, "reference": other}
    known = {name for name in dir(penalty) if not name.startswith("_")}
    names = [
        n
        for n in (
            "value",
            "prox",
            "subdifferential_distance",
            "dual_norm",
            "slope",
            "model",
            "weight",
            "violations",
            "weights",
            "with_alpha",
        )
        if n in known
    ]
    method = draw.pick("method", names)
    if method == "with_alpha":
        return Call(
            penalty.__name__, Method(made, method, draw_parameter(draw, "L21", "alpha", setting))
        )
    given = [
        arguments[name] for name in list(inspect.signature(getattr(penalty, method)).parameters)[1:]
    ]
    return Call(penalty.__name__, Method(made, method, *given))


def _draw_grouping(draw: Draw, setting: Setting, over_channels: bool) -> Any:
    n = setting.n_features
    if draw.odd("no grouping", 0.003):
        return draw.pick("which no grouping", [None, 2, "bad", [[0]]])
    if over_channels:
        return Made(_across_channels, n, setting.n_channels)
    size = draw.pick("group size", [d for d in (1, 2, 3, n) if n % d == 0])
    setting.n_groups = n // size
    if draw.odd("overlapping", 0.1) and size < n:
        lists = [[i, (i + 1) % n] for i in range(n)]
        setting.n_groups = n
        return Made(Groups.from_lists, lists, n)
    if draw.odd("unpenalised", 0.1):
        setting.n_groups = max(1, n - 1)
        return Made(Groups.from_labels, [*range(n - 1), -1])
    return Made(Groups.blocks, size, n)


def _across_channels(n_features: int, n_channels: int) -> Groups:
    """Return groups of one feature in all channels."""
    return Groups.across(axis=1).bind((n_features, n_channels))


def _operate(draw: Draw, kind: Any) -> Call:
    """Apply an operator or its adjoint, ask for its columns, or compose it."""
    setting = Setting(*draw_matrix_shape(draw))
    setting.image_shape = draw.pick("image shape", [(4, 4), (5, 3), (1, 4), (6,), (2, 3, 4)])
    made = draw_call(draw, kind, setting)
    what = draw.pick(
        "method",
        [
            "apply",
            "adjoint",
            "columns",
            "column_norms",
            "as_linear_operator",
            "both",
            "compose",
            "repr",
        ],
    )
    if what == "columns":
        return Call(kind.__name__, Method(made, what, np.array([0])))
    if what in ("column_norms", "as_linear_operator"):
        return Call(kind.__name__, Method(made, what))
    if what == "repr":
        return Call(kind.__name__, Made(repr, made))
    if what == "compose":
        other = Made(operators.Matrix, draw.normal("other", (setting.n_rows, setting.n_rows)))
        return Call(kind.__name__, Method(other, "__matmul__", made))
    image = Made(_image_for, made, draw.call, what == "adjoint")
    if draw.odd("wrong image", 0.1):
        image = dress(draw, "image", draw.normal("image", (setting.n_features,)))
    dtype = draw.pick("dtype of image", ["f8", "f4", "c16", "c8", "i8", "?", ">f8", "f2", "g", "O"])
    dressed: Any = Method(image, "astype", dtype) if isinstance(image, Made) else image
    if what == "both":
        return Call(kind.__name__, Made(_test_adjoint, made, dtype))
    return Call(kind.__name__, Method(made, what, dressed))


def _image_for(operator: Operator, seed: int, of_range: bool) -> Any:
    """Return an array in the domain or range of an operator."""
    shape = operator.range_shape if of_range else operator.domain_shape
    return np.random.default_rng(seed).standard_normal(shape).round(2)


def _test_adjoint(operator: Operator, dtype: str) -> float:
    """Return the relative error of ``<A x, y> = <x, A^H y>``."""
    kind = np.dtype(dtype)
    kind = kind if kind.kind in "fc" and kind.itemsize >= 4 else np.dtype(float)
    x = _image_for(operator, 0, False).astype(kind)
    y = _image_for(operator, 1, True).astype(kind)
    forward, backward = operator.apply(x), operator.adjoint(y)
    with np.errstate(all="ignore"):
        left = np.vdot(forward.astype(np.clongdouble), y.astype(np.clongdouble))
        right = np.vdot(x.astype(np.clongdouble), backward.astype(np.clongdouble))
        size = np.linalg.norm(np.abs(forward).astype(np.longdouble)) * np.linalg.norm(y) or 1
        return float(abs((left if kind.kind == "c" or left.imag else left.real) - right) / size)


def _draw_samples(draw: Draw, one_column: bool = False) -> tuple[Any, Any, Setting]:
    n_rows, n_columns = draw_matrix_shape(draw)
    setting = Setting(n_rows, n_columns)
    X = dress(draw, "X", draw_matrix(draw, "X", n_rows, n_columns))
    n_targets = draw.pick("targets", [0, 0, 1, 3])
    shape = (n_rows, n_targets) if n_targets else (n_rows,)
    y = draw.normal("y", shape)
    if n_rows > 0 and n_columns > 1 and n_targets == 0:
        y = (y * 0.1 + draw.normal("X", (n_rows, n_columns))[:, 1]).round(3)
    if draw.odd("whole numbers as y", 0.06):
        y = np.round(y * 2)
    if draw.odd("labels as y", 0.02):
        y = np.where(y > 0, "a", "b")
        return X, y, setting
    if draw.odd("constant y", 0.02):
        y = np.ones(shape)
    return X, dress(draw, "y", y), setting


def _draw_other_targets(draw: Draw, kind: Any, n_rows: int) -> Any:
    """Return labels of classes, or times and events."""
    values = draw.normal("other targets", (n_rows,))
    if issubclass(kind, ClassificationMixin):
        n_classes = draw.pick("classes", [2, 2, 3, 1])
        return dress(draw, "labels", np.floor(np.abs(values) * 2) % n_classes)
    times = np.round(np.abs(values), 1) + draw.pick("least time", [0.1, 0.1, 0.1, 0.0])
    return np.stack([times, values > draw.pick("level", [-1.0, 0.0, -9.0])], axis=1)


def _estimate(draw: Draw, kind: Any) -> Call:
    """Fit an estimator; then predict, score, transform or do nothing."""
    X, y, setting = _draw_samples(draw)
    given: dict[str, Any] = {}
    if "groups" in list_parameters(kind):
        given["groups"] = draw_groups(draw, setting)
    if "alphas" in list_parameters(kind):
        given["alphas"] = draw_parameter(draw, kind.__name__, "n_alphas", setting)
    setting.strength = draw.pick("strength", [0.1, 0.5, 1.0])
    estimator = draw_call(draw, kind, setting, **given)
    if issubclass(kind, ClassificationMixin | SurvivalMixin) and not draw.odd("other y", 0.1):
        y = _draw_other_targets(draw, kind, setting.n_rows)
    args, kwargs = [X, y], {}
    if issubclass(kind, GroupModel) and draw.odd("sample weights", 0.1):
        kwargs["sample_weight"] = dress(
            draw, "weights", np.abs(draw.normal("w", (setting.n_rows,)))
        )
    target = Method(estimator, "fit", *args, **kwargs)
    then = draw.pick("then", [None, None, *_after(kind)])
    if draw.odd("not fitted", 0.02):
        target, then = estimator, "predict" if hasattr(kind, "predict") else "transform"
    if then is None:
        return Call(kind.__name__, target, features=X)
    given = {"score": [X, y], "get_support": []}.get(then, [X])
    return Call(kind.__name__, Method(target, then, *given), features=X)


def _after(kind: Any) -> list[str]:
    return [
        n
        for n in ("predict", "score", "transform", "get_support", "reconstruct")
        if hasattr(kind, n)
    ]


def _call(draw: Draw, function: Any) -> Call:
    """Call a function whose parameters suit each other."""
    setting = Setting(*draw_matrix_shape(draw))
    setting.image_shape = draw.pick("image shape", [(8, 8), (3, 4), (1, 1), (8,)])
    return Call(function.__name__, draw_call(draw, function, setting))


def _call_with_problem(draw: Draw, function: Any) -> Call:
    """Call a function of a problem."""
    made, setting = draw_problem(draw)
    given: dict[str, Any] = {"problem": made}
    if "solution" in list_parameters(function):
        given["solution"] = Method(draw_solver(draw, setting), "solve", made)
    return Call(function.__name__, draw_call(draw, function, setting, **given), made)


def _follow_path(draw: Draw, rule: Any) -> Call:
    """Follow a path by a rule."""
    made, setting = draw_problem(draw)
    path = draw_call(
        draw,
        selection.AlongPath,
        setting,
        rule=draw_call(draw, rule, setting),
        n_alphas=draw.count("strengths", 1, 6),
    )
    return Call(rule.__name__, Method(path, "solve", made), made)


def _group(draw: Draw, kind: Any) -> Call:
    """Make groups in one of their ways, and ask something of them."""
    n = draw.count("features", 1)
    setting = Setting(n_features=n, n_groups=n)
    if kind is groups.AcrossAxis:
        axis = draw.pick("axis", [0, 1, -1, 2, "bad", None, 1.5])
        shape = draw.pick("shape", [(3, 4), (3,), (), (0, 2), (2, 3, 4)])
        return Call("AcrossAxis", Method(Made(Groups.across, axis), "bind", shape))
    spec = draw_groups(draw, setting)
    maker, args = draw.pick("maker", [
        (Groups.blocks, [draw.pick("size", [1, 2, 3, 0, -1, 1.5, "bad", None, True]), n]),
        (Groups.from_sizes, [draw.pick("sizes", [[1, 2], [], [0], [1.5], "bad", [-1], [[1]], 3])]),
        (Groups.from_labels, [spec]),
        (Groups.from_lists, [spec, n]),
        (Groups, [np.array([0, n]), np.arange(n), n]),
    ])  # fmt: skip
    made = Made(maker, *args)
    x = dress(draw, "x", draw.normal("x", (n,)))
    then = draw.pick("then", ["none", "norms", "scale", "sums"])
    if then == "none":
        return Call("Groups", made)
    extra = [draw.normal("factors", (n,))] if then == "scale" else []
    return Call("Groups", Method(made, then, x, *extra))


def _state(draw: Draw, kind: Any) -> Call:
    """State a problem."""
    made, _ = draw_problem(draw)
    return Call("Problem", made, made)


def _invert(draw: Draw, function: Any) -> Call:
    """Invert shots of a few traces."""
    shots, samples = draw.count("shots", 1, 3), draw.count("samples", 6, 40)
    shape = (shots, samples) if draw.chance("one trace") < 0.6 else (shots, 2, samples)
    data = dress(draw, "data", draw.normal("data", shape))
    n_lags = draw.count("lags", 1, 7)
    wavelet = dress(draw, "wavelet", draw.normal("wavelet", (n_lags,)))
    many = draw.chance("wavelets") < 0.3
    setting = Setting(samples, samples, shots, samples)
    given = {
        "data": data,
        "wavelets": [wavelet] * shots if many else wavelet,
        "settings": draw_call(draw, InversionSettings, setting),
        "sample_interval": 0.002,
        "noise_level": draw_parameter(draw, "invert", "noise_level", setting),
    }
    if draw.chance("noise level known") < 0.2:
        given["noise_level"] = None
    elif draw.chance("noise level of every shot") < 0.3:
        given["noise_level"] = [given["noise_level"]] * shots
    if draw.odd("sample interval", 0.05):
        given["sample_interval"] = draw_parameter(draw, "invert", "sample_interval", setting)
    return Call("invert", Made(function, **given))


def _reconstruct(draw: Draw, function: Any) -> Call:
    """Reconstruct a small image of a few channels."""
    shape = draw.pick("shape", [(1, 8, 8), (3, 8, 8), (2, 16, 8), (1, 9, 7), (2, 1, 1)])
    images = dress(draw, "images", draw.normal("images", shape))
    mask: Any = draw.rng("mask").random(shape[1:]) < 0.6
    if draw.odd("mask", 0.1):
        mask = dress(draw, "mask", mask)
    setting = Setting()
    sigma = draw.pick("sigma", [0.0, 0.01, 0.1, 1e-300])
    if draw.odd("wrong sigma", 0.02):
        sigma = draw_parameter(draw, "make_lit_pixels", "sigma", setting)
    acquired = Made(simulate_acquisition, images, mask, sigma, random_state=0)
    return Call("reconstruct", Made(function, acquired, draw_call(draw, Settings, setting)))


# Names that are exported but not called by themselves, with the reason.
PASSED_OVER: dict[str, str] = {
    "Operator": "abstract",
    "OperatorLike": "a type",
    "Penalty": "abstract",
    "Loss": "abstract",
    "DataTerm": "abstract",
    "GroupNormPenalty": "abstract",
    "GroupWeights": "a type",
    "Rule": "abstract",
    "Solution": "a result",
    "Status": "a result",
    "SolutionPath": "a result",
    "RecoveryCondition": "a result",
    "SparkBounds": "a result",
    "EarthModel": "a result",
    "GroupSparseData": "a result",
    "JointReflectivity": "a result",
    "make_lit_pixels": "one second a call; its tests cover it",
    "draw_lit_pixels": "no argument",
    "load_head_slice": "no argument",
    "load_lung_discrete": "reads a file, which benchmarks of damaged files cover",
}
_PACKAGES = (
    solvers, operators, penalties, losses, estimators, selection, diagnostics, groups, datasets,
)  # fmt: skip


def _recipe_of(thing: Any) -> Callable[[Draw, Any], Call]:
    """Return the recipe for the kind of a public thing."""
    if inspect.isclass(thing):
        for base, recipe in (
            (Solver, _solve), (Penalty, _penalise), (OrthogonallyWeightedL21, _penalise),
            (Operator, _operate), (BaseEstimator, _estimate), (Rule, _follow_path),
            (Groups, _group), (groups.AcrossAxis, _group), (Loss, _read_data),
        ):  # fmt: skip
            if issubclass(thing, base):
                return recipe
        raise TypeError(f"no recipe for the class {thing.__name__}")
    return _call_with_problem if "problem" in list_parameters(thing) else _call


def _weight(recipe: Any) -> int:
    """Return how often calls of a kind are made, compared with others."""
    return {_solve: 6, _estimate: 2, _penalise: 3, _operate: 2, _invert: 4, _reconstruct: 4}.get(
        recipe, 1
    )


def list_subjects() -> list[tuple[str, Any, Callable[[Draw, Any], Call]]]:
    """Return every public name, what it is, and its recipe."""
    things: dict[str, Any] = {}
    for package in _PACKAGES:
        for name in package.__all__:
            if name not in PASSED_OVER:
                things[name] = getattr(package, name)
    listed = [(name, thing, _recipe_of(thing)) for name, thing in sorted(things.items())]
    listed += [("Problem", problem.Problem, _state), ("invert", invert, _invert)]
    return [*listed, ("reconstruct", reconstruct, _reconstruct)]


def draw_one(draw: Draw, subjects: list[Any]) -> Call:
    """Return the call that a draw stands for."""
    _, thing, recipe = draw.pick("subject", subjects)
    return recipe(draw, thing)


def weigh(subjects: list[Any]) -> list[Any]:
    """Return subjects as often as they are to be drawn."""
    return [subject for subject in subjects for _ in range(_weight(subject[2]))]
