// Whether the process answers: what `HEALTHCHECK` of the image runs, without a program that the image would need for it.
const { COUNTERFOIL_ISSUER = "http://localhost", COUNTERFOIL_PORT = "4000" } = process.env;
const path = new URL(COUNTERFOIL_ISSUER).pathname.replace(/\/$/, "");
const answer = await fetch(`http://127.0.0.1:${COUNTERFOIL_PORT}${path}/healthz`).catch(() => null);
process.exit(answer?.ok === true ? 0 : 1);
