import type { CelType } from "../check/type.ts";
import { sameType } from "../check/type.ts";
import { REGEX_FACTOR, STRING_FACTOR } from "./call-costs.ts";
import type { CallEstimate, CallEstimator, CostNode, EstimatedCall } from "./call-estimate.ts";
import { estimateSize, literalSize } from "./call-estimate.ts";
import { CHECK_COST } from "./kubernetes-costs.ts";
import type { Range } from "./saturating.ts";
import { exactly, NOTHING, plus, range, satAdd, scaled, times } from "./saturating.ts";

const ONE = exactly(1);
/** The bytes of an address. */
const ADDRESS = range(4, 16);
const MAX_FORMAT_SIZE = 64;
const MAX_FORMAT_REGEX_SIZE = 128;

const fixed: CallEstimator = () => ({ cost: ONE });
const sizeOf = ({ sizes }: EstimatedCall, node: CostNode): Range => estimateSize(sizes, node);

const ofArgument: CallEstimator = (call) => ({ cost: scaled(sizeOf(call, call.args[0]!), STRING_FACTOR) });

const ofArgumentKept: CallEstimator = (call) => {
  const size = sizeOf(call, call.args[0]!);
  return { cost: scaled(size, STRING_FACTOR), resultSize: size };
};

const ofTarget: CallEstimator = (call) => {
  const size = sizeOf(call, call.target!);
  return { cost: scaled(size, STRING_FACTOR), resultSize: size };
};

/** The elements of a list, as a node. */
function elementsOf({ type, path }: CostNode): CostNode | undefined {
  const element = type.params[0];
  return element && { type: element, path: path.length === 0 ? [] : [...path, "@items"] };
}

function ofElements(others: (size: Range) => Range): CallEstimator {
  return (call) => {
    const size = sizeOf(call, call.target!);
    const element = elementsOf(call.target!);
    if (!element) return { cost: others(size) };
    const isText = element.type.kind === "string" || element.type.kind === "bytes";
    return { cost: times(size, isText ? plus(ONE, scaled(sizeOf(call, element), STRING_FACTOR)) : ONE) };
  };
}

const selector: CallEstimator = (call) => {
  const length = sizeOf(call, call.args[0]!);
  return { cost: plus(exactly(10), scaled(length, STRING_FACTOR), scaled(scaled(length, 0.5), 50)) };
};

const replace: CallEstimator = (call) => {
  const size = sizeOf(call, call.target!);
  const [old, by] = [sizeOf(call, call.args[0]!), sizeOf(call, call.args[1]!)];
  const most = replacements(size.max, old.min, by.max <= old.min);
  const least = replacements(size.min, old.max, old.max <= by.min);
  const count = range(least.count, most.count);
  const resultSize = plus(times(count, by), range(least.kept, most.kept));
  return { cost: scaled(size, 2 * STRING_FACTOR), resultSize };
};

/** How often something is replaced in a text of `size`, and how much of it stays. */
// oxlint-disable-next-line max-params -- Three numbers of one formula.
function replacements(size: bigint, old: bigint, shrinks: boolean): { count: bigint; kept: bigint } {
  if (old === 0n) return { count: satAdd(size, 1n), kept: size };
  if (shrinks) return { count: 0n, kept: size };
  return { count: BigInt(Math.ceil(Number(size) / Number(old))), kept: 0n };
}

const split: CallEstimator = (call) => {
  const size = sizeOf(call, call.target!);
  const limit = call.args[1];
  const isLiteral = limit?.expr?.kind === "literal";
  return {
    cost: scaled(size, 2 * STRING_FACTOR),
    resultSize: range(0n, isLiteral ? BigInt.asUintN(64, signedLiteral(limit, size.max)) : size.max),
  };
};

function signedLiteral(node: CostNode, otherwise: bigint): bigint {
  const { expr } = node;
  if (expr?.kind === "literal" && typeof expr.value === "number") return BigInt(expr.value);
  return literalSize(node, otherwise);
}

const join: CallEstimator = (call) => {
  const list = sizeOf(call, call.target!);
  const element = elementsOf(call.target!);
  const items = element ? times(list, sizeOf(call, element)) : NOTHING;
  const [separator] = call.args;
  const between = { min: list.min > 0n ? list.min - 1n : 0n, max: list.max > 0n ? list.max - 1n : 0n };
  const size = separator ? plus(items, times(sizeOf(call, separator), between)) : items;
  return { cost: scaled(size, STRING_FACTOR), resultSize: size };
};

const find: CallEstimator = (call) => {
  const size = sizeOf(call, call.target!);
  const text = scaled(plus(size, ONE), STRING_FACTOR);
  const pattern = scaled(sizeOf(call, call.args[0]!), REGEX_FACTOR);
  return { cost: times(text, pattern), resultSize: range(0n, size.max) };
};

const comparedAddresses = scaled(plus(ADDRESS, ADDRESS), STRING_FACTOR);

function contains(base: Range): CallEstimator {
  return (call) => {
    const parsed = call.overload.endsWith("_string") ? scaled(sizeOf(call, call.args[0]!), STRING_FACTOR) : NOTHING;
    return { cost: plus(base, parsed) };
  };
}

const validate: CallEstimator = (call) => ({
  cost: scaled(scaled(sizeOf(call, call.args[0]!), STRING_FACTOR), MAX_FORMAT_REGEX_SIZE * REGEX_FACTOR),
});

const CONSTANT_TIME = new Set(["net.IP", "net.CIDR", "kubernetes.Quantity", "kubernetes.Semver"]);

const equality: CallEstimator = ({ args }) => {
  const [left, right] = args;
  return left && right && sameType(left.type, right.type) ? equalityOf(left.type, right) : undefined;
};

function equalityOf({ name }: CelType, right: CostNode): CallEstimate | undefined {
  if (CONSTANT_TIME.has(name) || name.startsWith("kubernetes.authorization.")) return { cost: ONE };
  if (name === "kubernetes.NamedFormat") return { cost: scaled(range(1, MAX_FORMAT_SIZE), STRING_FACTOR) };
  if (name !== "kubernetes.URL") return undefined;
  return { cost: scaled(range(1n, right.computedSize?.max ?? 1n), STRING_FACTOR) };
}

function table(names: string, estimate: CallEstimator): [string, CallEstimator][] {
  return names.split(" ").map((name) => [name, estimate]);
}

/** By function. Upstream: k8s.io/apiserver/pkg/cel/library/cost.go#EstimateCallCost */
export const KUBERNETES_ESTIMATES: ReadonlyMap<string, CallEstimator> = new Map([
  ["check", () => ({ cost: exactly(CHECK_COST) })],
  ...table("serviceAccount path group resource subresource namespace name allowed reason error errored", fixed),
  ...table(
    "masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast",
    fixed,
  ),
  ...table(
    "sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub major minor patch",
    fixed,
  ),
  ...table("getScheme getHostname getHost getPort getEscapedPath getQuery format.named", fixed),
  ...table("fieldSelector labelSelector", selector),
  ...table(
    "isSorted sum max min indexOf lastIndexOf",
    ofElements((size) => scaled(size, STRING_FACTOR)),
  ),
  ["includes", ofElements((size) => size)],
  ...table("url jsonpatch.escapeKey", ofArgumentKept),
  ...table("lowerAscii upperAscii substring trim", ofTarget),
  ["replace", replace],
  ["split", split],
  ["join", join],
  ...table("find findAll", find),
  ...table("cidr isIP isCIDR quantity isQuantity semver isSemver", ofArgument),
  ["ip", (call) => (call.overload === "cidr_ip" ? { cost: ONE } : ofArgument(call))],
  ["ip.isCanonical", (call) => ({ cost: scaled(sizeOf(call, call.args[0]!), 2 * STRING_FACTOR) })],
  ["containsIP", contains(comparedAddresses)],
  ["containsCIDR", contains(plus(comparedAddresses, scaled(ADDRESS, STRING_FACTOR), ONE))],
  ["validate", validate],
  ["_==_", equality],
]);
