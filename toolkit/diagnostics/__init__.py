"""How good a result is, and how hard a problem."""

from .coherence import RecoveryCondition, block_coherence, mutual_coherence, recovery_condition
from .image_quality import nrmse, psnr, ssim
from .oracle import oracle_solution
from .restricted_isometry import block_restricted_isometry

__all__ = [
    "RecoveryCondition",
    "block_coherence",
    "block_restricted_isometry",
    "mutual_coherence",
    "nrmse",
    "oracle_solution",
    "psnr",
    "recovery_condition",
    "ssim",
]
