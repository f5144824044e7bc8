# Dockerfile - the gateway in a container: Debian with the packages, and the environment and volumes of the Go program of the same name.
#
#     docker build -t claude-proxy .
#     docker run -d --name claude-proxy -p 3000:3000 -e PROXY_ACCESS_KEY=your-super-strong-secret-key -v $(pwd)/.config:/app/.config claude-proxy
#
# PID 1 begins as root only to give /app/.config to the gateway's user; nothing is served before it has become that user for good.
# With --user, or runAsNonRoot and runAsUser: 10001, it never is root; the volume has to belong to that user then.
FROM debian:bookworm-slim AS packages
COPY . /src
WORKDIR /src
RUN ./bootstrap packages

FROM debian:bookworm-slim
COPY --from=packages /src/build/packages/*.deb /packages/
# The user's number outlives the image: files in volumes belong to it.
RUN groupadd --gid 10001 claude-proxy \
    && useradd --uid 10001 --gid claude-proxy --home-dir /app --shell /usr/sbin/nologin claude-proxy \
    && apt-get update \
    && apt-get install -y --no-install-recommends systemd-standalone-sysusers \
        /packages/claude-proxy_*.deb /packages/claude-proxy-panel_*.deb \
    && rm -rf /packages /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log
COPY container/claude-proxy.conf /etc/claude-proxy/claude-proxy.conf
COPY container/entrypoint /usr/local/bin/claude-proxy-container
# An administrator's own files: .config/conf.d/*.conf.  Whoever the gateway runs as, it may make its local socket.
RUN rm -r /etc/claude-proxy/conf.d && ln -s /app/.config/conf.d /etc/claude-proxy/conf.d \
    && chmod 755 /etc/claude-proxy /usr/local/bin/claude-proxy-container && chmod 644 /etc/claude-proxy/claude-proxy.conf \
    && install -d -m 1777 /run/claude-proxy \
    && install -d -o claude-proxy -g claude-proxy /app /app/.config /app/logs
WORKDIR /app
ENV ENV=production
EXPOSE 3000
VOLUME ["/app/.config", "/app/logs"]
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s --retries=3 CMD ["claude-proxy-container", "healthy"]
ENTRYPOINT ["claude-proxy-container"]
CMD ["claude-proxy"]
