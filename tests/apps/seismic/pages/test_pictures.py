"""Pictures: the artists that are drawn, before they become pixels."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from groupsparse.apps.seismic.pages import curves, density, well_overlay, wiggle
from groupsparse.apps.seismic.pages.curves import Curve, draw_score_curves, draw_thickness_curves
from groupsparse.apps.seismic.pages.density import draw_density_section
from groupsparse.apps.seismic.pages.section_axes import SectionAxes
from groupsparse.apps.seismic.pages.well_overlay import draw_well_overlay as overlay
from groupsparse.apps.seismic.pages.wiggle import draw_wiggle_section
from groupsparse.apps.seismic.positions import choose_evenly, choose_round_places


@pytest.fixture
def figures(monkeypatch):
    """The figures that become pictures."""
    seen = []
    for module in (wiggle, density, well_overlay, curves):
        drawn = module.render_picture

        def kept(figure, *rest, drawn=drawn):
            seen.append(figure)
            return drawn(figure, *rest)

        monkeypatch.setattr(module, "render_picture", kept)
    return seen


RNG = np.random.default_rng(0)


def test_wiggles(figures):
    data = RNG.standard_normal((5, 40))
    data[2], data[3] = 0, np.nan
    section = SectionAxes(0.004, traces=[11, 12, 13, 14, 15], start_time=1.0)
    picture = draw_wiggle_section(data, section, title="shot")
    assert picture.caption == "shot"
    assert picture.image.shape[1] == 1344
    axes = figures[0].axes[0]
    assert axes.get_ylim() == pytest.approx((1.158, 0.998))  # time downwards, in seconds
    lobes, lines = axes.collections
    assert len(lobes.get_paths()) == len(lines.get_segments()) == 3  # the dead ones stay empty
    times = 1 + 0.004 * np.arange(40)
    x, t = lines.get_segments()[1].T
    assert np.corrcoef(np.interp(times, t, x), data[1])[0, 1] > 0.99
    n_crossings = np.count_nonzero(np.diff(np.sign(data[1])))
    assert np.isin(times, t).all()
    assert t.size == 40 + n_crossings
    filled = lobes.get_paths()[1].vertices
    assert filled[:, 0].min() == 1  # positive lobes only
    y, x = filled[1:-2, 1], filled[1:-2, 0] - 1
    scale = x.max() / data[1].max()
    positive = np.trapezoid(x, y)
    fine = np.linspace(times[0], times[-1], 100_001)
    truth = np.trapezoid(np.maximum(np.interp(fine, times, data[1]), 0), fine)
    assert positive == pytest.approx(scale * truth, rel=1e-6)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["11", "12", "13", "14", "15"]
    assert axes.xaxis.get_label_position() == "top"


def test_many_traces_are_thinned_and_the_label_says_so(figures):
    draw_wiggle_section(RNG.standard_normal((200, 30)), SectionAxes(0.002), title="")
    axes = figures[0].axes[0]
    assert [len(drawn.get_paths()) for drawn in axes.collections] == [60, 60]
    assert axes.get_xlabel() == "trace (60 of 200 drawn)"
    assert choose_evenly(200, 60)[[0, -1]].tolist() == [0, 199]
    assert choose_evenly(3, 60).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("n", "names"),
    [
        (1, [1]),
        (7, [1, 2, 3, 4, 5, 6, 7]),
        (16, [5, 10, 15]),
        (60, [10, 20, 30, 40, 50, 60]),
        (999, [200, 400, 600, 800]),
    ],
)
def test_ticks_are_at_round_numbers(n, names):
    assert (choose_round_places(n, 7) + 1).tolist() == names


def test_dense_sections_are_images(figures):
    data = RNG.standard_normal((6, 50))
    draw_density_section(
        data, SectionAxes(0.002), title="", reflectors=[[3], [4, 5], [], [], [], [49]]
    )
    axes = figures[0].axes[0]
    np.testing.assert_array_equal(axes.images[0].get_array(), data.T)
    low, high = axes.images[0].get_clim()
    assert low == -high
    assert axes.images[0].get_extent() == pytest.approx([-0.5, 5.5, 0.099, -0.001])
    assert axes.get_ylim() == pytest.approx((0.099, -0.001))
    marks = [tuple(line.get_ydata()) for line in axes.lines if len(line.get_ydata())]
    assert marks == [(0.006,), (0.008, 0.01), (0.098,)]
    assert figures[0].axes[1].get_ylabel() == "amplitude"


def test_spikes_are_ticks_of_their_colour(figures):
    spikes = np.zeros((4, 200))
    spikes[0, 10], spikes[3, 150], spikes[1] = 0.5, -1.0, np.nan
    draw_density_section(spikes, SectionAxes(0.002), title="", limit=1.0)
    axes = figures[0].axes[0]
    (ticks,) = (one for one in axes.collections if isinstance(one, LineCollection))
    assert not axes.images
    np.testing.assert_allclose(ticks.get_array(), [0.5, -1.0])  # the strongest on top
    np.testing.assert_allclose(ticks.get_segments()[1], [[2.5, 0.3], [3.5, 0.3]])
    colours = ticks.to_rgba(ticks.get_array())
    assert colours[0][2] > colours[0][0]  # positive is blue
    assert colours[1][0] > colours[1][2]  # negative is red
    (gone,) = axes.patches
    assert (gone.get_x(), gone.get_width()) == (0.5, 1.0)


def test_overlay(figures):
    truth = np.zeros((9, 60))
    truth[:, [10, 30]] = [1.0, -2.0]
    found = np.zeros((9, 60))
    found[:, 11] = 0.8
    overlay(truth, found, SectionAxes(0.002), title="", observed=RNG.standard_normal((9, 60)))
    panels = figures[0].axes
    assert len(panels) == 6
    assert [panel.get_title() for panel in panels][:2] == ["shot 1", "shot 3"]
    assert panels[0].get_ylim() == pytest.approx((0.119, -0.001))
    true, recovered = panels[0].collections
    np.testing.assert_allclose(
        true.get_segments(), [[[0, 0.02], [1, 0.02]], [[0, 0.06], [-2, 0.06]]]
    )
    np.testing.assert_allclose(recovered.get_segments(), [[[0, 0.022], [0.8, 0.022]]])
    low, high = panels[0].get_xlim()
    assert low == -high
    assert high == pytest.approx(2.2)
    (legend,) = figures[0].legends
    names = {text.get_text() for text in legend.get_texts()}
    assert names == {"true", "recovered", "recorded (scaled)"}


def test_score_curves(figures):
    scores = [[0.5, 0.7], [0.8, 1.0]]
    draw_score_curves(
        {"kept": [Curve("joint", [1, 4], scores)], "reversing": [Curve("joint", [1, 2], scores)]},
        title="",
        x_label="shots",
        log_x=True,
    )
    left, right = figures[0].axes
    np.testing.assert_allclose(left.lines[0].get_ydata(), [0.6, 0.9])
    assert left.get_xscale() == "log"
    assert [tick.get_text() for tick in right.get_xticklabels()] == ["1", "2"]
    band = left.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((0.55, 0.95))
    assert left.get_ylim() == (0, 1)


def test_thickness_curves(figures):
    draw_thickness_curves({"joint": {1: 0.5, 3: 1.0}}, 0.002, tuning=0.013, title="")
    (axes,) = figures[0].axes
    np.testing.assert_allclose(axes.lines[0].get_xdata(), [2, 6])
    np.testing.assert_allclose(axes.lines[1].get_xdata(), 13)
    assert "ms" in axes.get_xlabel()


@pytest.mark.parametrize("data", [np.zeros((1, 20)), np.full((3, 20), np.nan), np.ones((2, 1))])
def test_nothing_to_draw(figures, data):
    for draw in (draw_wiggle_section, draw_density_section):
        assert draw(data, SectionAxes(0.002), title="none").image.size
    known = np.nan_to_num(data)
    assert overlay(known, 0 * known, SectionAxes(0.002), title="none").image.size
