"""script/demo refuses at once what would go wrong later."""

import socket
import subprocess
from pathlib import Path

import pytest

DEMO = Path(__file__).resolve().parents[2] / "script" / "demo"


def demo(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [DEMO, *arguments], capture_output=True, text=True, timeout=30, check=False, cwd="/"
    )


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "with SO_REUSEPORT"])
def test_a_taken_port_is_refused_before_anything_else(shared: bool) -> None:
    with socket.socket() as listener:
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]

        answer = demo("--port", str(port))

    assert answer.returncode == 1
    assert answer.stdout == ""
    assert f"Port {port} is taken" in answer.stderr


@pytest.mark.parametrize("port", ["0", "65536", "-1", "eight"])
def test_what_is_no_port_is_refused(port: str) -> None:
    answer = demo(f"--port={port}")

    assert answer.returncode == 2
    assert "is not a port" in answer.stderr


def test_help_names_both_options() -> None:
    answer = demo("--help")

    assert answer.returncode == 0
    assert "--port" in answer.stdout
    assert "--reset" in answer.stdout
