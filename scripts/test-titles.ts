import { parseSync } from "vite";

/** A node of the syntax tree (ESTree), as far as titles are looked for in it. */
interface Node {
  readonly type: string;
  readonly [member: string]: unknown;
}

const RUNNERS = new Set(["test", "it", "describe"]);
const NOT_RUN = new Set(["skip", "todo"]);
const TABLES = new Set(["each", "for"]);

/**
 * The titles of `test`, `it` and `describe` in a file, and the texts in their tables (`test.each`), which end up in
 * titles. What is skipped, with all that is in it, has none: it covers nothing.
 */
export function testTitles(file: string, source: string): readonly string[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} is no TypeScript: ${errors[0]!.message}`);
  const root = program as unknown as Node;
  const constants = new Map<string, Node>();
  for (const node of within(root)) {
    const { type, id, init } = node as { type: string; id?: Node; init?: Node };
    if (type === "VariableDeclarator" && init && id?.type === "Identifier") constants.set(String(id["name"]), init);
  }
  const titles: string[] = [];
  visit(root);
  return titles;

  function visit(node: Node): void {
    if (node.type === "CallExpression") {
      const { runner, modifiers, tables } = calleeOf(node["callee"] as Node);
      if (runner !== null && modifiers.some((name) => NOT_RUN.has(name))) return;
      if (runner !== null) {
        const [title] = node["arguments"] as readonly Node[];
        // `test.each(table)` alone is not yet the call that has the title.
        if (title !== undefined && !TABLES.has(modifiers.at(-1) ?? "")) titles.push(...texts(title));
        for (const table of tables) titles.push(...texts(table));
      }
    }
    for (const child of children(node)) visit(child);
  }

  /** All texts below a node; a constant of the file counts as what it holds. */
  function texts(node: Node, seen: ReadonlySet<Node> = new Set()): string[] {
    if (seen.has(node)) return [];
    if (node.type === "Literal") return typeof node["value"] === "string" ? [node["value"]] : [];
    if (node.type === "TemplateElement") return [(node["value"] as { raw: string }).raw];
    const constant = node.type === "Identifier" ? constants.get(String(node["name"])) : undefined;
    const further = new Set([...seen, node]);
    return (constant === undefined ? children(node) : [constant]).flatMap((child) => texts(child, further));
  }
}

/** `test.skipIf(x).each(table)`: its runner, `["skipIf", "each"]`, and the tables it was called with before. */
function calleeOf(callee: Node): { runner: string | null; modifiers: string[]; tables: Node[] } {
  const modifiers: string[] = [];
  const tables: Node[] = [];
  let node = callee;
  for (;;) {
    if (node.type === "MemberExpression") {
      modifiers.unshift(String((node["property"] as Node)["name"]));
      node = node["object"] as Node;
    } else if (node.type === "CallExpression") {
      const { property } = node["callee"] as { property?: Node };
      if (TABLES.has(String(property?.["name"]))) tables.push(...(node["arguments"] as readonly Node[]));
      // What was called already takes the title next.
      modifiers.unshift("()");
      node = node["callee"] as Node;
    } else {
      const name = node.type === "Identifier" ? String(node["name"]) : "";
      return { runner: RUNNERS.has(name) ? name : null, modifiers, tables };
    }
  }
}

function children(node: Node): readonly Node[] {
  return Object.values(node).flat().filter(isNode);
}

function within(node: Node): Node[] {
  return [node, ...children(node).flatMap(within)];
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}
