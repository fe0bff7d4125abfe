import { spawnSync } from "node:child_process";

/** A Python that has what the Flask example needs. */
export function pythonWithFlask(): string {
  for (const python of ["/usr/bin/python3", "python3"]) {
    if (spawnSync(python, ["-c", "import flask, jwt, cryptography"], { stdio: "ignore" }).status === 0) return python;
  }
  throw new Error(
    "The Flask example needs Python with Flask, PyJWT and cryptography: apt-get install python3-flask python3-jwt python3-cryptography",
  );
}
