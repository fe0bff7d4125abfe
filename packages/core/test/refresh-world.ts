import { decideRedemption } from "../src/refresh/redeem.ts";
import type { RotationState } from "../src/refresh/redeem.ts";

/**
 * Honest clients, thieves, a network and a clock around the rule of redemption, explored state by state.
 *
 * The world knows the design and nothing of the rule's inside: R is 30 s, a request reaches the ledger at most R/2
 * after it was sent or never, a client gives an attempt up after R/2. It counts time in sixths of R, and tokens from
 * the one that is current, so that the same situation later is the same state.
 */
const TICK_MS = 5_000;
const HALF_R = 3;
const OVER_R = 7;
/** Older than this, tokens are all alike. */
const ANCIENT = -3;
/** An absolute number for the current token; high enough for every older one. */
const CURRENT = 100;

/** What the ledger keeps, by the ages and distances that matter. */
interface Server {
  /** Nothing has rotated yet: the current token is the sign-in's. */
  readonly first: boolean;
  /** Ticks since `issuedAt`, at most {@link OVER_R}. */
  readonly age: number;
  readonly seen: boolean;
  /** Whose key, for which token counted from the current one. */
  readonly key: { readonly owner: string; readonly of: number } | null;
}

interface Presented {
  readonly server: Server;
  /** How far the current token has moved on: 0 or 1. */
  readonly moved: number;
  readonly reused: boolean;
}

/** One presentation of the token that is `offset` from the current one. */
function present(server: Server, offset: number, owner: string | null): Presented {
  const counter = server.first ? 0 : CURRENT;
  const state: RotationState = {
    counter,
    issuedAt: -server.age * TICK_MS,
    seen: server.seen,
    rotationKey: server.key && `${server.key.owner} ${counter + server.key.of}`,
  };
  const presented = counter + offset;
  const { outcome, write } = decideRedemption(state, presented, owner && `${owner} ${presented}`, 0);
  const next = write ?? state;
  const [whose, of] = next.rotationKey?.split(" ") ?? [];
  return {
    server: {
      first: next.counter === 0,
      age: Math.min(OVER_R, -next.issuedAt / TICK_MS),
      seen: next.seen,
      key: whose === undefined ? null : { owner: whose, of: Math.max(ANCIENT, Number(of) - next.counter) },
    },
    moved: next.counter - counter,
    reused: outcome === "reused",
  };
}

const SIGNED_IN: Server = { first: true, age: 0, seen: false, key: null };

const older = (server: Server): Server => ({ ...server, age: Math.min(OVER_R, server.age + 1) });
const back = (offset: number, moved: number): number => Math.max(ANCIENT, offset - moved);

/** An attempt on its way: to the ledger, or back with the token `answer`. */
interface Attempt {
  readonly presented: number;
  readonly age: number;
  readonly answer: number | null;
}

interface ClientState {
  readonly server: Server;
  /** The newest token that the client has received. */
  readonly token: number;
  readonly flying: readonly Attempt[];
}

export interface HonestClient {
  /** Whether it sends the token's own key with every attempt. */
  readonly keyed: boolean;
  readonly answersLost: boolean;
  /**
   * How it knows the newest: `newest` by their order, `unless_replaced` without knowing it: an answer counts only
   * while the token that was presented for it is still the one that is held.
   */
  readonly accepts: "newest" | "unless_replaced";
  readonly inFlight: number;
}

export interface Exploration<S> {
  readonly states: readonly S[];
  /** The way to a refusal of somebody honest; `null` if there is none. */
  readonly trace: readonly string[] | null;
}

/** Every state that one honest client can come to. */
export function exploreClient(client: HonestClient): Exploration<ClientState> {
  return explore<ClientState>({ server: SIGNED_IN, token: 0, flying: [] }, nameOfClientState, (state) =>
    clientSteps(client, state),
  );
}

function* clientSteps(client: HonestClient, state: ClientState): Generator<Step<ClientState>> {
  const { server, token, flying } = state;
  if (flying.length < client.inFlight) {
    yield ["send", { ...state, flying: [...flying, { presented: token, age: 0, answer: null }] }];
  }
  for (const [index, attempt] of flying.entries()) {
    const others = flying.toSpliced(index, 1);
    if (attempt.answer === null) {
      yield ["lose a request", { ...state, flying: others }];
      const { server: after, moved, reused } = present(server, attempt.presented, client.keyed ? "client" : null);
      if (reused) {
        yield [`present ${attempt.presented}: reused`, null];
        continue;
      }
      const shifted = [...others, { ...attempt, answer: moved }].map((each) => ({
        presented: back(each.presented, moved),
        age: each.age,
        answer: each.answer === null ? null : back(each.answer, moved),
      }));
      yield [`present ${attempt.presented}`, { server: after, token: back(token, moved), flying: shifted }];
    } else {
      if (client.answersLost) yield ["lose an answer", { ...state, flying: others }];
      const wanted = client.accepts === "newest" ? attempt.answer > token : attempt.presented === token;
      yield [`receive ${attempt.answer}`, { ...state, token: wanted ? attempt.answer : token, flying: others }];
    }
  }
  // Whatever is R/2 old arrives before time goes on, or is lost by one of the steps above.
  if (flying.every(({ age }) => age < HALF_R)) {
    const aged = flying.map((attempt) => ({ ...attempt, age: attempt.age + 1 }));
    yield ["wait", { server: older(server), token, flying: aged }];
  }
}

function nameOfClientState({ server, token, flying }: ClientState): string {
  const attempts = flying.map(({ presented, age, answer }) => `${presented},${age},${answer}`).toSorted();
  return `${nameOfServer(server)}|${token}|${attempts.join(";")}`;
}

function nameOfServer({ first, age, seen, key }: Server): string {
  return `${first ? 1 : 0}${age}${seen ? 1 : 0}${key === null ? "" : key.owner + key.of}`;
}

export interface Theft {
  readonly ownerKeyed: boolean;
  /**
   * What the thief sends as key: none, keys of his own, the one that he found beside the token and then his own, or
   * the very ones that the owner sends for whatever token, as if keys could be derived from tokens.
   */
  readonly thiefKeys: "none" | "his_own" | "found_one" | "derived";
  /** Whether answers, to either, may be lost. */
  readonly losses: boolean;
}

interface TheftState {
  readonly server: Server;
  readonly owner: number;
  readonly thief: number;
  readonly stolen: number;
  /** Ticks since each last presented. */
  readonly ownerAgo: number;
  readonly thiefAgo: number;
}

/**
 * Two hold the same token, and each presents the newest that he has, never within R of the other. Gives a state from
 * which both may go on for ever, one after the other, without the session ending; `null` if there is none.
 */
export function exploreTheft(theft: Theft): { readonly states: number; readonly forever: string | null } {
  const { states: before } = exploreClient({
    keyed: theft.ownerKeyed,
    answersLost: theft.ownerKeyed,
    accepts: "newest",
    inFlight: 2,
  });
  const starts = new Map<string, TheftState>();
  for (const { server, token, flying } of before) {
    if (flying.length > 0) continue;
    for (let ownerAgo = 0; ownerAgo <= OVER_R; ownerAgo++) {
      const start = { server, owner: token, thief: token, stolen: token, ownerAgo, thiefAgo: OVER_R };
      starts.set(nameOfTheftState(start), start);
    }
  }
  const graph = new Map<string, readonly (readonly [string, string])[]>();
  const waiting = [...starts.values()];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    const name = nameOfTheftState(state);
    if (graph.has(name)) continue;
    const edges: (readonly [string, string])[] = [];
    for (const [label, next] of theftSteps(theft, state)) {
      if (next === null) continue;
      edges.push([label, nameOfTheftState(next)]);
      waiting.push(next);
    }
    graph.set(name, edges);
  }
  return { states: graph.size, forever: findForever(graph) };
}

function* theftSteps(theft: Theft, state: TheftState): Generator<Step<TheftState>> {
  const { ownerAgo, thiefAgo } = state;
  const ownersKey = theft.ownerKeyed ? "client" : null;
  const found = state.thief === state.stolen ? ownersKey : "thief";
  const thiefsKey = { none: null, his_own: "thief", found_one: found, derived: ownersKey }[theft.thiefKeys];
  if (thiefAgo >= OVER_R) yield* presentation(theft, state, "owner", ownersKey);
  if (ownerAgo >= OVER_R) yield* presentation(theft, state, "thief", thiefsKey);
  const later = { ownerAgo: Math.min(OVER_R, ownerAgo + 1), thiefAgo: Math.min(OVER_R, thiefAgo + 1) };
  yield ["wait", { ...state, ...later, server: older(state.server) }];
}

function* presentation(
  theft: Theft,
  state: TheftState,
  who: "owner" | "thief",
  key: string | null,
): Generator<Step<TheftState>> {
  const { server, moved, reused } = present(state.server, state[who], key);
  if (reused) {
    yield [who, null];
    return;
  }
  const unanswered: TheftState = {
    ...state,
    server,
    owner: back(state.owner, moved),
    thief: back(state.thief, moved),
    stolen: back(state.stolen, moved),
    [`${who}Ago`]: 0,
  };
  if (theft.losses) yield [who, unanswered];
  yield [who, { ...unanswered, [who]: 0 }];
}

function nameOfTheftState({ server, owner, thief, stolen, ownerAgo, thiefAgo }: TheftState): string {
  return `${nameOfServer(server)}|${owner}|${thief}|${stolen}|${ownerAgo}|${thiefAgo}`;
}

/** A step's name, and where it leads; `null`: the session has ended. */
type Step<S> = readonly [string, S | null];

function explore<S>(start: S, nameOf: (state: S) => string, steps: (state: S) => Iterable<Step<S>>): Exploration<S> {
  const states = [start];
  const known = new Set([nameOf(start)]);
  const cameFrom: (readonly [number, string])[] = [[-1, "sign in"]];
  for (let index = 0; index < states.length; index++) {
    for (const [label, next] of steps(states[index]!)) {
      if (next === null) return { states, trace: [...wayTo(cameFrom, index), label] };
      const name = nameOf(next);
      if (known.has(name)) continue;
      known.add(name);
      states.push(next);
      cameFrom.push([index, label]);
    }
  }
  return { states, trace: null };
}

function wayTo(cameFrom: readonly (readonly [number, string])[], end: number): string[] {
  const way: string[] = [];
  for (let index = end; index >= 0;) {
    const [parent, label] = cameFrom[index]!;
    way.unshift(label);
    index = parent;
  }
  return way;
}

/**
 * A state on a circle in which both present. Both may go round it for ever exactly if a strongly connected part of the
 * graph holds a step of each (Tarjan's algorithm, without recursion).
 */
function findForever(graph: ReadonlyMap<string, readonly (readonly [string, string])[]>): string | null {
  const part = new Map<string, number>();
  const low = new Map<string, number>();
  const order = new Map<string, number>();
  const open: string[] = [];
  let parts = 0;
  for (const root of graph.keys()) {
    if (order.has(root)) continue;
    const path: { readonly name: string; next: number }[] = [{ name: root, next: 0 }];
    order.set(root, order.size);
    low.set(root, order.get(root)!);
    open.push(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const edge = graph.get(top.name)![top.next++];
      if (edge !== undefined) {
        const to = edge[1];
        if (!order.has(to)) {
          order.set(to, order.size);
          low.set(to, order.get(to)!);
          open.push(to);
          path.push({ name: to, next: 0 });
        } else if (!part.has(to)) low.set(top.name, Math.min(low.get(top.name)!, order.get(to)!));
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) low.set(parent.name, Math.min(low.get(parent.name)!, low.get(top.name)!));
      if (low.get(top.name) !== order.get(top.name)) continue;
      for (let name = open.pop(); name !== undefined; name = open.pop()) {
        part.set(name, parts);
        if (name === top.name) break;
      }
      parts++;
    }
  }
  const goers = new Map<number, Set<string>>();
  for (const [from, edges] of graph) {
    for (const [label, to] of edges) {
      if (part.get(from) !== part.get(to)) continue;
      const who = goers.get(part.get(from)!) ?? new Set();
      goers.set(part.get(from)!, who.add(label));
      if (who.has("owner") && who.has("thief")) return from;
    }
  }
  return null;
}
