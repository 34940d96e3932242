"""Surveys with every part, and SEG-Y files made byte by byte, without a library."""

import struct

import numpy as np
import pytest

from groupsparse.apps.seismic.survey import Survey

# First bytes of the numbers of four bytes, in trace and binary headers; others have two.
WIDE = {1, 5, 9, 13, 17, 21, 25, 37, *range(41, 69, 4), 73, 77, 81, 85, *range(181, 200, 4)}
WIDE |= {233, 237, 3201, 3205, 3209, 3269}
KINDS = {2: "i4", 3: "i2", 5: "f4", 6: "f8", 8: "i1", 9: "i8", 10: "u4", 11: "u2", 12: "u8"}
KINDS |= {1: "u4", 16: "u1"}


def ibm_words(values):
    """Return IBM floating point: a sign, a power of 16 (plus 64) and 24 bits of fraction, cut."""
    fraction, binary = np.frexp(np.abs(np.asarray(values, "f8")))
    power = -(-binary // 4)
    digits = np.ldexp(fraction, binary - 4 * power + 24).astype("u4")
    words = (np.signbit(values).astype("u4") << 31) | ((power + 64).astype("u4") << 24) | digits
    return np.where(digits == 0, 0, words)


def put(buffer, byte, value, order=">"):
    """Write a number at a byte, counted from 1."""
    kind, bits = ("I", 32) if byte in WIDE else ("B", 8) if byte == 3501 else ("H", 16)
    struct.pack_into(order + kind, buffer, byte - 1, int(value) % 2**bits)


def segy_bytes(samples, *, code=5, order=">", headers=None, binary=None, texts=0):
    """Return a file of samples (shot, trace, time); headers by their first bytes."""
    samples = np.asarray(samples)
    *shape, n_samples = samples.shape
    shot, trace = np.indices(shape) + 1
    fields = {9: shot, 21: trace, 115: n_samples, 117: 2000} | (headers or {})
    columns = {byte: np.broadcast_to(values, shape).ravel() for byte, values in fields.items()}
    words = (ibm_words(samples) if code == 1 else samples).astype(order + KINDS[code])
    start = bytearray(3600)
    said = {3217: 2000, 3221: n_samples, 3225: code, 3501: 1, 3505: texts} | (binary or {})
    for byte, value in said.items():
        put(start, byte, value, order)
    parts = [bytes(start), b"\x40" * 3200 * texts]
    for i, row in enumerate(words.reshape(-1, n_samples)):
        header = bytearray(240)
        for byte, values in columns.items():
            put(header, byte, values[i], order)
        parts += [bytes(header), row.tobytes()]
    return b"".join(parts)


@pytest.fixture
def samples():
    """Samples of 2 shots, 3 traces and 7 times."""
    return np.random.default_rng(0).standard_normal((2, 3, 7)).astype("f4")


@pytest.fixture
def make_segy(tmp_path, samples):
    """Return a function that writes a file; by default IEEE floats, FieldRecord, CDP and 2 ms."""

    def make(values=samples, *, name="made.sgy", **said):
        path = tmp_path / name
        path.write_bytes(segy_bytes(values, **said))
        return path

    return make


@pytest.fixture
def full_survey():
    """Return a function that makes a survey with every part."""

    def make(shape=(2, 3, 20), dtype="float64", offsets=(2,)):
        rng = np.random.default_rng(0)
        data = rng.standard_normal(shape).astype(dtype)
        data[0, 1] = 0
        return Survey(
            data,
            0.004,
            offsets=rng.uniform(0, 900, offsets),
            shots=[7, 9],
            traces=np.arange(shape[1]) + 10,
            start_time=-0.1,
            dead=np.isin(np.arange(2 * shape[1]), [1, 4]).reshape(2, -1),
        )

    return make
