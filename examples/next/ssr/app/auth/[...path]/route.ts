import { counterfoil } from "../../../counterfoil.ts";

// Behind a proxy of yours, give { remoteAddress } as it says: sign-ins are limited by it, too.
const handle = (request: Request) => counterfoil().fetch(request);

export { handle as DELETE, handle as GET, handle as OPTIONS, handle as POST };
