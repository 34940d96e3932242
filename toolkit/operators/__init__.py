"""Linear operators: explicit matrices, channels, wavelets, Fourier samples, products."""

from .channels import Channelwise, Joint
from .convolution import Convolution, TimeVaryingConvolution
from .external import External, OperatorLike, as_operator
from .fourier import PartialFourier
from .half_plane import HalfPlaneFourier
from .imaging import NonuniformFourier, RealInput, Sensitivities
from .intercept import WithIntercept
from .matrix import CentredMatrix, Matrix
from .operator import Composition, Operator
from .replicated import Replicated
from .wavelet import Wavelet
from .white_noise.weighting import Weighting
from .white_noise.whitening import Whitening

__all__ = [
    "CentredMatrix",
    "Channelwise",
    "Composition",
    "Convolution",
    "External",
    "HalfPlaneFourier",
    "Joint",
    "Matrix",
    "NonuniformFourier",
    "Operator",
    "OperatorLike",
    "PartialFourier",
    "RealInput",
    "Replicated",
    "Sensitivities",
    "TimeVaryingConvolution",
    "Wavelet",
    "Weighting",
    "Whitening",
    "WithIntercept",
    "as_operator",
]
