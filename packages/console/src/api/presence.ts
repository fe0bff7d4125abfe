/** Asks the user for the password; whether it was given and right. */
type Prover = () => Promise<boolean>;

let prover: Prover = async () => false;
let asking: Promise<boolean> | null = null;

/** To be called by whatever can show a dialog. */
export function setProver(given: Prover): void {
  prover = given;
}

/** One question for all that need its answer at a time. */
export function provePresence(): Promise<boolean> {
  asking ??= prover().finally(() => (asking = null));
  return asking;
}
