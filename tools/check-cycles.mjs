// No module imports itself, by whatever way round. Types count: they are what ties a reader's hands too.
import { dirname, posix } from "node:path";
import { isProgram, report, ROOT } from "./laws/law.mjs";
import { importsOf } from "./laws/source-text.mjs";
import { sourceFiles } from "./laws/source-tree.mjs";

/**
 * @param {import("./laws/source-tree.mjs").SourceFile[]} files
 * @returns {import("./laws/law.mjs").Violation[]} One for each group of modules that import each other.
 */
export function checkCycles(files) {
  const graph = new Map(files.map((file) => [file.path, targetsOf(file)]));
  for (const [path, targets] of graph)
    graph.set(
      path,
      targets.filter((target) => graph.has(target)),
    );
  return knots(graph).map((knot) => ({
    path: knot[0],
    message: `Import cycle: ${shortestCycle(graph, knot).join(" → ")}`,
  }));
}

function targetsOf(file) {
  return importsOf(file.text).flatMap(({ specifier, kind }) => {
    // Generated types refer to each other as the wire's do.
    if (kind === "dynamic" || (kind === "type" && file.isGenerated)) return [];
    if (specifier.startsWith(".")) return [posix.normalize(posix.join(dirname(file.path), specifier))];
    const name = /^@dingi\/([^/]+)$/.exec(specifier)?.[1];
    return name ? [`packages/${name}/src/index.ts`] : [];
  });
}

/** Tarjan's strongly connected components, of more than one module or importing itself. */
function knots(graph) {
  const state = { index: new Map(), low: new Map(), stack: [], onStack: new Set(), found: [] };
  for (const node of graph.keys()) if (!state.index.has(node)) visit(graph, node, state);
  return state.found.map((knot) => knot.sort());
}

function visit(graph, start, state) {
  const work = [{ node: start, next: 0 }];
  enter(start, state);
  while (work.length > 0) {
    const frame = work.at(-1);
    const target = graph.get(frame.node)[frame.next++];
    if (target === undefined) {
      work.pop();
      leave(graph, frame.node, state);
      const parent = work.at(-1)?.node;
      if (parent) state.low.set(parent, Math.min(state.low.get(parent), state.low.get(frame.node)));
    } else if (!state.index.has(target)) {
      enter(target, state);
      work.push({ node: target, next: 0 });
    } else if (state.onStack.has(target)) {
      state.low.set(frame.node, Math.min(state.low.get(frame.node), state.index.get(target)));
    }
  }
}

function enter(node, { index, low, stack, onStack }) {
  low.set(node, index.size);
  index.set(node, index.size);
  stack.push(node);
  onStack.add(node);
}

function leave(graph, node, { index, low, stack, onStack, found }) {
  if (low.get(node) !== index.get(node)) return;
  const knot = stack.splice(stack.indexOf(node));
  for (const member of knot) onStack.delete(member);
  if (knot.length > 1 || graph.get(node).includes(node)) found.push(knot);
}

function shortestCycle(graph, knot) {
  const inside = new Set(knot);
  let best;
  for (const start of knot) {
    const path = wayBack(graph, start, inside);
    if (path && (!best || path.length < best.length)) best = path;
  }
  return best;
}

function wayBack(graph, start, inside) {
  const from = new Map();
  const queue = [start];
  for (const node of queue) {
    for (const target of graph.get(node)) {
      if (target === start) return [...trace(from, node, start), start];
      if (!inside.has(target) || from.has(target)) continue;
      from.set(target, node);
      queue.push(target);
    }
  }
  return undefined;
}

function trace(from, node, start) {
  const path = [node];
  while (path[0] !== start) path.unshift(from.get(path[0]));
  return path;
}

if (isProgram(import.meta.url)) report("check-cycles", { violations: checkCycles(sourceFiles(ROOT)) });
