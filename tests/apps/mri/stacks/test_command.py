"""The verb for stacks: what it writes, prints and refuses."""

import json

import numpy as np


def test_a_stack_is_reconstructed(tmp_path, source, stack, groupsparse):
    out = tmp_path / "out.npy"
    options = ("--out", out, "--jobs", 1, "--noise", 0.01, "--magnitude")
    ran = groupsparse("mri", "reconstruct-stack", source, *options)
    assert ran.code == 0
    assert "shape (4, 32, 40)" in ran.out
    np.save(source, stack[0][:, 0])
    options = (*options, "--volume", "--overwrite", "--json", "-")
    ran = groupsparse("mri", "reconstruct-stack", source, *options)
    assert json.loads(ran.out)["shape"] == [4, 32, 40]


def test_failing_slices_are_named(tmp_path, source, stack, groupsparse):
    kspace = stack[0].copy()
    kspace[1] = 0
    np.save(source, kspace)
    options = ("--out", tmp_path / "out.npy", "--jobs", 1, "--noise", 0.01)
    ran = groupsparse("mri", "reconstruct-stack", source, *options)
    assert ran.code != 0
    assert "slice 1" in ran.err
    assert "out.npy.partial" in ran.err
    ran = groupsparse("mri", "reconstruct-stack", source, *options, "--fill-failed")
    assert ran.code == 0
    assert "slice 1 failed" in ran.err
