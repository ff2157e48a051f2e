#!/bin/sh
# Sets up the libraries of the paper profile on a CPU, for `make test-paper`: test-paper.sh FOLDER CACHE PYTHON
# mmcv is compiled once (8 minutes on two cores) and its wheel kept in CACHE. The versions are in test-paper.txt.
set -eu
folder=$1 cache=$2 python=$3
commit=f4d8f09d1eb8f758c89cf1795ae41f20533942d3
rm -rf "$folder"
"$python" -m venv "$folder"
pip() { "$folder/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }
export PIP_CONSTRAINT="$PWD/profiles/test-paper.txt"

pip install setuptools wheel ninja psutil
pip install torch
pip install --no-deps torchvision   # with what it declares it would bring another torch
pip install --no-build-isolation --editable '.[dev,openmmlab]'
pip install --no-deps mmengine mmdet mmpose mmaction2

torch=$("$folder/bin/python" -c 'import sys, torch; print(f"{torch.__version__}-cp{sys.version_info[0]}{sys.version_info[1]}")')
wheels="$cache/mmcv-torch-$torch"
if ! ls "$wheels"/mmcv-*.whl >/dev/null 2>&1; then
	echo "compiling mmcv, once: some minutes"
	mkdir -p "$wheels"
	PATH="$PWD/$folder/bin:$PATH" CFLAGS="-g0 -O2" MMCV_WITH_OPS=1 FORCE_CUDA=0 MAX_JOBS=${MAX_JOBS:-2} \
		"$folder/bin/python" -m pip wheel --quiet --no-build-isolation --no-deps --no-binary mmcv mmcv -w "$wheels"
fi
pip install --no-deps "$wheels"/mmcv-*.whl
"$folder/bin/python" profiles/torchvision_stubs.py "$folder/lib/torchvision_stubs"

# DeepPrivacy2 comes with git; without it its tests are skipped
home=${ANONLAB_DEEPPRIVACY2:-models/deep_privacy2}
if [ ! -d "$home/dp2" ]; then
	git clone --quiet https://github.com/hukkelas/deep_privacy2 "$home" && git -C "$home" checkout --quiet $commit ||
		echo "DeepPrivacy2 could not be fetched; its tests will be skipped" >&2
fi
grep -E '^(tops|motpy) ' profiles/no-deps.txt | while read -r each; do
	pip install --no-deps --no-build-isolation "$each" || echo "$each: not installed" >&2
done
