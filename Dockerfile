# The server as an image: `docker build -t counterfoil .` from a checkout. What it does not hold: sources, development
# dependencies, a package manager's cache, a secret. docs/scaling.md says what of it was run, and how.

# The Node that the lock file pins, so that what is built is what is tested.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /build
COPY . .
# Nothing that a dependency would like to run at its installation is needed for a build.
RUN npm ci --ignore-scripts --no-audit --no-fund
# As `npm run build`, without the tests' types.
RUN npx tsc -b packages/server && npm run build --silent -w packages/console && node scripts/bundle.ts

# What the bundled command loads at run time, from the same lock file: native code and the logger.
FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /dependencies
COPY . .
RUN npm ci --omit=dev --workspace=packages/server --ignore-scripts --no-audit --no-fund
# Our own packages are links to the sources, and are in the bundle.
RUN rm -rf node_modules/counterfoil node_modules/@counterfoil

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production COUNTERFOIL_HOST=0.0.0.0 COUNTERFOIL_DATA=/data
WORKDIR /app
COPY --from=dependencies /dependencies/node_modules node_modules
COPY --from=build /build/LICENSE LICENSE
COPY --from=build /build/packages/server/package.json packages/server/package.json
COPY --from=build /build/packages/server/bin packages/server/bin
COPY --from=build /build/packages/server/data packages/server/data
COPY --from=build /build/packages/server/console packages/server/console
COPY --from=build /build/packages/server/dist/command.js /build/packages/server/dist/command.LICENSES.txt packages/server/dist/
COPY --from=build /build/deploy/health.mjs deploy/health.mjs
# For a ledger in a file; with PostgreSQL nothing is written there, and all of it can be read-only.
RUN install -d -o node -g node -m 700 /data
USER node
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["node", "deploy/health.mjs"]
ENTRYPOINT ["node", "packages/server/bin/counterfoil.js"]
CMD ["serve"]
