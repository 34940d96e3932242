"""The settings of an inversion, checked when they are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ....toolkit.arrays import Array
from ....toolkit.checks import check_count, check_flag, check_number, check_strength
from .methods import get_method

_WINDOW = 5


@dataclass(frozen=True)
class InversionSettings:
    """Settings of an inversion: the method and its parameters.

    Parameters
    ----------
    method : str, default "sbl"
        "sbl" (sparse Bayesian learning), "l21", "mcp", "l0", "constrained" (smallest l2,1 norm
        at the noise level), "ow" (orthogonally weighted l2,1), or "windows" (overlapping
        windows, for thick anomalies).
    strength : float, optional
        The strength alpha of the penalty of "l21", "mcp", "l0" and "windows", as a fraction of
        the smallest alpha whose solution is zero. By default alpha follows from the noise level.
    refit : bool, optional
        Whether to replace the amplitudes by the least-squares fit at the reflectors. By default
        as the method does.
    window : int, optional
        The length of the windows of "windows" in samples; 5 by default.
    traces_together : int, default 1
        The number of neighbouring traces that share their reflectors.
    dip : float, default 0
        The delay in seconds of a reflector from one trace to the next, for `traces_together`.
    robust : bool, default False
        Whether a few samples may hold something else than signal and noise, such as spikes: what
        a residual has beyond three standard deviations of the noise is left out (`Robust`).

    Raises
    ------
    ValueError
        If the method is unknown or does not use a setting, or a setting is out of range.

    Examples
    --------
    >>> InversionSettings("l21", strength=0.1).strength
    0.1
    """

    method: str = "sbl"
    strength: float | None = None
    refit: bool | None = None
    window: int | None = None
    traces_together: int = 1
    dip: float = 0.0
    robust: bool = False

    def __post_init__(self) -> None:
        method = get_method(self.method)
        if self.strength is not None:
            check_strength("strength", self.strength)
            if not method.has_strength:
                raise ValueError(
                    f"strength must be None for method {self.method!r}, which follows the noise "
                    f"level, got {self.strength!r}"
                )
        if self.refit is not None:
            check_flag("refit", self.refit)
        if self.window is not None:
            if self.method != "windows":
                raise ValueError(f"window is for method 'windows', not for {self.method!r}")
            check_count("window", self.window, least=2)
        check_count("traces_together", self.traces_together)
        check_number("dip", self.dip)
        check_flag("robust", self.robust)

    @property
    def window_length(self) -> int:
        """The number of samples of a group in time; 1 unless the method is "windows"."""
        if self.method != "windows":
            return 1
        return _WINDOW if self.window is None else self.window

    def check_against(
        self, wavelets: Sequence[Array], n_samples: int, sample_interval: float
    ) -> None:
        """Raise a `ValueError` if the settings do not suit these wavelets or this trace length."""
        if not abs(self.dip) / sample_interval < n_samples:
            raise ValueError(
                f"dip must be less than the length of a trace, {n_samples * sample_interval:g} s, "
                f"got {self.dip!r}"
            )
        if self.window_length > n_samples:
            raise ValueError(
                f"window must be at most {n_samples}, the number of samples of a trace, got "
                f"{self.window_length}"
            )
        if self.dip and any(wavelet.ndim == 2 for wavelet in wavelets):
            raise ValueError("dip must be 0 where wavelets change with time")
