"""How good a result is, and how hard a problem."""

from .image_quality import nrmse, psnr, ssim

__all__ = ["nrmse", "psnr", "ssim"]
