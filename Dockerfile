# Debian 12 with all that Warble's tools need, for those who work on another system.
#
#   docker build -t warble-dev . && docker run --rm -it -v "$PWD":/warble -p 8080:8080 warble-dev
#
# Within it: tools/test, or tools/run -- --listen 0.0.0.0:8080
FROM debian:12
COPY tools/setup /usr/local/bin/warble-setup
RUN warble-setup build run tests sanitizers style && rm -rf /var/lib/apt/lists/*
RUN git config --system --add safe.directory /warble
WORKDIR /warble
CMD ["bash"]
