"""A value for every parameter of the public interface, by its name: usual, extreme or wrong."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from groupsparse.apps.seismic import InversionSettings
from groupsparse.toolkit import operators, penalties, selection, solvers
from groupsparse.toolkit.estimators import ConstrainedGroupLasso, GroupL0Regressor, GroupLasso

from .arrays import draw_matrix, dress
from .draw import Draw
from .expressions import Made
from .problems import Setting, draw_groups

Maker = Callable[[Draw, Setting], Any]

WRONG: tuple[Any, ...] = (
    None, "bad", "1", -1, 0, 1.5, -0.5, float("nan"), float("inf"), -float("inf"), True, [], [1.0],
    {}, 2j, 10**400, -(10**400), 1e-320, np.float32(0.5), np.int8(1), np.array(1.0),
    np.array([1, 2]), np.datetime64("2020-01-01"), object, b"x", (), ("a", 1),
    np.longdouble(2) ** 16000,
)  # fmt: skip
_BOXES = ((), (0.0, np.inf), (-0.5, 1.0), (-np.inf, 0.0), (-1e50, 1.0))
_FAMILIES = ("haar", "db2", "db4", "sym4", "bior2.2", "dmey", "none", "", "HAAR", 4)


def never(progress: object) -> bool:
    """Return False: a callback that never stops a solver."""
    return False


def always(progress: object) -> bool:
    """Return True: a callback that stops a solver at once."""
    return True


def _draw_alpha(draw: Draw, setting: Setting) -> Any:
    if draw.odd("extreme alpha", 0.06):
        return draw.pick("which alpha", [1e-320, 1e-300, 1e-160, 1e-30, 1e30, 1e160, 1e300])
    return _shorten(setting.strength * 10 ** (-3 * draw.chance("alpha") + 0.5))


def _draw_noise_level(draw: Draw, setting: Setting) -> Any:
    if draw.odd("extreme noise level", 0.06):
        return draw.pick("which noise level", [0.0, 1e-300, 1e-14 * setting.norm, 1e300])
    return _shorten(setting.norm * draw.pick("noise level", [0.01, 0.1, 0.3, 0.9, 1.1]))


def _shorten(value: float) -> float:
    return float(f"{value:.3g}")


def _draw_n_groups(draw: Draw, setting: Setting) -> Any:
    if draw.odd("as many groups as there are", 0.05):
        return setting.n_groups
    return draw.count("n_groups", 1, max(1, setting.n_groups // 2))


def _draw_weights(draw: Draw, setting: Setting) -> Any:
    form = draw.pick("form of weights", ["none", "sqrt", "given", "given", "mixed"])
    if form in ("none", "sqrt"):
        return None if form == "none" else "sqrt"
    weights = np.abs(draw.normal("weights", (setting.n_groups,))) + 0.5
    if form == "mixed" and weights.size and draw.odd("weights of zero or infinity", 0.7):
        weights[0] = draw.pick("first weight", [0.0, np.inf, 1e-300, 1e300])
    return dress(draw, "weights", weights.round(2))


def _draw_feature_weights(draw: Draw, setting: Setting) -> Any:
    if not draw.odd("feature weights", 0.3):
        return None
    weights = np.abs(draw.normal("feature weights", (setting.n_features,))) + 0.2
    if draw.odd("a feature weight of zero or infinity", 0.5):
        weights[0] = draw.pick("first feature weight", [0.0, np.inf])
    return dress(draw, "feature_weights", weights.round(2))


def draw_penalty(draw: Draw, setting: Setting, kinds: tuple[Any, ...] = ()) -> Any:
    """Return a penalty, of some kinds if they are given."""
    every = [getattr(penalties, name) for name in PENALTIES]
    kind = draw.pick("penalty", kinds or every)
    penalty = draw_call(draw, kind, setting)
    if not kinds and draw.odd("ridge", 0.1):
        penalty = Made(
            penalties.WithRidge, penalty, draw.pick("ridge strength", [1e-3, 1.0, 1e-300])
        )
    if not kinds and draw.odd("bounds", 0.05):
        penalty = Made(
            penalties.WithBounds, draw_penalty(draw, setting, BOUNDED), *draw.pick("box", _BOXES)
        )
    return penalty


def draw_solver(draw: Draw, setting: Setting, names: tuple[str, ...] = ()) -> Made[Any]:
    """Return a solver that is not made of others, of some names if they are given."""
    kind = getattr(solvers, draw.pick("solver", names or SIMPLE))
    return draw_call(draw, kind, setting)


def _draw_penalised(draw: Draw, setting: Setting) -> Any:
    return draw_solver(draw, setting, PENALISED)


def _draw_rule(draw: Draw, setting: Setting) -> Any:
    return draw_call(draw, getattr(selection, draw.pick("rule", RULES)), setting)


def _draw_shape(draw: Draw, setting: Setting) -> Any:
    return setting.image_shape


def _draw_mask(draw: Draw, setting: Setting) -> Any:
    mask = draw.rng("mask").random(setting.image_shape) < 0.6
    mask.flat[0] = True
    return dress(draw, "mask", mask)


def _draw_image(draw: Draw, setting: Setting) -> Any:
    shape = (8, 9) if draw.chance("shape of images") < 0.7 else setting.image_shape
    return dress(draw, "image", draw.normal("image", shape))


def _array(*shape: int) -> Maker:
    def make(draw: Draw, setting: Setting) -> Any:
        return dress(draw, "values", draw.normal("values", shape))

    return make


def _positive(*shape: int) -> Maker:
    def make(draw: Draw, setting: Setting) -> Any:
        return dress(draw, "values", np.abs(draw.normal("values", shape)) + 0.5)

    return make


def _any_matrix(draw: Draw, setting: Setting) -> Any:
    shape = (setting.n_rows, setting.n_features)
    return dress(draw, "matrix", draw_matrix(draw, "matrix", *shape))


def _operator(draw: Draw, setting: Setting) -> Any:
    shape = (setting.n_rows, setting.n_features)
    values = dress(draw, "matrix", draw_matrix(draw, "matrix", *shape), True)
    return Made(operators.Matrix, values)


def _of(*items: Any) -> Maker:
    return lambda draw, setting: draw.pick("value", items)


def _between(least: int, most: int) -> Maker:
    return lambda draw, setting: draw.count("count", least, most)


_seed: Maker = _of(0, 1, 2, None, np.int64(3), Made(np.random.default_rng, 4))

# A row for every parameter; "Owner.name" comes before "name".
PARAMETERS: dict[str, Maker] = {
    # penalties and solvers
    "alpha": _draw_alpha,
    "gamma": _of(3.0, 3.7, 2.5, 0.5, 1.0),
    "OrthogonallyWeightedL21.gamma": _of(0.0, 0.01, 0.5, 1.0, 1e-8),
    "Balance.gamma": _of(0.3, 0.01, 3.0),
    "EBIC.gamma": _of(0.0, 0.5, 1.0),
    "l1_ratio": _of(0.0, 0.1, 0.5, 0.9, 1.0),
    "group_weights": _draw_weights,
    "WithBounds.penalty": lambda draw, setting: draw_penalty(draw, setting, BOUNDED),
    "lower": _of(0.0, 0.0, -0.5, -np.inf, -1e-50),
    "upper": _of(np.inf, np.inf, 1.0, 0.0, 1e50),
    "feature_weights": _draw_feature_weights,
    "ridge": _of(0.0, 1e-3, 1.0),
    "penalty": draw_penalty,
    "tol": _of(1e-4, 1e-6, 1e-8, 1e-2, 0.0, 1e-15),
    "path_tol": _of(1e-3, 1e-6, 0.1),
    "rescue_ridge": _of(None, 1e-3, 1.0),
    "gamma_min": _of(1e-6, 1e-3),
    "gamma_ratio": _of(0.3, 0.5),
    "max_iter": _of(1, 2, 50, 1000, 10000),
    "momentum": _of(0.0, 0.5, 0.9, 1.0),
    "channel_labels": _of(None, [0], [0, 1], [0, 0, 1]),
    "max_inner": _of(1, 2, 5),
    "max_fit_iter": _of(1, 50, 500),
    "refinements": _of(0, 1, 2),
    "callback": _of(None, None, never, always),
    "noise_level": _draw_noise_level,
    "n_groups": _draw_n_groups,
    "rank": _between(1, 4),
    "radius": lambda draw, setting: _shorten(10 ** (2 * draw.chance("radius") - 1)),
    "norm": _of(1, 2, float("inf"), 1.5),
    "relaxation": _of(0.75, 0.5, 0.99),
    "refit": _of(True, False),
    "ties": _of("efron", "breslow"),
    "strata": _of(None, [0, 0, 1, 1, 0, 1], list("aabbab"), [0, 1]),
    "Huber.scale": _of(1.0, 0.1, 1e-100, [1.0, 2.0]),
    "price": _of(0.0, 1.0, 5.0),
    "rho": _of(0.7, 0.5, 0.95),
    "step": _of(None, None, 0.01, 1.0),
    "acceleration": _of("restarted", "monotone", "optimised"),
    "finder": _of(None, solvers.SimultaneousOMP, solvers.RankAwareORMP),
    "width": _of(None, 1, 2),
    "depth": _of(0, 1, 2),
    "solver": lambda draw, setting: draw_solver(draw, setting),
    "first": lambda draw, setting: draw_solver(draw, setting),
    "then": lambda draw, setting: draw_solver(draw, setting),
    "Reweighted.solver": _draw_penalised,
    "OrthonormalGroups.solver": _draw_penalised,
    "AlongPath.solver": _draw_penalised,
    "solution_path.solver": _draw_penalised,
    "Exchange.solver": lambda draw, setting: draw_solver(draw, setting, ("PrimalDualActiveSet",)),
    "n_candidates": _of(1, 2, 5),
    "delta": _of(None, 0.1, 1.0),
    "eps": _of(0.1, 0.01, 1.0),
    "rounds": _of(1, 2, 4),
    "basis": lambda draw, setting: Made(operators.Wavelet, setting.image_shape, "haar", 1),
    "unpenalised": _of(None),
    "random_state": _seed,
    # operators
    "matrix": _any_matrix,
    "CentredMatrix.matrix": _operator,
    "WithIntercept.matrix": _operator,
    "sample_weight": lambda draw, setting: _positive(setting.n_rows)(draw, setting),
    "centred": _of(True, False),
    "operators": lambda draw, setting: [_operator(draw, setting), _operator(draw, setting)],
    "axis": _of(None, 0, -1),
    "channel_axis": _of(0, 1, -1, 2),
    "order": _of(0, 1, 2, 6),
    "left": _operator,
    "right": lambda draw, setting: Made(
        operators.Matrix, draw_matrix(draw, "right", setting.n_features, 3)
    ),
    "operator": _any_matrix,
    "Joint.operator": _operator,
    "Replicated.operator": _operator,
    "External.operator": lambda draw, setting: Made(_function_of, _operator(draw, setting)),
    "n_channels": _between(1, 4),
    "originals": lambda draw, setting: (
        np.arange(setting.n_features + 2) % max(1, setting.n_features)
    ),
    "values": _any_matrix,
    "value": _any_matrix,
    "wavelet": _array(3),
    "wavelets": _array(9, 3),
    "covariance": lambda draw, setting: Made(np.eye, draw.count("channels", 1, 3)),
    "Whitening.shape": _of((2, 5), (5, 2), (3,), 2, ()),
    "Convolution.shape": _of(9, (9,), (4, 9), (2, 3, 9), 1, ()),
    "TimeVaryingConvolution.shape": _of(9, (9,), (4, 9), (2, 3, 9)),
    "Wavelet.shape": _of((8, 8), (16,), (4, 4, 4), (9, 8), (1, 8), (), (0, 8)),
    "mask": _draw_mask,
    "maps": _array(2, 3, 4),
    "trajectory": _array(9, 2),
    "n_axes": _of(1, 1, 2, 3),
    "family": _of(*_FAMILIES),
    "levels": _of(None, 1, 2, 9, 0),
    # selection
    "rule": _draw_rule,
    "n_alphas": _between(1, 6),
    "ratio": _of(0.1, 1e-2, 1e-3, 0.9),
    "alphas": lambda draw, setting: [
        _draw_alpha(draw, setting) for _ in range(draw.count("n", 1, 4))
    ],
    "largest": _of(1.0, 10.0, 1e-300, 1e300),
    "stop": _of(None, never, always),
    # diagnostics
    "n_active": _between(1, 3),
    "n_trials": _of(1, 10),
    "orthonormal": _of(True, False),
    "max_subsets": _of(1000, 10, 1),
    "image": _draw_image,
    "truth": _draw_image,
    "data_range": _of(1.0, 255.0, 1e-300, 1e300),
    "weights": lambda draw, setting: dress(draw, "weights", draw.normal("weights", (6,))),
    "data": lambda draw, setting: dress(draw, "data", draw.normal("data", (6, 3))),
    "active_groups": lambda draw, setting: draw.pick(
        "active", [[0], [], [0, 1], np.array([1]), 0, [99], [0, 0]]
    ),
    "groups": draw_groups,
    # estimators
    "fit_intercept": _of(True, False),
    "warm_start": _of(True, False),
    "cv": _of(None, 2, 3),
    "loss": _of("squared", "huber", "poisson", "bad"),
    "adaptive": _of(True, False),
    "positive": _of(True, False),
    "bounds": _of(None, (-1.0, 1.0), (0.0, 1.0), (1.0, 2.0)),
    "class_weight": _of(None, "balanced", {"a": 2.0}, "bad"),
    "scoring": _of("log_loss", "auc", "accuracy", "deviance", "concordance"),
    "criterion": _of(None, "bic", "aic", "ebic", "cp", "discrepancy", "bad"),
    "one_standard_error": _of(True, False),
    "n_jobs": _of(None, 1),
    "verbose": _of(0),
    "method": _of(
        "search",
        "swaps",
        "forward",
        "ow",
        "ra-ormp",
        "ra-ormp-truncated",
        "sa-music",
        "l21",
        "sniht",
        "somp",
        "pivoted-qr",
        "leverage",
        "farthest-point",
        "bad",
    ),
    "polish": _of(True, False),
    "standardize": _of(True, False),
    "n_resamples": _of(0, 3),
    "n_features_to_select": _of(None, 1, 2, 3, 0.5, 99),
    "estimator": lambda draw, setting: draw_call(
        draw, draw.pick("estimator", [GroupLasso, GroupL0Regressor, ConstrainedGroupLasso]), setting
    ),
    "n_pairs": _of(1, 3),
    "robust": _of(False, True),
    "Robust.threshold": _of(1.0, 3.0, 1e-300, 1e300),
    "Robust.scale": _of(None, 1.0, 1e-300, 1e300),
    "threshold": _of(0.6, 0.75, 1.0),
    "max_false": _of(1.0, 0.1),
    "response": _of(None, True, False, "auto", "classes", "numbers"),
    "fold_tol": _of(None, 1e-6),
    "source": _of("groupsparse", "skglm", "celer", "sklearn", "bad"),
    "target": _of("groupsparse", "skglm", "celer", "sklearn", "bad"),
    "n_samples": _between(1, 40),
    "group_size": _of(None, 1, 3),
    # data sets
    "n_rows": _between(1, 12),
    "n_features": _between(1, 12),
    "make_joint_sparse.n_channels": _between(1, 5),
    "dynamic_range": _of(1.0, 10.0, 1e6),
    "theta": _of(0.0, 3.0, 10.0, 1e300),
    "sigma": _of(0.0, 1e-3, 1.0, 1e300),
    "recursive": _of(True, False),
    "noise": _of(0.0, 0.1, 1e300),
    "snr_db": _of(None, 30.0, -300.0, 300.0, 1e300),
    "is_complex": _of(True, False),
    "n_shots": _between(1, 4),
    "n_reflectors": _between(1, 5),
    "variation": _of(0.0, 0.5, 1e300),
    "polarity": _of("kept", "reversing", "opposite", "same"),
    "n_layers": _between(1, 5),
    "n_traces": _between(1, 5),
    "duration": _of(1.0, 1e-300, 1e300),
    "dip": _of(0.0, 0.01, 1e300),
    "fold": _of(0.0, 0.01),
    "faults": _of((), ((1, 0.01),), ((99, 0.01),), ((1, 1e300),)),
    "scatter": _of(0.05, 0.0, 1e300),
    "make_random_reflectivity.shape": _of(5, (3, 4), (), 0, (2, 0)),
    "make_coil_sensitivities.shape": _of((4, 5), (1, 1), (0, 3), (3,), (2, 3, 4)),
    "density": _of(0.05, 0.5),
    "scale": _of(1.0, 1e-300, 1e300),
    "size": _of(3, 8, 9),
    "thicknesses": _of((0.02, 0.01), (), (-1.0,), (float("nan"),), 0.02),
    "top": _of(0.1, 0.0, 1e300),
    "spacing": _of(0.1, 1e-300, 1e300),
    "vp": _of(2500.0, 1e-300, 1e300),
    "max_thickness": _of(0.03, 1e300),
    "n_coils": _between(1, 4),
    "vp1": _positive(3),
    "vs1": _positive(3),
    "rho1": _positive(3),
    "vp2": _positive(3),
    "vs2": _positive(3),
    "rho2": _positive(3),
    "angles": _positive(4),
    "terms": _of(2, 3, 4),
    "coef": lambda draw, setting: dress(draw, "coef", draw.normal("coef", (3,))),
    "balance": _of(None, "undersample", "bad"),
    "name": _of("astronaut", "chelsea", "bad"),
    "return_X_y": _of(True, False),
    "as_frame": _of(True, False),
    # seismic inversion and reconstruction
    "InversionSettings.method": _of(
        "sbl", "l21", "mcp", "l0", "constrained", "ow", "windows", "bad"
    ),
    "strength": _of(None, None, 0.1, 1e-300, 1e300),
    "window": _of(None, 2, 5, 99),
    "traces_together": _of(1, 1, 2),
    "Settings.method": _of("l21", "gpdasc", "mcp", "spinning", "bad"),
    "NonuniformFourier.shape": _of((4, 4), (9, 6), (8,), 7, "bad"),
    "Settings.wavelet": _of(None, "haar", "db2", "haar+sym4", "bad", 4),
    "Settings.levels": _of(None, 1, 9),
    "Settings.max_iter": _of(1, 20, 60),
    "penalise_coarse": _of(True, False),
    "start": _of(None, None, "spinning", "bad"),
    "settings": lambda draw, setting: draw_call(draw, InversionSettings, setting),
    "sample_interval": _of(0.002, 1e-300, 1e300),
}

PENALTIES = (
    "L21", "L21", "SparseGroup", "GroupMCP", "GroupSCAD", "GroupL0", "LatentOverlap",
    "OrthogonallyWeightedL21",
)  # fmt: skip
BOUNDED = tuple(getattr(penalties, name) for name in ("L21", "SparseGroup", "GroupMCP", "GroupL0"))
PENALISED = ("BlockCoordinateDescent", "FISTA", "PrimalDualActiveSet", "VariableMetric")
SIMPLE = (
    "BlockCoordinateDescent", "FISTA", "PrimalDualActiveSet", "SimultaneousOMP", "BlockOMP",
    "MUSIC", "SimultaneousNIHT", "LargestGroups", "SpectralProjectedGradient", "RankAwareORMP",
)  # fmt: skip
RULES = ("AIC", "BIC", "EBIC", "MallowsCp", "Discrepancy", "GroupCount", "Balance")

# Parameters without a default of their own use that are needed together, or rule each other out.
ALWAYS = {"noise_level", "n_groups", "penalty", "radius"}
_STEPPED = (  # have a step for single groups
    penalties.L21,
    penalties.GroupMCP,
    penalties.GroupSCAD,
    penalties.SparseGroup,
    penalties.LatentOverlap,
)
# What suits a solver; anything else is drawn as an oddity.
FITTING: dict[str, tuple[Any, ...]] = {
    "VariableMetric": (penalties.OrthogonallyWeightedL21,),
    "BlockCoordinateDescent": _STEPPED,
    "FISTA": (*_STEPPED, penalties.GroupL0),
    "CycleSpinning": (penalties.L21, penalties.GroupMCP, penalties.GroupL0),
    "degrees_of_freedom": (penalties.L21, penalties.GroupL0, penalties.SparseGroup),
}


def _function_of(operator: Any) -> Any:
    return operator.as_linear_operator()


def find_maker(owner: str, name: str) -> Maker:
    """Return how a parameter is drawn; a KeyError tells that its row is missing."""
    special = PARAMETERS.get(f"{owner}.{name}")
    return PARAMETERS[name] if special is None else special


def list_parameters(function: Any) -> dict[str, inspect.Parameter]:
    """Return the parameters of a function, or of the constructor of a class."""
    return {
        name: parameter
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    }


def draw_parameter(draw: Draw, owner: str, name: str, setting: Setting) -> Any:
    """Return a value of a parameter, which now and then is a wrong one."""
    if draw.odd(f"wrong {owner}.{name}", 0.015):
        return draw.pick(f"which wrong {name}", WRONG)
    if name == "penalty" and owner in FITTING and not draw.odd(f"unfit penalty of {owner}", 0.05):
        return draw_penalty(draw, setting, FITTING[owner])
    return find_maker(owner, name)(draw, setting)


def draw_call(draw: Draw, function: Any, setting: Setting, **given: Any) -> Made[Any]:
    """Return a call of a function with drawn arguments, those `given` aside."""
    owner, parameters = function.__name__, list_parameters(function)
    stops = [name for name in ("noise_level", "n_groups", "radius", "alpha") if name in parameters]
    chosen = draw.pick("stop", stops) if len(stops) > 1 else None
    args, kwargs = [], dict(given)
    for name, parameter in parameters.items():
        if name in given:
            continue
        needed = parameter.default is parameter.empty
        if name in stops and chosen is not None and not needed:
            if name != chosen and not draw.odd(f"second stop {name}", 0.1):
                continue
        elif not needed and draw.chance(f"uses {name}") > 0.4:
            continue
        value = draw_parameter(draw, owner, name, setting)
        if needed and not given and parameter.kind is not parameter.KEYWORD_ONLY:
            args.append(value)
        else:
            kwargs[name] = value
    return Made(function, *args, **kwargs)
