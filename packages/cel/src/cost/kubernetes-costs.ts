import type { Value } from "../value/value.ts";
import { Opaque } from "../value/value.ts";
import { CelList } from "../value/value.ts";
import { entriesOf } from "../value/map.ts";
import { CelMap } from "../value/value.ts";
import type { CallCost } from "./call-costs.ts";
import { actualSize, ofPattern, ofSmaller, REGEX_FACTOR, STRING_FACTOR, traversal } from "./call-costs.ts";
import { NamedFormat } from "../library/format/named-format.ts";
import { selectorCost } from "./selector-cost.ts";

export const CHECK_COST = 350_000;

const ofText: CallCost = ([text]) => traversal(actualSize(text!));
const ofTextTwice: CallCost = ([text]) => Math.ceil(actualSize(text!) * 2 * STRING_FACTOR);
const ofAll: CallCost = ([list]) => goThrough(list!);
const ofAddresses = (cidr: Value): number => Math.ceil(2 * actualSize(cidr) * STRING_FACTOR);

const CONTAINS: Readonly<Record<string, CallCost>> = {
  containsIP: ([cidr]) => ofAddresses(cidr!),
  containsCIDR: ([cidr]) => ofAddresses(cidr!) + traversal(actualSize(cidr!)) + 1,
};

function table(names: string, cost: CallCost | number): [string, CallCost | number][] {
  return names.split(" ").map((name) => [name, cost]);
}

/** Upstream: k8s.io/apiserver/pkg/cel/library/cost.go#CallCost */
const BY_FUNCTION = new Map<string, CallCost | number>([
  ["check", CHECK_COST],
  ...table("serviceAccount path group resource subresource namespace name allowed reason error errored", 1),
  ...table(
    "masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast",
    1,
  ),
  ...table(
    "sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub major minor patch",
    1,
  ),
  ...table("getScheme getHostname getHost getPort getEscapedPath getQuery format.named", 1),
  ...table("isSorted sum max min indexOf lastIndexOf includes", ofAll),
  ...table("url lowerAscii upperAscii substring trim jsonpatch.escapeKey", ofText),
  ...table("cidr isIP isCIDR ip quantity isQuantity semver isSemver", ofText),
  ...table("replace split ip.isCanonical", ofTextTwice),
  ...table("find findAll", ofPattern),
  ...table("fieldSelector labelSelector", ([, selector]) => selectorCost(actualSize(selector!))),
  ["join", (_args, result) => Math.ceil(actualSize(result) * 2 * STRING_FACTOR)],
  ["validate", ofFormat],
  ["_==_", (args, result) => (args[0] instanceof Opaque ? 1 : ofSmaller(args, result))],
]);

/** Undefined for functions that are no library's of Kubernetes. */
export function kubernetesCost(fn: string, overload: string): CallCost | number | undefined {
  if (overload === "cidr_ip") return 1;
  const contains = Object.hasOwn(CONTAINS, fn) ? CONTAINS[fn] : undefined;
  if (!contains) return BY_FUNCTION.get(fn);
  const ofString = overload.endsWith("_string");
  return (args, result) => contains(args, result) + (ofString ? traversal(actualSize(args[1]!)) : 0);
}

function ofFormat([format, text]: readonly Value[]): number {
  if (!(format instanceof NamedFormat)) return 1;
  return traversal(1 + actualSize(text!)) * Math.ceil(format.maxRegexSize * REGEX_FACTOR);
}

/** 1 for each thing that is no container; of strings a tenth of the bytes, rounded down. */
function goThrough(value: Value): number {
  if (typeof value === "string") return Math.floor(Buffer.byteLength(value) * STRING_FACTOR);
  if (value instanceof Uint8Array) return Math.floor(value.length * STRING_FACTOR);
  let cost = 0;
  if (value instanceof CelList) for (const item of value) cost += goThrough(item);
  else if (value instanceof CelMap)
    for (const [key, item] of entriesOf(value)) cost += goThrough(key) + goThrough(item);
  else cost = 1;
  return cost;
}
