# syntax=docker/dockerfile:1
#
# docker build -t flotilla:dev .                        everything: operator, gateway, agents, exec, audit, the credentials job
# docker build -t flotilla-operator:dev --target operator .
# docker build -t flotilla-cli:dev --target cli .
#
# What runs is /app as user 65532 on a read-only root: no shell, no package manager, no development dependency, no test. The workspaces keep
# their places, because Node strips types from files of a workspace but not from a copy under node_modules. Pin the two bases by digest where
# builds have to be repeatable: --build-arg BUILD_IMAGE=…@sha256:… --build-arg BASE_IMAGE=…@sha256:…

ARG BUILD_IMAGE=node:26.10.0-bookworm-slim
ARG BASE_IMAGE=gcr.io/distroless/cc-debian12:nonroot

# Only manifests, so that a change of code installs nothing anew.
FROM ${BUILD_IMAGE} AS manifests
WORKDIR /app
COPY package.json package-lock.json ./
COPY contracts/package.json contracts/
COPY runtime/package.json runtime/
COPY kube/package.json kube/
COPY operator/package.json operator/
COPY trading/package.json trading/
COPY gateway/package.json gateway/
COPY agents/package.json agents/
COPY exec/package.json exec/
COPY audit/package.json audit/
COPY crds/package.json crds/
COPY charts/package.json charts/
COPY cli/package.json cli/
COPY local/package.json local/
COPY bench/package.json bench/
COPY test/package.json test/
COPY docs/package.json docs/
COPY examples/package.json examples/

# Every version and checksum is the lockfile's. Files that only compilers and debuggers read are removed.
FROM manifests AS deps-operator
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund --prefer-offline -w operator
RUN find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) -delete

FROM manifests AS deps
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund --prefer-offline -w operator -w gateway -w agents -w exec -w audit -w cli
RUN find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) -delete

# Node needs libatomic, which the base does not have. The cache is filled by the user that reads it: its place carries the user's number.
FROM ${BUILD_IMAGE} AS parts
WORKDIR /parts
RUN mkdir lib cache && cp -L "$(ldd /usr/local/bin/node | awk '/libatomic/ { print $3 }')" lib/

FROM ${BASE_IMAGE} AS runtime
COPY --from=parts /parts/lib/ /usr/lib/
COPY --from=parts /usr/local/bin/node /usr/local/bin/node
COPY --from=parts --chown=65532:65532 /parts/cache/ /app/.compile-cache/
ENV PATH=/usr/local/bin:/usr/bin:/bin NODE_ENV=production NODE_COMPILE_CACHE=/app/.compile-cache
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["node"]

FROM runtime AS operator
COPY --from=deps-operator /app/node_modules node_modules
COPY package.json ./
COPY contracts contracts
COPY runtime runtime
COPY kube kube
COPY operator operator
RUN ["node", "runtime/warm/main.ts", "operator/main.ts", "operator/credentials/main.ts", "operator/uninstall/main.ts"]
CMD ["operator/main.ts"]

FROM runtime AS cli
COPY --from=deps /app/node_modules node_modules
COPY package.json ./
COPY contracts contracts
COPY runtime runtime
COPY audit audit
COPY cli cli
RUN ["node", "runtime/warm/main.ts", "cli/main.ts", "audit/verify/main.ts"]
ENTRYPOINT ["node", "cli/main.ts"]

FROM runtime AS flotilla
COPY --from=deps /app/node_modules node_modules
COPY package.json ./
COPY contracts contracts
COPY runtime runtime
COPY kube kube
COPY operator operator
COPY gateway gateway
COPY agents agents
COPY exec exec
COPY audit audit
COPY cli cli
COPY examples/data examples/data
RUN ["node", "runtime/warm/main.ts", "operator/main.ts", "operator/credentials/main.ts", "operator/uninstall/main.ts", "gateway/main.ts", "agents/main.ts", "exec/main.ts", "audit/main.ts", "audit/verify/main.ts", "cli/main.ts"]
