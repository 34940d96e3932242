"""Jobs on files from Python: what they return and write, and that they do not print."""

import numpy as np
import pytest

from groupsparse.apps.seismic import InversionSettings
from groupsparse.apps.seismic.file_job import FileJob, run_file_job
from groupsparse.apps.seismic.files.survey_file import read_survey, write_survey
from groupsparse.apps.seismic.job import Job
from groupsparse.apps.seismic.signal.wavelets import ricker
from groupsparse.apps.seismic.survey import Survey

DT = 0.002


@pytest.fixture
def truth():
    """Two reflectors that two shots see on every one of three traces."""
    spikes = np.zeros((2, 3, 120))
    spikes[:, :, [40, 80]] = [[[1.0, -0.5]], [[0.8, 0.6]]]
    return spikes


@pytest.fixture
def make_job(tmp_path, truth):
    """Return a function that makes a job on a survey file with little noise."""
    noise = 0.01 * np.random.default_rng(0).standard_normal(truth.shape)
    data = [[np.convolve(t, ricker(30, DT), mode="same") for t in shot] for shot in truth]
    source = write_survey(tmp_path / "survey.npz", Survey(data + noise, DT))
    exact = write_survey(tmp_path / "truth.npz", Survey(truth, DT))
    job = Job("ricker:30", InversionSettings("l21"), noise_level=float(np.linalg.norm(noise)))

    def make(out="out.npz", **given):
        return FileJob(source, tmp_path / out, job, truth=exact, **given)

    return make


def test_figures_are_returned_files_written_and_nothing_printed(make_job, truth, tmp_path, capsys):
    file_job = make_job(reflectors=tmp_path / "r.csv", report=tmp_path / "page.html")
    calls = []
    figures = run_file_job(file_job, progress=lambda *done: calls.append(done))
    assert capsys.readouterr() == ("", "")
    assert (calls[0], calls[-1]) == ((0, 3), (3, 3))
    assert figures["f1"] == 1
    assert figures["method"] == "l21"
    np.testing.assert_allclose(read_survey(file_job.out).data, truth, atol=0.05)
    assert all(path.is_file() for path in file_job.written)
    assert not file_job.partial.exists()


def test_errors_do_not_mention_the_command_line(make_job):
    run_file_job(make_job())
    with pytest.raises(FileExistsError) as error:
        run_file_job(make_job())
    assert str(error.value).endswith("out.npz exists already")
    run_file_job(make_job(overwrite=True))


def test_headers_are_copied_between_segy_files_only(make_job, tmp_path):
    assert make_job("out.sgy").copied == {}
    job = make_job().job
    both = FileJob(tmp_path / "a.SGY", tmp_path / "b.segy", job, shot_header=17)
    assert both.copied == {"like": both.source, "shot_header": 17, "trace_header": None}
