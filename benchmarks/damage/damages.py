"""Ways to damage the content of a file."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Damage = Callable[[bytes, np.random.Generator], bytes]

_LENGTHS = (0, 1, 2**15, 2**16 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**64 - 1)
_HEAD = 600


def damage(content: bytes, seed: int) -> bytes:
    """Return the content, damaged in one way or several, the same for the same seed."""
    rng = np.random.default_rng(seed)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        kind = _DAMAGES[rng.integers(len(_DAMAGES))]
        content = kind(content, rng)
    return content


def _choose_place(content: bytes, rng: np.random.Generator) -> int:
    """Return a position, every other time near the start, where headers are."""
    end = min(_HEAD, len(content)) if rng.random() < 0.5 else len(content)
    return int(rng.integers(max(end, 1)))


def _flip_bits(content: bytes, rng: np.random.Generator) -> bytes:
    result = bytearray(content)
    for _ in range(rng.integers(1, 9)):
        if result:
            result[_choose_place(content, rng)] ^= 1 << int(rng.integers(8))
    return bytes(result)


def _truncate(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: _choose_place(content, rng)]


def _zero_block(content: bytes, rng: np.random.Generator) -> bytes:
    return _replace_block(content, rng, lambda n: bytes(n))


def _randomize_block(content: bytes, rng: np.random.Generator) -> bytes:
    return _replace_block(content, rng, rng.bytes)


def _replace_block(content: bytes, rng: np.random.Generator, make: Callable[[int], bytes]) -> bytes:
    at = _choose_place(content, rng)
    length = min(int(2 ** rng.uniform(0, 10)), len(content) - at)
    return content[:at] + make(length) + content[at + length :]


def _swap_blocks(content: bytes, rng: np.random.Generator) -> bytes:
    length = int(2 ** rng.uniform(2, 9))
    first, second = sorted(_choose_place(content, rng) for _ in range(2))
    if second < first + length:
        return content[second:] + content[:second]
    block, other = content[first : first + length], content[second : second + length]
    between = content[first + length : second]
    return content[:first] + other + between + block + content[second + length :]


def _repeat_block(content: bytes, rng: np.random.Generator) -> bytes:
    at = _choose_place(content, rng)
    return content[: at + 64] + content[at:]


def _write_length(content: bytes, rng: np.random.Generator) -> bytes:
    """Write a number of two to eight bytes over the content, as a header might hold it."""
    width = int(rng.choice([2, 4, 8]))
    number = int(_LENGTHS[rng.integers(len(_LENGTHS))]) % 2 ** (8 * width)
    at = _choose_place(content, rng) // width * width
    written = number.to_bytes(width, "little" if rng.random() < 0.5 else "big")
    return (content[:at] + written + content[at + width :])[: len(content)]


def _write_digits(content: bytes, rng: np.random.Generator) -> bytes:
    """Replace digits by others, as in a header of text."""
    places = [
        place for place in range(min(len(content), 2000)) if content[place : place + 1].isdigit()
    ]
    if not places:
        return _flip_bits(content, rng)
    at = places[int(rng.integers(len(places)))]
    digits = b"9" * int(rng.integers(1, 16)) if rng.random() < 0.7 else b"-1"
    return content[:at] + digits + content[at + 1 :]


def _empty(content: bytes, rng: np.random.Generator) -> bytes:
    return b"" if rng.random() < 0.1 else rng.bytes(len(content))


_DAMAGES: tuple[Damage, ...] = (
    _flip_bits,
    _flip_bits,
    _truncate,
    _zero_block,
    _randomize_block,
    _swap_blocks,
    _repeat_block,
    _write_length,
    _write_length,
    _write_digits,
    _empty,
)
