# Sideways in a container: docker compose up, or
#
#	docker build -t sideways . && docker run -p 127.0.0.1:4000:4000 -v sideways:/var/lib/sideways sideways
#
# Settings are /etc/sideways/sideways.yaml (the demonstration, until a file is mounted there), the database is in the volume.
# tests/packaging/image builds and runs it without a registry of images.

FROM debian:bookworm-slim AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# The versions are those of Debian 12, which are fixed.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends gcc make autoconf automake pkg-config gawk libc6-dev libfcgi-dev \
	libcurl4-openssl-dev libjansson-dev libyaml-dev libsqlite3-dev libssl-dev libsodium-dev libhiredis-dev libpq-dev
COPY . /source
WORKDIR /build
RUN /source/autogen.sh && /source/configure -q --prefix=/usr --sysconfdir=/etc --with-postgresql && make -j"$(nproc)" sideways && strip sideways

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl lighttpd libfcgi0ldbl libcurl4 libjansson4 \
	libyaml-0-2 libsqlite3-0 libssl3 libsodium23 libhiredis0.14 libpq5 && rm -rf /var/lib/apt/lists/* && \
	groupadd --system --gid 10001 sideways && useradd --system --uid 10001 --gid sideways --home-dir /var/lib/sideways --shell /usr/sbin/nologin sideways && \
	install -d -o sideways -g sideways -m 700 /var/lib/sideways && install -d -m 755 /etc/sideways
COPY --from=build /build/sideways /usr/bin/sideways
COPY config/demo.yaml /etc/sideways/sideways.yaml
USER 10001:10001
ENV SIDEWAYS_CONFIG=/etc/sideways/sideways.yaml SIDEWAYS_DB=/var/lib/sideways/sideways.db
WORKDIR /var/lib/sideways
VOLUME /var/lib/sideways
EXPOSE 4000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["curl", "-sf", "-o", "/dev/null", "http://127.0.0.1:4000/health/readiness"]
STOPSIGNAL SIGTERM
CMD ["sideways", "run", "--host", "0.0.0.0", "--folder", "/var/lib/sideways/run"]
