"""The page is one file that needs nothing else, shows what came in, and obeys none of it."""

import base64
import io
import subprocess
import sys
from html.parser import HTMLParser

import matplotlib
import numpy as np
import pytest
from PIL import Image

from groupsparse.apps.report.content import Picture, Section, Table
from groupsparse.apps.report.page import write_page
from groupsparse.apps.report.png import choose_display_range, encode_png

RAMP = np.linspace(0, 1, 64 * 64).reshape(64, 64)
VOID = {"meta", "img"}
PNG = "data:image/png;base64,"


class Reader(HTMLParser):
    """Collects the tags with their attributes, and the text of each element."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.open[-1], data.strip()))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def text_of(self, *tags: str) -> list[str]:
        return [text for tag, text in self.texts if tag in tags]


def read(path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    assert reader.open == []
    return reader


def pixels_of(source: str) -> np.ndarray:
    assert source.startswith(PNG)
    return decode(base64.b64decode(source.removeprefix(PNG), validate=True))


def decode(png: bytes) -> np.ndarray:
    """Return the pixels as RGBA."""
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGBA"))


def page_of(tmp_path, *sections, **more) -> Reader:
    return read(write_page(tmp_path / "page.html", "Title", "", sections, **more))


def picture_page(tmp_path, *pictures) -> Reader:
    return page_of(tmp_path, Section("Pictures", picture_rows=[pictures]))


@pytest.fixture
def full_sections():
    pictures = [Picture("Grey", RAMP), Picture("Colour", np.stack([RAMP] * 3, axis=-1))]
    error = Picture("Error", RAMP, (0, 0.5), "magma", "38.7 dB", colorbar=True)
    table = Table(["method", "PSNR"], [["GPDASC", 38.7], ["FISTA", None]], "Quality", [0])
    return [
        Section("First", "One.\n\nTwo.", picture_rows=[pictures, [error]]),
        Section("Second", tables=[table], commands=["groupsparse demo"], notes=["A note."]),
    ]


def test_the_page_is_self_contained(tmp_path, full_sections):
    page = read(write_page(tmp_path / "p.html", "T", "I", full_sections, footer="F"))
    for tag, attributes in page.tags:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base"}
        assert not any(name.startswith("on") or name == "srcset" for name in attributes)
        assert attributes.get("src", PNG).startswith(PNG)
        assert attributes.get("href", "#").startswith("#")
    text = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert not any(word in text for word in ("http://", "https://", "file:", "url(", "@import"))


def test_document_frame(tmp_path, full_sections):
    path = write_page(tmp_path / "p.html", "A title", "Hello.\n\nThere.", full_sections, footer="F")
    assert path == tmp_path / "p.html"
    page = read(path)
    assert page.all("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all(
        "meta"
    )
    assert page.text_of("title", "h1") == ["A title", "A title"]
    assert page.text_of("h2") == ["First", "Second"]
    assert page.text_of("p") == ["Hello.", "There.", "One.", "Two.", "F"]
    assert page.text_of("code") == ["groupsparse demo"]
    assert "A note." in page.text_of("li")


def test_contents_lead_to_the_sections(tmp_path, full_sections):
    page = page_of(tmp_path, *full_sections)
    targets = [link["href"].removeprefix("#") for link in page.all("a")]
    assert targets == [section["id"] for section in page.all("section")]
    assert page.text_of("a") == ["First", "Second"]


def test_one_section_needs_no_contents(tmp_path):
    assert page_of(tmp_path, Section("Only")).all("nav") == []


def test_a_page_without_sections(tmp_path):
    assert page_of(tmp_path).text_of("h1") == ["Title"]


def test_everything_is_escaped(tmp_path):
    evil = "<script>alert('&')</script>\"><img src=x>"
    picture = Picture(evil, RAMP, detail=evil, colorbar=True)
    table = Table([evil, "b"], [[evil, evil]], evil)
    section = Section(evil, evil, [[picture]], [table], [evil], [evil])
    page = read(write_page(tmp_path / "p.html", evil, evil, [section] * 2, footer=evil))
    assert page.all("script") == []
    assert all(image["src"].startswith("data:") for image in page.all("img"))
    shown = [text for _, text in page.texts if text == evil]
    # In title, h1, introduction and footer, twice in the contents, ten times in each section.
    assert len(shown) == 4 + 2 + 2 * 10
    assert page.all("img")[0]["alt"].startswith(evil)


def test_grey_pixels(tmp_path):
    image = np.arange(256.0).reshape(16, 16)
    (shown,) = picture_page(tmp_path, Picture("x", image, limits=(0, 255))).all("img")
    pixels = pixels_of(shown["src"])
    np.testing.assert_array_equal(pixels[..., 0], image)
    np.testing.assert_array_equal(pixels[..., 1], image)
    np.testing.assert_array_equal(pixels[..., 3], 255)
    assert (shown["width"], shown["height"]) == ("16", "16")


def test_rgb_pixels(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (5, 7, 3))
    (shown,) = picture_page(tmp_path, Picture("x", image / 255, limits=(0, 1))).all("img")
    np.testing.assert_allclose(pixels_of(shown["src"])[..., :3], image, atol=1)
    (shown,) = page_of(
        tmp_path, Section("", picture_rows=[[Picture("x", image, (0, 255))]]), overwrite=True
    ).all("img")
    np.testing.assert_array_equal(pixels_of(shown["src"])[..., :3], image)


@pytest.mark.parametrize("colormap", ["magma", "RdBu_r", "tab10", "gray"])
def test_colormap_ends_and_clipping(tmp_path, colormap):
    image = np.array([[-5.0, -1.0, 1.0, 2.0, 3.0, np.inf, -np.inf]])
    picture = Picture("x", image, (-1, 2), colormap, colorbar=True)
    shown, bar = picture_page(tmp_path, picture).all("img")
    ends = matplotlib.colormaps[colormap](np.array([0.0, 1.0]))
    low, high = np.round(255 * ends)
    pixels = pixels_of(shown["src"])[0]
    np.testing.assert_array_equal(pixels[[0, 1, 6]], [low] * 3)
    np.testing.assert_array_equal(pixels[[3, 4, 5]], [high] * 3)
    np.testing.assert_array_equal(pixels_of(bar["src"])[0, [0, -1]], [low, high])


def test_data_range_is_the_default():
    pixels = decode(encode_png([[2.0, 3.0, 4.0]]))[0, :, 0]
    np.testing.assert_array_equal(pixels, [0, 128, 255])
    assert choose_display_range([[2.0, np.inf, 4.0, np.nan]]) == (2, 4)
    assert choose_display_range([[np.nan]]) == (0, 1)


@pytest.mark.parametrize(
    ("limits", "labels"),
    [((0, 0.5), ["0", "≥ 0.5"]), ((0.25, 1), ["≤ 0.25", "1"]), ((-1, 2), ["−1", "2"])],
)
def test_colour_bar_labels(tmp_path, limits, labels):
    page = picture_page(tmp_path, Picture("x", RAMP, limits, "magma", colorbar=True))
    assert page.text_of("span") == labels


def test_no_colour_bar_unless_asked(tmp_path):
    assert len(picture_page(tmp_path, Picture("x", RAMP)).all("img")) == 1


@pytest.mark.parametrize("channels", [(), (3,)])
@pytest.mark.parametrize("colormap", ["gray", "magma"])
def test_missing_pixels_are_transparent(tmp_path, channels, colormap):
    image = np.ones((4, 5, *channels))
    image[1, 2] = np.nan
    image[0, 0] = 0
    (shown,) = picture_page(tmp_path, Picture("x", image, colormap=colormap)).all("img")
    holes = pixels_of(shown["src"])[..., 3] == 0
    assert np.argwhere(holes).tolist() == [[1, 2]]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, 1.0, -7.5, 1e30])
@pytest.mark.parametrize("limits", [None, (0, 1), (2, 2)])
def test_constant_images(tmp_path, value, limits):
    image = np.full((6, 6), value)
    shown, _ = picture_page(tmp_path, Picture("x", image, limits, colorbar=True)).all("img")
    pixels = pixels_of(shown["src"])
    assert pixels.shape == (6, 6, 4)
    assert len(np.unique(pixels.reshape(-1, 4), axis=0)) == 1
    if limits is None and np.isfinite(value):
        assert pixels[0, 0].tolist() == [0, 0, 0, 255]  # the low end


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int16, np.uint16, np.float16, np.float32])
def test_real_dtypes(tmp_path, dtype):
    image = np.array([[0, 1], [1, 0]]).astype(dtype)
    image.flags.writeable = False
    (shown,) = picture_page(tmp_path, Picture("x", image)).all("img")
    np.testing.assert_array_equal(pixels_of(shown["src"])[..., 0], [[0, 255], [255, 0]])


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (30, 900), (900, 30), (7, 5, 3)])
def test_wide_and_tall_images(tmp_path, shape):
    page = picture_page(tmp_path, Picture("x", np.random.default_rng(0).random(shape)))
    (shown,) = page.all("img")
    assert pixels_of(shown["src"]).shape == (*shape[:2], 4)
    style = dict(part.split(": ") for part in page.all("figure")[0]["style"].split("; "))
    assert style["--own"] == f"{shape[1]}px"
    widest = int(style["--widest"].removesuffix("px"))
    assert widest >= 1
    assert widest * shape[0] <= 640 * shape[1] or widest == 1


def test_small_images_are_enlarged_by_the_browser(tmp_path):
    rows = [[Picture("x", np.zeros((n, n)))] * 5 for n in (64, 512)]
    page = page_of(tmp_path, Section("", picture_rows=rows))
    assert [figure.get("class") for figure in page.all("figure")] == ["small"] * 5 + [None] * 5
    assert [image["width"] for image in page.all("img")] == ["64"] * 5 + ["512"] * 5
    assert (tmp_path / "page.html").stat().st_size < 60_000


def test_rows_of_pictures_become_columns(tmp_path):
    square, wide = Picture("s", RAMP), Picture("w", np.zeros((10, 90)))
    rows = [[square] * 5, [square], [], [wide], [wide, wide]]
    page = page_of(tmp_path, Section("", picture_rows=rows))
    styles = [box["style"] for box in page.all("div") if box.get("class") == "pictures"]
    assert styles == [f"--columns: {count}" for count in (5, 3, 1, 2)]


def test_captions_and_alternative_texts(tmp_path):
    page = picture_page(tmp_path, Picture("GPDASC\nall channels", RAMP, (0, 2), detail="38.7 dB"))
    assert page.text_of("figcaption", "small") == ["GPDASC\nall channels", "38.7 dB"]
    assert page.all("img")[0]["alt"] == "GPDASC all channels: 64 × 64 pixels, shown from 0 to 2"


def test_tables(tmp_path):
    rows = [["GPDASC", 38.72, None], ["FISTA", 36.2, "12 s"]]
    page = page_of(tmp_path, Section("", tables=[Table(["", "PSNR", "time"], rows, "C", [1])]))
    assert page.text_of("caption") == ["C"]
    assert page.text_of("th", "td") == [
        *["PSNR", "time"],
        *["GPDASC", "38.72", "–"],
        *["FISTA", "36.20", "12 s"],
    ]
    assert [row.get("class") for row in page.all("tr")] == [None, None, "best"]
    assert [cell.get("class") for cell in page.all("th")[:3]] == [None, "number", "number"]
    assert [cell["scope"] for cell in page.all("th")] == ["col", "col", "col", "row", "row"]


def test_an_existing_page_is_kept_unless_asked(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("old")
    with pytest.raises(FileExistsError, match=r"page\.html exists already$"):
        write_page(path, "T", "", [])
    assert path.read_text() == "old"
    write_page(path, "T", "", [], overwrite=True)
    assert read(path).text_of("h1") == ["T"]
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_left_when_rendering_fails(tmp_path):
    bad = Section("", picture_rows=[[Picture("x", RAMP, colormap="no such map")]])
    with pytest.raises(ValueError, match="colormap: got 'no such map'"):
        write_page(tmp_path / "new" / "page.html", "T", "", [bad])
    assert list(tmp_path.iterdir()) == []


def test_parents_are_made(tmp_path):
    path = write_page(str(tmp_path / "a" / "b" / "page.html"), "T", "", [])
    assert path.is_file()


def test_the_same_content_gives_the_same_bytes(tmp_path, full_sections):
    first, second = (write_page(tmp_path / name, "T", "", full_sections) for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def test_importing_is_cheap():
    code = (
        "import sys, groupsparse.apps.report.page, groupsparse.apps.terminal.tables; "
        "print({'jinja2', 'matplotlib', 'numpy', 'PIL', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_pyplot_is_not_loaded(tmp_path):
    code = (
        "import sys, numpy; from groupsparse.apps.report.page import *; "
        "picture = Picture('x', numpy.eye(3), colormap='magma', colorbar=True); "
        "write_page(sys.argv[1], 'T', '', [Section('S', picture_rows=[[picture]])]); "
        "print('matplotlib.pyplot' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "page.html")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("shape", [(4,), (4, 4, 4), (4, 4, 1), (2, 4, 4, 3), (0, 4), (4, 4, 0)])
def test_pictures_of_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="image: got shape"):
        Picture("x", np.zeros(shape))


@pytest.mark.parametrize("dtype", [complex, object, "U3"])
def test_pictures_of_other_dtypes_are_refused(dtype):
    with pytest.raises(TypeError, match="image: got dtype"):
        Picture("x", np.zeros((4, 4), dtype=dtype))


@pytest.mark.parametrize("limits", [(1, 0), (0, np.inf), (np.nan, 1)])
def test_other_limits_are_refused(limits):
    with pytest.raises(ValueError, match="limits: got"):
        Picture("x", RAMP, limits)


def test_a_colour_bar_needs_a_grey_image():
    with pytest.raises(ValueError, match="colorbar"):
        Picture("x", np.zeros((4, 4, 3)), colorbar=True)


def test_tables_are_rectangular():
    with pytest.raises(ValueError, match="rows: row 1 has 1 values, expected 2"):
        Table(["a", "b"], [[1, 2], [3]])


@pytest.mark.parametrize("number", [-1, 1])
def test_a_row_to_emphasise_must_be_there(number):
    with pytest.raises(ValueError, match="emphasise: got row"):
        Table(["a"], [[1]], emphasise=[number])


@pytest.mark.parametrize("name", ["commands", "notes"])
def test_a_string_is_not_a_sequence_of_lines(name):
    with pytest.raises(TypeError, match=name):
        Section("x", **{name: "groupsparse demo"})
