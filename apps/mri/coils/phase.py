"""Images whose phase is known: it is smooth, so that the frequencies around zero show it.

    min_x  1/2 ||P F S e^(i phi) x - y||^2 + Omega(x),   x real

With the phase phi in the operator, a frequency and its negative say the same of x, so that half of
k-space, and somewhat more around zero, suffices (partial Fourier imaging; "virtual conjugate
coils": Blaimer et al., 2009).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ....toolkit.arrays import Array
from ....toolkit.operators import (
    Channelwise,
    Joint,
    Operator,
    PartialFourier,
    RealInput,
    Sensitivities,
)
from ..acquisition import Acquisition
from ..measurements.encoding import spread_samples
from .calibration import find_calibration_region


def constrain_phase(acquisition: Acquisition) -> Acquisition:
    """Return an acquisition of real images, whose phases its operator applies.

    Parameters
    ----------
    acquisition : Acquisition
        Of complex images with at most one set of maps, on the grid.

    Returns
    -------
    Acquisition
        Of real images. `phases` are the phases of the images; `samples` hold real and imaginary
        parts.

    Raises
    ------
    ValueError
        If images are real, there are two sets of maps, or no frequencies around zero are sampled.

    Examples
    --------
    >>> from groupsparse.apps.mri.acquisition import simulate_acquisition
    >>> half = np.arange(32)[:, None] * np.ones(32) < 22
    >>> data = constrain_phase(simulate_acquisition(np.full((1, 32, 32), 1j), half, 0.0))
    >>> data.samples.dtype, data.phases.round(3)[0, 3, 4]
    (dtype('float64'), np.float64(1.571))
    """
    maps, space = acquisition.maps, acquisition.space
    if not np.iscomplexobj(acquisition.samples):
        raise ValueError("phase is constrained for complex images only; these are real")
    if len(acquisition.group_axes) > 1:
        raise ValueError("phase is constrained with one set of maps only, got two")
    masks = np.broadcast_to(acquisition.mask, (len(_list_samples(acquisition)), *space))
    coils = np.ones((1, *space)) if maps is None else maps
    phases, operators, samples = [], [], []
    for mask, values in zip(masks, _list_samples(acquisition), strict=True):
        rows = values.reshape(len(coils), -1)
        phase = _estimate_phase(rows, mask, coils)
        phases.append(phase)
        operators.append(_turn(mask, coils, phase))
        samples.append(np.stack([rows.real, rows.imag]))
    operator = Channelwise(operators)
    return replace(
        acquisition,
        operator=operator,
        samples=operator.pack(samples),
        mask=masks.copy(),
        phases=np.stack(phases),
    )


def _list_samples(acquisition: Acquisition) -> list[Array]:
    """Return the samples of every channel."""
    operator = acquisition.operator
    if isinstance(operator, Channelwise):
        return operator.unpack(acquisition.samples)
    return list(acquisition.samples)


def _turn(mask: Array, coils: Array, phase: Array) -> Operator:
    """Return the sampling of a real image that has a phase."""
    turned = (coils * np.exp(1j * phase)).astype(np.result_type(coils.dtype, np.complex64))
    sampling = Joint(PartialFourier(mask), len(coils)) @ Sensitivities(turned, mask.ndim)
    return RealInput(sampling)


def _estimate_phase(samples: Array, mask: Array, coils: Array) -> Array:
    """Return the phase of the image that the frequencies around zero show, in all coils."""
    region = find_calibration_region(mask, max(mask.shape))
    window = np.zeros(mask.shape)
    part = np.ones(())
    for side in (place.stop - place.start for place in region):
        part = np.multiply.outer(part, np.hanning(side + 2)[1:-1])
    window[region] = part
    whole = PartialFourier(np.ones(mask.shape, dtype=bool))
    kspace = spread_samples(samples, mask) * window
    images = whole.adjoint(kspace.reshape(len(samples), -1))
    phase: Array = np.angle((coils.conj() * images).sum(axis=0))
    return phase
