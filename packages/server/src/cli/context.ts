import { COMMAND_LINE, systemRandom } from "@counterfoil/core";
import type { EventContext } from "@counterfoil/core";
import { encodeBase64Url } from "@counterfoil/protocol";

/**
 * Who did what a command does, for the event log: one id for all that one run of it writes, which
 * `counterfoil events --request` then finds.
 *
 * @param name the command's, such as `users disable`
 */
export function commandContext(name: string): EventContext {
  return {
    requestId: `req_cli_${encodeBase64Url(systemRandom.bytes(9))}`,
    remoteAddress: null,
    userAgent: `counterfoil ${name}`,
    actor: COMMAND_LINE,
  };
}
