# The machine with a GPU: the paper's profile in a container. Not built by continuous integration, which has no GPU.
#   docker build -t anonlab . && docker run --gpus all -v "$PWD:/anonlab" -it anonlab make repro DATA=footage
FROM nvidia/cuda:12.1.1-cudnn8-devel-ubuntu22.04
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ffmpeg git g++ make python3.10-dev python3-pip python3.10-venv && rm -rf /var/lib/apt/lists/*
WORKDIR /anonlab
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY anonlab anonlab
COPY profiles profiles
RUN python3.10 -m venv /opt/anonlab && /opt/anonlab/bin/pip install 'setuptools<80' wheel ninja && \
    /opt/anonlab/bin/pip install --editable '.[dev,paper]' && \
    /opt/anonlab/bin/pip install --no-deps --no-build-isolation --requirement profiles/no-deps.txt
ENV PATH=/opt/anonlab/bin:$PATH
CMD ["bash"]
