/** `cfv_` and base64url of 36 bytes, as `counterfoil verifiers add` prints it. */
const FORM = /^cfv_[A-Za-z0-9_-]{48}$/;

/** This service's credential. Printed, inspected or serialised it shows nothing. */
export class Credential {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /** @throws TypeError for what no server can have given out; the value itself enters no message */
  static parse(value: unknown): Credential {
    if (typeof value === "string" && FORM.test(value)) return new Credential(value);
    const missing = value === undefined ? "missing: " : "";
    throw new TypeError(
      `credential is ${missing}what \`counterfoil verifiers add NAME\` printed: cfv_ and 48 characters, nothing before or after them.`,
    );
  }

  /** The value of the header (RFC 6750 §2.1). */
  authorization(): string {
    return `Bearer ${this.#text}`;
  }

  toString(): string {
    return "[credential]";
  }

  toJSON(): string {
    return "[credential]";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[credential]";
  }
}
