"""How good a result is, and how hard a problem."""

from .babel import cumulative_coherence
from .coherence import RecoveryCondition, block_coherence, mutual_coherence, recovery_condition
from .dependence import SparkBounds, kruskal_rank, spark, spark_bounds
from .image_quality import nrmse, psnr, ssim
from .null_space import null_space_constant
from .numerical_rank import numerical_rank
from .oracle import oracle_solution
from .restricted_isometry import block_restricted_isometry
from .uniqueness import coherence_bound, uniqueness_bound

__all__ = [
    "RecoveryCondition",
    "SparkBounds",
    "block_coherence",
    "block_restricted_isometry",
    "coherence_bound",
    "cumulative_coherence",
    "kruskal_rank",
    "mutual_coherence",
    "nrmse",
    "null_space_constant",
    "numerical_rank",
    "oracle_solution",
    "psnr",
    "recovery_condition",
    "spark",
    "spark_bounds",
    "ssim",
    "uniqueness_bound",
]
