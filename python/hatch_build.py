"""Puts the Go program into a wheel, as a script, and names the platform that the wheel is for.

Environment:
    SFDALAB_SYSTEM     what to build for, one of TAGS; this machine when empty
    SFDALAB_PROGRAM    a program to take instead of building one
"""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# The tags of wheels for each system. The program uses no C, but loads ONNX Runtime through
# the system's dynamic linker: on Linux it needs glibc (of any version, as it names no
# versions of symbols), so that a musllinux tag would not be true. Go 1.26 needs macOS 12.
TAGS = {
    "linux-amd64": "manylinux_2_17_x86_64.manylinux2014_x86_64",
    "linux-arm64": "manylinux_2_17_aarch64.manylinux2014_aarch64",
    "darwin-amd64": "macosx_12_0_x86_64",
    "darwin-arm64": "macosx_12_0_arm64",
    "windows-amd64": "win_amd64",
    "windows-arm64": "win_arm64",
}
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def this_system() -> str:
    system = {"linux": "linux", "darwin": "darwin", "win32": "windows"}.get(sys.platform, sys.platform)
    machine = sysconfig.get_platform().rsplit("-", 1)[-1].lower()
    return f"{system}-{MACHINES.get(machine, machine)}"


class ProgramHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        target = os.environ.get("SFDALAB_SYSTEM") or this_system()
        if target not in TAGS:
            raise ValueError(f"no wheels are made for {target}: there are {', '.join(TAGS)}")
        system, machine = target.split("-")
        name = "sfdalab.exe" if system == "windows" else "sfdalab"
        program = os.environ.get("SFDALAB_PROGRAM")
        if not program:
            program = str(Path(self.root) / "build" / target / name)
            subprocess.run(
                ["go", "build", "-trimpath", "-buildvcs=auto", "-ldflags=-s -w", "-o", program, "./cmd/sfdalab"],
                cwd=Path(self.root).parent,
                env={**os.environ, "GOOS": system, "GOARCH": machine, "CGO_ENABLED": "0"},
                check=True,
            )
        build_data["shared_scripts"] = {program: name}
        build_data["tag"] = f"py3-none-{TAGS[target]}"
