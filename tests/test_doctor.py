"""`ptygui doctor` tells what is there, what is not, and whether results are right."""

import pytest

from ptygui import cli, doctor


def test_it_tells_what_is_there_and_nothing_of_the_user(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor, "LITTLE_MEMORY", 0.0)
    cli.main(["doctor", "--no-test"], no_window=lambda: "Qt is not installed")
    said = capsys.readouterr().out
    assert "cannot be opened: Qt is not installed" in said
    for what in ("Python", "torch", "CUDA", "numba", "processor", "memory", "weights", "free in ~"):
        assert what in said, (what, said)
    assert str(tmp_path) not in said  # the user's name


def test_results_are_checked_and_a_wrong_one_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "EASY", 0.0)
    wrong, right = doctor.self_test()
    assert "results of this machine are wrong" in wrong.remedy
    assert "daps at 20%" in right.found
    assert not right.remedy
    assert "1 of 2 need attention" in doctor.report([wrong, right])
    assert wrong.remedy in doctor.report([wrong, right])


def test_what_fails_is_a_finding_and_the_rest_follows(monkeypatch, capsys):
    def broken():
        raise OSError("libcudart.so.12:\ncannot open shared object file")

    monkeypatch.setattr(doctor, "_torch", broken)
    monkeypatch.setattr(doctor, "LITTLE_DISK", 1e30)
    assert cli.main(["doctor", "--no-test"], no_window=lambda: "") == 1
    said = capsys.readouterr().out
    assert "-> OSError: libcudart.so.12: cannot open shared object file" in said
    assert "-> make room" in said
    assert "numba" in said
    assert "can be opened" in said
    assert "self-test" not in said


@pytest.mark.parametrize("text", ["", "model name\t: A CPU\nflags\t\t: fpu avx2 amx_bf16\n"])
def test_the_processor_is_told_by_linux(monkeypatch, tmp_path, text):
    (tmp_path / "cpuinfo").write_text(text)
    told = doctor._told
    monkeypatch.setattr(doctor, "_told", lambda path: told(str(tmp_path / "cpuinfo")))
    found = doctor._processor().found
    assert ("A CPU" in found and found.endswith("avx2 amx_bf16")) if text else "features not told" in found
