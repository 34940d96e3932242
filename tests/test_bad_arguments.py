"""Bad input of every public function ends in one error of ours that names the argument.

Every argument of every row of `CALLS` is replaced by every value of `BAD`. Where a value happens to
be valid, the call may succeed; an error must be a `ValueError` that names the argument.
"""

import re
import warnings

import numpy as np
import pytest
import scipy.sparse as sp

from groupsparse import datasets
from groupsparse.apps.features.compare import compare_methods
from groupsparse.apps.mri import acquisition
from groupsparse.apps.mri.coils import compression, espirit, measured, whitening
from groupsparse.apps.mri.methods import Settings
from groupsparse.apps.mri.reconstruct import reconstruct
from groupsparse.apps.mri.sampling import masks
from groupsparse.apps.seismic import InversionSettings, invert
from groupsparse.apps.seismic.cases.wedge import find_tuning_thickness
from groupsparse.apps.seismic.scores import metrics
from groupsparse.apps.seismic.signal import (
    added_noise,
    attenuation,
    modelling,
    move_out,
    source,
    wavelets,
)
from groupsparse.toolkit import diagnostics, losses, operators, penalties, selection, solvers
from groupsparse.toolkit.estimators import convert_alpha
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.reformulations.regression import Regression
from groupsparse.toolkit.testing import dot_test, prox_test

RNG = np.random.default_rng(0)
A, IMAGES = RNG.standard_normal((12, 8)), RNG.random((2, 16, 16))
Y = A[:, :2] @ RNG.standard_normal((2, 2))
ONE, JOINT, GROUPS = Problem(A, Y[:, 0], 2), Problem(A, Y), Groups.blocks(2, 8)
MASK = masks.make_radial_mask((16, 16), 8)
MEASURED = acquisition.simulate_acquisition(IMAGES, MASK, 0.01, random_state=0)
RICKER = wavelets.ricker(30.0, 0.004)
REFLECTIVITY = np.zeros((2, 100))
REFLECTIVITY[:, [30, 60]] = [1.0, -0.5]
SHOTS = np.stack([np.convolve(row, RICKER, "same") for row in REFLECTIVITY])
SHOTS += 0.01 * RNG.standard_normal(SHOTS.shape)
SCREEN = {"vp1": 2000.0, "vs1": 1000.0, "rho1": 2.0, "vp2": 2500.0, "vs2": 1200.0, "rho2": 2.2}
DESCENT = solvers.BlockCoordinateDescent(penalties.L21(0.1))
SOLVED = DESCENT.solve(ONE)


def run(solver, problem):
    """Return a function of the solver's settings that solves a problem."""
    return lambda **settings: solver(**settings).solve(problem)


def run_reconstruct(acquisition, **settings):
    return reconstruct(acquisition, Settings(**settings))


def run_invert(data, wavelets, noise_level, **settings):
    return invert(
        data,
        wavelets,
        InversionSettings(**settings),
        sample_interval=0.004,
        noise_level=noise_level,
    )


def bind_cox(**settings):
    return losses.Cox(**settings).bind(np.array([1.0, -2.0, 3.0]), None, None)


def bind_across(**arguments):
    return Groups.across(**arguments).bind((2, 8, 8))


COUNTED = {"noise_level": None, "n_groups": 2, "callback": None}

CALLS = {
    # Operators
    "Matrix": (operators.Matrix, {"values": A}),
    "as_operator": (operators.as_operator, {"value": A}),
    "Joint": (operators.Joint, {"operator": operators.Matrix(A), "n_channels": 2, "axis": -1}),
    "Channelwise": (operators.Channelwise, {"operators": [operators.Matrix(A)], "axis": 0}),
    "Composition": (
        operators.Composition,
        {"left": operators.Matrix(A), "right": operators.Matrix(np.eye(8))},
    ),
    "Replicated": (
        operators.Replicated,
        {"operator": operators.Matrix(A), "originals": np.arange(8)},
    ),
    "CentredMatrix": (
        operators.CentredMatrix,
        {"matrix": operators.Matrix(A), "sample_weight": np.ones(12), "centred": True},
    ),
    "Weighting": (operators.Weighting, {"weights": np.ones(12)}),
    "Whitening": (operators.Whitening, {"covariance": np.eye(2), "shape": (12, 2), "axis": -1}),
    "WithIntercept": (operators.WithIntercept, {"matrix": operators.Matrix(A)}),
    "Convolution": (operators.Convolution, {"wavelet": RICKER, "shape": 50}),
    "TimeVaryingConvolution": (
        operators.TimeVaryingConvolution,
        {"wavelets": np.tile(RICKER, (50, 1)), "shape": 50},
    ),
    "PartialFourier": (operators.PartialFourier, {"mask": MASK}),
    "Sensitivities": (operators.Sensitivities, {"maps": np.ones((2, 4, 4)), "n_axes": 2}),
    "RealInput": (operators.RealInput, {"operator": operators.PartialFourier(MASK)}),
    "NonuniformFourier": (
        operators.NonuniformFourier,
        {"trajectory": np.ones((5, 2)), "shape": (4, 4), "weights": np.ones(5)},
    ),
    "HalfPlaneFourier": (operators.HalfPlaneFourier, {"mask": MASK}),
    "Wavelet": (operators.Wavelet, {"shape": (16, 16), "family": "db2", "levels": 2}),
    "apply": (operators.Matrix(A).apply, {"x": np.ones(8)}),
    "adjoint": (operators.Wavelet((16,), "haar", 2).adjoint, {"y": np.ones(16)}),
    # Penalties
    "L21": (penalties.L21, {"alpha": 1.0, "group_weights": None}),
    "LatentOverlap": (penalties.LatentOverlap, {"alpha": 1.0, "group_weights": None}),
    "GroupL0": (penalties.GroupL0, {"alpha": 1.0}),
    "GroupMCP": (penalties.GroupMCP, {"alpha": 1.0, "gamma": 3.0, "group_weights": None}),
    "GroupSCAD": (penalties.GroupSCAD, {"alpha": 1.0, "gamma": 3.7, "group_weights": None}),
    "SparseGroup": (
        penalties.SparseGroup,
        {"alpha": 1.0, "l1_ratio": 0.5, "group_weights": None, "feature_weights": None},
    ),
    "OrthogonallyWeightedL21": (penalties.OrthogonallyWeightedL21, {"alpha": 1.0, "gamma": 0.1}),
    "WithBounds": (
        penalties.WithBounds,
        {"penalty": penalties.L21(1.0), "lower": 0.0, "upper": 2.0},
    ),
    "WithRidge": (penalties.WithRidge, {"penalty": penalties.L21(1.0), "ridge": 0.1}),
    "prox": (penalties.GroupMCP(1.0).prox, {"x": np.ones(8), "step": 1.0, "groups": GROUPS}),
    "prox of l1": (penalties.SparseGroup(1.0).prox, {"step": 1.0, "groups": GROUPS}),
    "value": (penalties.L21(1.0).value, {"x": np.ones(8), "groups": GROUPS}),
    "subdifferential_distance": (
        penalties.SparseGroup(1.0).subdifferential_distance,
        {"x": np.ones(8), "gradient": np.ones(8), "groups": GROUPS},
    ),
    "dual_norm": (penalties.L21(1.0).dual_norm, {"groups": GROUPS}),
    # Losses
    "Huber": (losses.Huber, {"threshold": 1.345, "scale": 1.0}),
    "Cox": (bind_cox, {"ties": "efron", "strata": [0, 1, 0]}),
    "data of Huber": (losses.Huber().read_data, {"data": [1.0, 2j]}),
    "data of Logistic": (losses.Logistic().read_data, {"data": [True, False]}),
    "data of Multinomial": (losses.Multinomial().read_data, {"data": [0, 1, 2]}),
    "data of Poisson": (losses.Poisson().read_data, {"data": [0, 1, 2]}),
    "data of Cox": (losses.Cox().read_data, {"data": [[1.0, 0.0], [2.0, 1.0]]}),
    # Problems
    "Problem": (Problem, {"operator": A, "data": Y, "groups": 2}),
    "Problem with noise": (
        lambda weights, covariance: Problem(A, Y, weights=weights, covariance=covariance),
        {"weights": np.ones(12)[:, None], "covariance": np.eye(2)},
    ),
    "Problem of counts": (
        Problem,
        {"data": Y[:, 0] ** 2, "loss": losses.Poisson(), "weights": np.ones(12), "offset": 0.1},
    ),
    "copy_start": (ONE.copy_start, {"start": np.ones(8)}),
    "Groups": (Groups, {"indptr": np.array([0, 2, 4]), "indices": np.arange(4), "n_coefs": 4}),
    "blocks": (Groups.blocks, {"block_size": 2, "n_coefs": 8}),
    "from_labels": (Groups.from_labels, {"labels": [0, 0, 1, 1]}),
    "from_lists": (Groups.from_lists, {"lists": [[0, 1], [2, 3]], "n_coefs": 4}),
    "across": (bind_across, {"axis": 0, "unpenalised": np.zeros((8, 8), bool)}),
    "scale": (GROUPS.scale, {"x": np.ones(8), "factors": np.ones(4)}),
    "Regression": (
        Regression,
        {
            "X": A,
            "y": Y,
            "groups": 2,
            "sample_weight": np.ones(12),
            "fit_intercept": True,
            "per_sample": False,
            "explicit": False,
            "constant_columns": "refuse",
        },
    ),
    # Solvers
    "solve": (DESCENT.solve, {"problem": ONE, "start": np.ones(8)}),
    "BlockCoordinateDescent": (
        run(solvers.BlockCoordinateDescent, ONE),
        {"penalty": penalties.L21(0.1), "tol": 1e-6, "max_iter": 100, "callback": None},
    ),
    "FISTA": (
        run(solvers.FISTA, ONE),
        {"penalty": penalties.L21(0.1), "tol": 1e-6, "acceleration": "monotone", "step": 0.01},
    ),
    "ADMM": (
        run(solvers.ADMM, Problem(operators.Wavelet((8,), "haar", 1), Y[:8, 0], 2)),
        {"penalty": penalties.L21(0.1), "tol": 1e-6, "rho": 0.2},
    ),
    "PrimalDualActiveSet": (
        run(solvers.PrimalDualActiveSet, ONE),
        {**COUNTED, "rho": 0.5, "max_inner": 1, "refinements": 1, "ridge": 0.0, "tol": 1e-9},
    ),
    "SimultaneousOMP": (run(solvers.SimultaneousOMP, JOINT), {**COUNTED, "norm": 2}),
    "SimultaneousNIHT": (
        run(solvers.SimultaneousNIHT, JOINT),
        {**COUNTED, "relaxation": 1.0, "refit": True},
    ),
    "RankAwareORMP": (run(solvers.RankAwareORMP, JOINT), {**COUNTED, "rank": 2}),
    "MUSIC": (run(solvers.MUSIC, JOINT), {**COUNTED, "rank": 2}),
    "SparseBayesianLearning": (
        run(solvers.SparseBayesianLearning, JOINT),
        {**COUNTED, "refit": True, "max_iter": 10},
    ),
    "GammaContinuation": (
        run(solvers.GammaContinuation, JOINT),
        {"noise_level": 0.1, "rank": 2, "refit": True, "max_iter": 50},
    ),
    "SpectralProjectedGradient": (
        run(solvers.SpectralProjectedGradient, ONE),
        {"noise_level": 0.1, "group_weights": None, "max_iter": 50},
    ),
    "Exchange": (run(solvers.Exchange, ONE), {"solver": solvers.PrimalDualActiveSet(n_groups=1)}),
    "InTurn": (run(solvers.InTurn, ONE), {"first": solvers.BlockOMP(n_groups=1), "then": DESCENT}),
    "OrthonormalGroups": (run(solvers.OrthonormalGroups, ONE), {"solver": DESCENT}),
    "Reweighted": (run(solvers.Reweighted, ONE), {"solver": DESCENT}),
    "Robust": (
        run(solvers.Robust, ONE),
        {"solver": DESCENT, "threshold": 3.0, "scale": None, "tol": 0.1, "max_iter": 5},
    ),
    # Paths and rules
    "AlongPath": (
        run(selection.AlongPath, ONE),
        {"solver": DESCENT, "rule": selection.BIC(), "n_alphas": 3, "ratio": 0.1},
    ),
    "alpha_max": (selection.alpha_max, {"problem": ONE, "penalty": penalties.L21(1.0)}),
    "make_alphas": (selection.make_alphas, {"largest": 1.0, "n_alphas": 5, "ratio": 0.1}),
    "solution_path": (
        selection.solution_path,
        {"solver": DESCENT, "problem": ONE, "alphas": [1.0, 0.1], "stop": None},
    ),
    "degrees_of_freedom": (
        selection.degrees_of_freedom,
        {"problem": ONE, "penalty": penalties.L21(0.1), "solution": SOLVED},
    ),
    "Discrepancy": (selection.Discrepancy, {"noise_level": 0.1}),
    "GroupCount": (selection.GroupCount, {"n_groups": 1}),
    "EBIC": (selection.EBIC, {"gamma": 1.0}),
    "estimate_noise": (
        selection.estimate_noise,
        {"data": Y, "order": 0, "axis": 0, "channel_axis": 0},
    ),
    # Diagnostics
    "psnr": (diagnostics.psnr, {"image": IMAGES, "truth": IMAGES + 1, "data_range": 1.0}),
    "nrmse": (diagnostics.nrmse, {"image": IMAGES, "truth": IMAGES + 1}),
    "ssim": (diagnostics.ssim, {"image": IMAGES, "truth": IMAGES, "data_range": 1.0}),
    "numerical_rank": (diagnostics.numerical_rank, {"data": Y, "noise_level": 0.1}),
    "oracle_solution": (
        diagnostics.oracle_solution,
        {"problem": ONE, "active_groups": [0], "tol": 1e-8},
    ),
    "spark": (diagnostics.spark, {"matrix": A, "max_subsets": 100_000}),
    "block_restricted_isometry": (
        diagnostics.block_restricted_isometry,
        {"operator": A, "groups": 2, "n_active": 1, "n_trials": 3, "random_state": 0},
    ),
    "dot_test": (dot_test, {"operator": A, "dtype": float, "rtol": 1e-9, "random_state": 0}),
    "prox_test": (
        prox_test,
        {"penalty": penalties.L21(1.0), "groups": GROUPS, "dtype": float, "n_trials": 2},
    ),
    "convert_alpha": (
        convert_alpha,
        {"alpha": 0.1, "source": "celer", "target": "sigpy", "n_samples": 5, "group_size": 2},
    ),
    # Data
    "make_group_sparse": (
        datasets.make_group_sparse,
        {
            "n_rows": 10,
            "n_features": 8,
            "n_groups": 4,
            "n_active": 2,
            "dynamic_range": 10.0,
            "theta": 0.0,
            "sigma": 1e-3,
            "recursive": True,
            "random_state": 0,
        },
    ),
    "make_joint_sparse": (
        datasets.make_joint_sparse,
        {
            "n_rows": 10,
            "n_features": 8,
            "n_channels": 3,
            "n_active": 2,
            "rank": 2,
            "noise": 0.0,
            "snr_db": 30.0,
            "is_complex": False,
            "random_state": 0,
        },
    ),
    "make_lit_pixels": (datasets.make_lit_pixels, {"n_rows": 5, "theta": 1.0, "random_state": 0}),
    "make_joint_reflectivity": (
        datasets.make_joint_reflectivity,
        {"n_shots": 2, "n_samples": 50, "n_reflectors": 3, "variation": 0.5, "random_state": 0},
    ),
    "make_random_reflectivity": (
        datasets.make_random_reflectivity,
        {"shape": (2, 50), "density": 0.1, "scale": 1.0, "random_state": 0},
    ),
    "make_layers": (
        datasets.make_layers,
        {"n_layers": 3, "n_traces": 5, "dip": 0.0, "fold": 0.0, "faults": [], "random_state": 0},
    ),
    "make_wedge": (datasets.make_wedge, {"n_traces": 5, "max_thickness": 0.03, "ratio": 1.2}),
    "make_shepp_logan_channels": (
        datasets.make_shepp_logan_channels,
        {"size": 16, "n_channels": 2, "random_state": 0},
    ),
    "make_coil_sensitivities": (
        datasets.make_coil_sensitivities,
        {"n_coils": 2, "shape": (8, 8)},
    ),
    "reshape_to_picture": (datasets.reshape_to_picture, {"coef": np.zeros(48 * 48 * 3)}),
    "load_photograph": (datasets.load_photograph, {"name": "chelsea"}),
    "load_wisconsin": (datasets.load_wisconsin, {"balance": None, "random_state": 0}),
    "shuey": (datasets.shuey, {**SCREEN, "angles": [0.0, 10.0], "terms": 2}),
    "zoeppritz": (datasets.zoeppritz, {**SCREEN, "angles": [0.0, 10.0]}),
    "EarthModel": (
        datasets.EarthModel,
        {"vp": np.full(2, 3e3), "vs": np.full(2, 1e3), "density": np.ones(2)},
    ),
    # Applications
    "make_radial_mask": (masks.make_radial_mask, {"shape": (16, 16), "n_lines": 4}),
    "make_variable_density_mask": (
        masks.make_variable_density_mask,
        {"shape": (16, 16), "fraction": 0.3, "centre": 0.1, "power": 3.0, "random_state": 0},
    ),
    "simulate_acquisition": (
        acquisition.simulate_acquisition,
        {"mask": MASK, "sigma": 0.01, "maps": np.ones((2, 16, 16)), "random_state": 0},
    ),
    "estimate_maps": (
        espirit.estimate_maps,
        {
            "kspace": np.random.default_rng(0).random((1, 2, 16, 16)),
            "mask": np.ones((16, 16)),
            "n_sets": 1,
            "crop": 0.0,
            "threshold": 0.01,
            "soft": False,
        },
    ),
    "compress_coils": (
        compression.compress_coils,
        {"kspace": IMAGES[None], "n_virtual": 1, "share": 0.9},
    ),
    "sample_coils": (
        measured.sample_coils,
        {
            "kspace": IMAGES[None] + 0j,
            "mask": np.ones((16, 16)),
            "noise_scan": A.T[:2],
            "maps": np.ones((2, 16, 16)),
        },
    ),
    "find_noise_covariance": (whitening.find_noise_covariance, {"noise_scan": A.T}),
    "apply_sensitivities": (
        acquisition.apply_sensitivities,
        {"image": np.ones((4, 4)), "sensitivities": np.ones((2, 4, 4))},
    ),
    "combine_coils": (acquisition.combine_coils, {"coil_images": IMAGES}),
    "reconstruct": (
        run_reconstruct,
        {
            "acquisition": MEASURED,
            "method": "l21",
            "wavelet": "haar",
            "levels": 2,
            "strength": 0.1,
            "penalise_coarse": False,
            "tol": 1e-2,
            "max_iter": 3,
            "start": None,
            "phase": "free",
        },
    ),
    "invert": (
        run_invert,
        {
            "data": SHOTS,
            "wavelets": [RICKER, RICKER],
            "noise_level": 0.2,
            "method": "sbl",
            "refit": None,
            "traces_together": 1,
            "dip": 0.0,
        },
    ),
    "ormsby": (wavelets.ormsby, {"frequencies": (5.0, 10.0, 40.0, 60.0), "sample_interval": 0.004}),
    "klauder": (wavelets.klauder, {"band": (10.0, 60.0), "sample_interval": 0.004}),
    "rotate_phase": (wavelets.rotate_phase, {"wavelet": RICKER, "degrees": 30.0}),
    "attenuate": (
        attenuation.attenuate,
        {"wavelet": RICKER, "n_samples": 50, "quality": 50.0, "dispersion": False},
    ),
    "attenuate_wavelets": (
        attenuation.attenuate_wavelets,
        {"wavelets": [RICKER], "n_samples": 50, "quality": 50.0},
    ),
    "make_channel_operator": (
        source.make_channel_operator,
        {"wavelets": [RICKER], "shape": (1, 100)},
    ),
    "compute_travel_times": (
        move_out.compute_travel_times,
        {"times": [0.1], "velocities": [2e3], "offsets": [100.0]},
    ),
    "model_arrivals": (
        modelling.model_arrivals,
        {"times": [[[0.1]]], "coefficients": [[[0.1]]], "wavelets": [RICKER], "n_samples": 100},
    ),
    "add_noise": (
        added_noise.add_noise,
        {"data": SHOTS, "snr_db": 10.0, "band": (10.0, 40.0), "random_state": 0},
    ),
    "find_tuning_thickness": (find_tuning_thickness, {"frequency": 30.0}),
    "snr_db": (metrics.snr_db, {"estimate": REFLECTIVITY, "truth": REFLECTIVITY}),
    "correlation": (metrics.correlation, {"estimate": REFLECTIVITY, "truth": REFLECTIVITY}),
    "match_reflectors": (metrics.match_reflectors, {"found": [1], "true": [2], "tolerance": 1}),
    "score_reflectors": (
        metrics.score_reflectors,
        {"found": [30], "reflectivity": REFLECTIVITY, "truth": REFLECTIVITY, "bands": (1.0,)},
    ),
    "compare_methods": (compare_methods, {"X": A, "sizes": 2, "standardize": False}),
}

# Arguments without which a row's function cannot be called, and that are checked in another row.
NEEDED = {
    "Problem of counts": {"operator": A},
    "prox of l1": {"x": np.ones(8)},
    "dual_norm": {"gradient": np.ones(8)},
    "EarthModel": {"horizons": np.array([[0.1]])},
    "simulate_acquisition": {"images": IMAGES},
    "klauder": {"sweep_duration": 8.0},
    "attenuate": {"sample_interval": 0.004},
    "attenuate_wavelets": {"sample_interval": 0.004},
    "model_arrivals": {"sample_interval": 0.004},
    "add_noise": {"sample_interval": 0.004},
    "compare_methods": {"methods": ["forward"]},
}

# What an argument is called in messages, where it is not by its own name.
ALIASES = {
    "values": "operator matrix",
    "kspace": "k-space",
    "value": "operator",
    "labels": "groups",
    "lists": "groups",
    "indptr": "groups",
    "indices": "groups",
    "block_size": "groups: a block size",
    "wavelets": "wavelet",
    "X": "operator matrix",
    "x": "input",
    "y": "input",
    "operator": "data|groups",  # which need not fit another operator
}

BAD = {
    "text": "bad",
    "object": object(),
    "complex": 1j,
    "nan": np.nan,
    "inf": np.inf,
    "ragged": [[1], [1, 2]],
    "no number": [None],
    "mapping": {},
    "dates": np.array(["2020-01-01"] * 3, "M8[D]"),
    "sparse": sp.csr_array(np.eye(3)),
    "function": np.sum,
    "masked": np.ma.masked_array([1.0, 2.0], [True, False]),
    "texts": np.array(["a", "b"]),
}


@pytest.mark.parametrize("row", CALLS)
def test_bad_input_is_named(row):
    call, arguments = CALLS[row]
    fixed = NEEDED.get(row, {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        call(**fixed, **arguments)
        for name in arguments:
            for kind, value in BAD.items():
                fault = find_fault(call, {**fixed, **arguments, name: value}, name)
                assert fault is None, f"{name} = {kind}: {fault}"


def find_fault(call, arguments, name):
    """Return the message of a `ValueError` that does not name the argument, or None."""
    try:
        call(**arguments)
    except ValueError as error:
        said = rf"\b({name}|{ALIASES.get(name, name)})\b"
        return None if re.search(said, str(error)) else str(error)
    return None


ARRAYS = [
    ("Matrix", "values"),
    ("Problem", "operator"),
    ("Problem", "data"),
    ("Problem", "groups"),
    ("Problem with noise", "weights"),
    ("Problem with noise", "covariance"),
    ("Problem of counts", "data"),
    ("Problem of counts", "weights"),
    ("data of Logistic", "data"),
    ("data of Cox", "data"),
    ("Cox", "strata"),
    ("copy_start", "start"),
    ("Regression", "X"),
    ("Regression", "y"),
    ("Regression", "sample_weight"),
    ("estimate_noise", "data"),
    ("from_labels", "labels"),
    ("PartialFourier", "mask"),
    ("Convolution", "wavelet"),
    ("apply", "x"),
    ("prox", "x"),
    ("psnr", "image"),
    ("psnr", "truth"),
    ("invert", "data"),
    ("snr_db", "estimate"),
    ("compare_methods", "X"),
]


@pytest.mark.parametrize(("row", "name"), ARRAYS)
def test_masks_are_not_forgotten(row, name):
    call, arguments = CALLS[row]
    given = np.arange(8) // 2 if (row, name) == ("Problem", "groups") else arguments[name]
    values = np.ma.masked_array(given, np.zeros(np.shape(given), bool))
    call(**NEEDED.get(row, {}), **{**arguments, name: values})
    values[(0,) * values.ndim] = np.ma.masked
    with pytest.raises(ValueError, match="has masked values"):
        call(**NEEDED.get(row, {}), **{**arguments, name: values})
