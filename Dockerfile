# Parcours for the roles collect, process, warehouse and serve: docs/deployment.md.
# The same Node as package.json pins; test/deploy holds them together.
ARG BASE=node:24.21.0-bookworm-slim

FROM ${BASE} AS packages
WORKDIR /opt/parcours
COPY package.json package-lock.json .npmrc ./
# Without chDB: roles apart use a ClickHouse server. --omit=optional would leave out more, LMDB's
# prebuilt libraries, and compile them, which needs a compiler that is not here.
RUN npm pkg delete optionalDependencies && npm ci --omit=dev

FROM ${BASE}
LABEL org.opencontainers.image.title="parcours" org.opencontainers.image.licenses="MIT"
WORKDIR /opt/parcours
# All of it belongs to root, so that the process cannot change what it runs.
COPY --from=packages /opt/parcours/node_modules node_modules
COPY package.json LICENSE ./
COPY schema schema
COPY queries queries
COPY processors processors
COPY ingest ingest
COPY src src
COPY deploy/parcours /usr/local/bin/parcours
RUN install -d -o 1000 -g 1000 -m 700 /var/lib/parcours

ENV NODE_ENV=production \
    PARCOURS_DATA=/var/lib/parcours \
    PARCOURS_HOST=0.0.0.0 \
    UV_THREADPOOL_SIZE=16

# "node" of the base image; as a number, so that an orchestrator can see that it is not root.
USER 1000:1000
# A cache of state, one container's own: every container gets a volume, none shares it.
VOLUME /var/lib/parcours
EXPOSE 7717
# It then ends within 10 s, with 0: Node runs without the launcher and hears it itself. Nothing is
# forked that an init would have to collect; what one is good for, docker-compose.yml says.
STOPSIGNAL SIGTERM
# By the address that needs no read token. What waits for Kafka or ClickHouse does not listen yet.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PARCOURS_PORT || 7717}/api/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["parcours"]
