import { askLab } from "../exchange/exchange.ts";
import { RunFailed } from "../run/run.ts";

/**
 * Asks the server to measure something.
 *
 * @throws RunFailed if it cannot, with its own sentence
 */
export async function measured<T>(name: string, body: object): Promise<T> {
  const asked = await askLab("POST", `measures/${name}`, body);
  if (!asked.ok) throw new RunFailed(asked.error);
  return asked.value as T;
}

export const count = (value: number) => value.toLocaleString("en");
