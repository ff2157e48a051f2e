"""Let torchvision's wheel for CUDA run its CPU operators beside a torch without CUDA: `torchvision_stubs.py FOLDER`.

The wheel's library asks for three libraries of CUDA when it is loaded. This writes three that have the names it wants
and do nothing: no device, and every call an error. With FOLDER in LD_LIBRARY_PATH torchvision imports, and nms, RoI
alignment and deformable convolution work on the CPU. For tests only, never on a machine with a GPU. Needs gcc and nm.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

NO_DEVICE = 100
RUNTIME = re.compile(r"(\w+)@(libcudart\.so\.\d+)$")
TORCH_CUDA = re.compile(r"3c104cuda|2at4cuda")


def undefined(library: Path) -> list[str]:
    """Names that a library takes from others, with the library's version where there is one."""
    said = subprocess.run(
        ["nm", "-D", "--undefined-only", str(library)], capture_output=True, text=True, check=True
    )
    return sorted({line.split()[-1] for line in said.stdout.splitlines() if line.strip()})


def of_torch(name: str) -> str:
    """C for one name of libc10_cuda: an allocator is data, everything else a function."""
    if name.endswith("9allocatorE"):
        return f"void *{name}[4] = {{0}};"
    if "device_count" in name:
        return f"signed char {name}(void) {{ return 0; }}"
    return f"void {name}(void) {{ abort(); }}"


def of_runtime(name: str) -> str:
    """C for one name of libcudart: kernels are registered at nothing, every other call finds no device."""
    if name == "__cudaRegisterFatBinary":
        return f"void **{name}(void *binary) {{ return (void **)nothing; }}"
    if name == "cudaGetErrorString":
        return f'const char *{name}(int error) {{ return "there is no CUDA here"; }}'
    if name.startswith(("__cudaRegister", "__cudaUnregister")):
        return f"void {name}(void) {{}}"
    if name == "__cudaInitModule":
        return f"char {name}(void **handle) {{ return 0; }}"
    return f"int {name}(void) {{ return {NO_DEVICE}; }}"


def build(folder: Path, name: str, lines: list[str], *options: str) -> None:
    """Compile a shared library called `name` from lines of C."""
    source = folder / f"{name}.c"
    source.write_text("\n".join(["#include <stdlib.h>", "static int nothing[16];", *lines, ""]))
    command = [
        "gcc",
        "-shared",
        "-fPIC",
        "-O1",
        "-w",
        f"-Wl,-soname,{name}",
        "-o",
        str(folder / name),
        str(source),
    ]
    subprocess.run([*command, *options], check=True)


def main() -> None:
    """Write the libraries, unless torch has CUDA or torchvision does not ask for it."""
    import torch

    folder = Path(sys.argv[1])
    spec = importlib.util.find_spec("torchvision")
    assert spec
    assert spec.origin
    names = undefined(Path(spec.origin).parent / "_C.so")
    runtime = [match for match in map(RUNTIME.match, names) if match]
    if torch.version.cuda is not None or not runtime:
        return
    folder.mkdir(parents=True, exist_ok=True)
    torch_names = [name for name in names if "@" not in name and TORCH_CUDA.search(name)]
    build(folder, "libc10_cuda.so", list(map(of_torch, torch_names)))
    build(folder, "libtorch_cuda.so", [])
    library = runtime[0][2]
    versions = folder / "versions.map"
    versions.write_text(f"{library} {{ global: *; }};\n")
    calls = [of_runtime(match[1]) for match in runtime]
    build(folder, library, calls, f"-Wl,--version-script={versions}")


if __name__ == "__main__":
    main()
