/** Asks the user for the password; whether it was given and right. */
type Prover = () => Promise<boolean>;

let prover: Prover = async () => false;

/** To be called by whatever can show a dialog. */
export function setProver(given: Prover): void {
  prover = given;
}

let asking: Promise<boolean> | null = null;

/** All that want it at once share one dialog. */
export function provePresence(): Promise<boolean> {
  asking ??= prover().finally(() => {
    asking = null;
  });
  return asking;
}
