"""How good a result is, and how hard a problem."""

from .image_quality import nrmse, psnr, ssim
from .oracle import oracle_solution

__all__ = ["nrmse", "oracle_solution", "psnr", "ssim"]
