"""Figures show what came in, name it in full, and fit the page."""

import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from groupsparse.apps.features.page.bars import MOST_BARS, draw_frequencies, draw_scores
from groupsparse.apps.features.page.correlation import correlate_features, find_representatives
from groupsparse.apps.features.page.figures import draw_errors, draw_separation
from groupsparse.apps.features.page.heat_map import choose_part, draw_correlations
from groupsparse.apps.features.separation import ALL, MAJORITY
from groupsparse.apps.report.canvas import format_label, make_figure, render_picture, shorten_name
from groupsparse.apps.report.figure_style import FAINT, MAIN
from groupsparse.apps.report.page import PAGE_WIDTH, WIDE

LONG = "AFFX-HUMISGF3A/M97935_MB_at"


@pytest.fixture(autouse=True)
def _strict():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def curve_of(methods, n=20, bound=True):
    sizes = np.arange(1, n + 1)
    frames = [
        pd.DataFrame({"method": m, "n_features": sizes, "rmse": (1.1 + 0.1 * i) * 0.8**sizes})
        for i, m in enumerate(methods)
    ]
    frame = pd.concat(frames, ignore_index=True)
    return frame.assign(bound=0.8 ** frame["n_features"]) if bound else frame


def separation_of(selectors, sizes=(1, 5, 20)):
    rows = [
        (name, n, c, 0.6 + 0.01 * n, 0.5, 0.02, 5)
        for name in selectors
        for n in sizes
        for c in ("k-NN", "logistic")
    ]
    for name, n, level in ((ALL, 30, 0.95), (MAJORITY, 0, 0.55)):
        rows += [(name, n, c, level, level, 0.01, 5) for c in ("k-NN", "logistic")]
    names = "selector n_features classifier accuracy balanced_accuracy standard_error n_folds"
    return pd.DataFrame(rows, columns=names.split())


def legend_texts(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def bars_of(figure):
    """Return the names, the widths and the colours of all bars, from the top to the bottom."""
    names, widths, colours = [], [], []
    for axes in figure.axes:
        assert axes.yaxis_inverted()
        names += [label.get_text() for label in axes.get_yticklabels()]
        widths += [bar.get_width() for bar in axes.patches]
        colours += [to_hex(bar.get_facecolor()).upper() for bar in axes.patches]
    return names, widths, colours


def assert_inside_and_apart(figure):
    """All tick labels lie inside the figure, and none overlaps its neighbour."""
    render_picture(figure, "")
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            labels = [one for one in axis.get_ticklabels() if one.get_text()]
            boxes = [label.get_window_extent() for label in labels]
            low, high = axis.get_view_interval()
            places = axis.get_ticklocs()
            seen = [b for b, p in zip(boxes, places, strict=False) if low <= p <= high]
            for box in seen:
                assert box.x0 >= 0
                assert box.y0 >= 0
                assert box.x1 <= figure.bbox.width
                assert box.y1 <= figure.bbox.height
            for one, other in pairwise(seen):
                assert not one.padded(-1).overlaps(other.padded(-1))


def test_a_figure_takes_the_width_of_the_page_twice():
    for height in (1.0, 3.3, 20.0):
        picture = render_picture(make_figure(height), "empty", "detail")
        rows, columns, channels = picture.image.shape
        assert (columns, channels) == (2 * PAGE_WIDTH, 3)
        assert columns / rows >= WIDE
        assert picture.image.dtype == np.uint8
        assert (picture.image == 255).all()
        assert picture.limits == (0, 255)


def test_names_are_literal_and_short_enough():
    assert format_label(LONG) == LONG
    assert format_label("$x$\n y") == r"\$x\$ y"
    assert shorten_name("a" * 60 + "b" * 60) == "a" * 24 + "…" + "b" * 23


def test_error_curves_have_bound_and_mark():
    methods = ["ours", "greedy", "far"]
    figure = draw_errors(curve_of(methods), chosen=7)
    left, right = figure.axes
    assert (left.get_xlabel(), left.get_ylabel()) == ("number of features", "RMSE")
    assert right.get_ylabel() == "RMSE above the bound"
    assert legend_texts(figure) == [*methods, "lower bound (SVD)"]
    lines = {line.get_label(): line for line in left.get_lines()}
    np.testing.assert_allclose(lines["ours"].get_ydata(), 1.1 * 0.8 ** np.arange(1, 21))
    assert lines["lower bound (SVD)"].get_linestyle() == "--"
    assert [line.get_xdata()[0] for line in left.get_lines()].count(7) == 1
    above = sorted(line.get_ydata()[3] for line in right.get_lines()[:3])
    np.testing.assert_allclose(above, [10, 20, 30])
    assert {text.get_text() for text in left.texts} == {"7 chosen"}


def test_a_method_that_is_far_off_does_not_flatten_the_others():
    curve = curve_of(["ours", "greedy", "third", "far"])
    curve.loc[curve["method"] == "far", "rmse"] *= 50
    right = draw_errors(curve).axes[1]
    assert 30 <= right.get_ylim()[1] < 150


def test_error_curves_without_bound_are_one_panel():
    assert len(draw_errors(curve_of(["a"], bound=False)).axes) == 1
    assert len(draw_errors(curve_of(["a"]).assign(bound=np.nan)).axes) == 1
    zero = curve_of(["a"], n=3)
    zero.loc[2, ["bound", "rmse"]] = 1e-12  # at the rank
    assert np.isnan(draw_errors(zero).axes[1].get_lines()[0].get_ydata()[2])


def test_eleven_methods_look_different():
    figure = draw_errors(curve_of([f"m{i}" for i in range(11)]))
    looks = {
        (line.get_color(), line.get_marker(), line.get_linestyle())
        for line in figure.axes[0].get_lines()
    }
    assert len(looks) == 12


def test_scores_are_bars_with_the_largest_on_top():
    names, widths, _ = bars_of(draw_scores(["b", "a", LONG], np.array([1.0, 3.0, 2.0])))
    assert names == ["a", LONG, "b"]
    assert widths == [3.0, 2.0, 1.0]


def test_more_than_forty_scores_are_summarised():
    scores = np.arange(1.0, 51.0)
    figure = draw_scores([f"g{i}" for i in range(50)], scores)
    names, widths, colours = bars_of(figure)
    assert len(names) == len(widths) == MOST_BARS
    assert names[0] == "g49"
    assert names[-1] == "11 more (mean)"
    assert widths[-1] == scores[:11].mean()
    assert colours[-1] == FAINT
    assert len({axes.get_xlim() for axes in figure.axes}) == 1


def test_forty_scores_are_all_shown():
    names, _, _ = bars_of(draw_scores([f"g{i}" for i in range(40)], np.ones(40)))
    assert names == [f"g{i}" for i in range(40)]


def test_frequencies_tell_chosen_from_others():
    frequencies = np.array([0.9, 0.2, 0.0, 0.6, 0.1])
    figure = draw_frequencies(list("abcde"), frequencies, np.array([0, 1]))
    names, widths, colours = bars_of(figure)
    assert names == ["a", "d", "b", "e"]
    assert widths == [0.9, 0.6, 0.2, 0.1]
    assert colours == [MAIN, FAINT, MAIN, FAINT]
    assert figure.axes[0].get_xlim() == (0, 1)
    assert legend_texts(figure) == ["chosen", "not chosen"]


def test_frequencies_of_many_show_ten_others():
    rng = np.random.default_rng(0)
    frequencies = rng.random(200)
    _, _, colours = bars_of(draw_frequencies([str(i) for i in range(200)], frequencies, np.r_[:60]))
    assert (colours.count(MAIN), colours.count(FAINT)) == (30, 10)


def test_correlations_are_those_of_numpy():
    X = np.random.default_rng(0).standard_normal((30, 6)) * 10.0 ** np.arange(6) + 5
    found = correlate_features(X, [4, 1])
    np.testing.assert_allclose(found, np.corrcoef(X.T)[[4, 1]])
    X[:, 2] = 0.1
    found = correlate_features(X, [4, 1])
    assert np.isnan(found[:, 2]).all()
    assert find_representatives(found, np.array([4, 1]))[2] == -1


def test_the_heat_map_shows_all_of_few():
    X = np.random.default_rng(1).standard_normal((40, 9))
    selected = np.array([7, 2, 4])
    correlation = correlate_features(X, selected)
    part = choose_part(correlation, selected)
    assert sorted(part.columns) == [0, 1, 3, 5, 6, 8]
    assert part.n_dropped == 6
    strength = np.abs(correlation[:, part.columns])
    np.testing.assert_array_equal(part.best, strength.argmax(axis=0))
    assert (np.diff(part.best) >= 0).all()
    for place in range(3):
        assert (np.diff(strength.max(axis=0)[part.best == place]) <= 0).all()
    names = list("abcdefghi")
    figure = draw_correlations(correlation, selected, names, part)
    axes, bar = figure.axes
    image = axes.get_images()[0]
    assert image.get_clim() == (-1, 1)
    np.testing.assert_array_equal(image.get_array(), correlation[:, part.columns])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["h", "c", "e"]
    assert [t.get_text() for t in axes.get_xticklabels()] == [names[i] for i in part.columns]
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("chosen", "dropped")
    assert bar.get_ylabel() == "correlation"


def test_the_heat_map_of_many_shows_the_best_and_the_worst():
    X = np.random.default_rng(1).standard_normal((40, 500))
    selected = np.arange(30)
    correlation = correlate_features(X, selected)
    part = choose_part(correlation, selected)
    assert part.rows.size == 25
    assert part.columns.size == len(set(part.columns)) == 60
    places = np.abs(correlation).argmax(axis=0)
    candidates = [i for i in range(30, 500) if places[i] < 25]
    assert part.n_dropped == len(candidates)
    by_strength = sorted(candidates, key=lambda i: -np.abs(correlation[:, i]).max())
    assert set(part.columns) == {*by_strength[:30], *by_strength[-30:]}


def test_separation_has_a_panel_per_classifier_with_baselines():
    selectors = ["ours", "ANOVA F"]
    figure = draw_separation(separation_of(selectors))
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["k-NN", "logistic"]
    assert legend_texts(figure) == [*selectors, ALL, MAJORITY]
    for axes in figure.axes:
        assert axes.get_xlabel() == "number of features"
        assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "5", "20"]
        assert len(axes.containers) == 2
        data, _, (bars,) = axes.containers[0]
        np.testing.assert_allclose(data.get_ydata().astype(float), [0.61, 0.65, 0.8])
        np.testing.assert_allclose(
            [s[:, 1].max() - s[:, 1].min() for s in bars.get_segments()], 0.04
        )
        levels = {line.get_label(): line.get_ydata()[0] for line in axes.get_lines()}
        assert (levels[ALL], levels[MAJORITY]) == (0.95, 0.55)
        low, high = axes.get_ylim()
        assert low < 0.55
        assert high > 1


@pytest.mark.parametrize("name", [LONG, "x" * 90, "gene"])
def test_labels_are_inside_the_figure_and_apart(name):
    names = [f"{name} {i}" for i in range(200)]
    X = np.random.default_rng(1).standard_normal((40, 200))
    selected = np.arange(50)
    correlation = correlate_features(X, selected)
    assert_inside_and_apart(draw_scores(names[:50], np.arange(50.0)))
    assert_inside_and_apart(draw_frequencies(names, np.linspace(1, 0, 200), selected))
    part = choose_part(correlation, selected)
    assert_inside_and_apart(draw_correlations(correlation, selected, names, part))
    assert_inside_and_apart(draw_errors(curve_of(names[:10]), 3))
    assert_inside_and_apart(draw_separation(separation_of(names[:5])))
