"""Loaders of real data and generators of synthetic problems."""

from .coils import make_coil_sensitivities
from .earths.makers import make_layers, make_thin_beds, make_wedge
from .earths.models import EarthModel
from .earths.reflection_coefficients import aki_richards, shuey, zoeppritz
from .images import load_head_slice, load_photograph
from .joint_sparse import make_joint_sparse
from .lit_pixels import draw_lit_pixels, make_lit_pixels, reshape_to_picture
from .phantom import make_shepp_logan_channels
from .reflectivity import JointReflectivity, make_joint_reflectivity, make_random_reflectivity
from .samples.lung_discrete import load_lung_discrete
from .samples.wisconsin import load_wisconsin
from .synthetic import GroupSparseData, make_group_sparse

__all__ = [
    "EarthModel",
    "GroupSparseData",
    "JointReflectivity",
    "aki_richards",
    "draw_lit_pixels",
    "load_head_slice",
    "load_lung_discrete",
    "load_photograph",
    "load_wisconsin",
    "make_coil_sensitivities",
    "make_group_sparse",
    "make_joint_reflectivity",
    "make_joint_sparse",
    "make_layers",
    "make_lit_pixels",
    "make_random_reflectivity",
    "make_shepp_logan_channels",
    "make_thin_beds",
    "make_wedge",
    "reshape_to_picture",
    "shuey",
    "zoeppritz",
]
