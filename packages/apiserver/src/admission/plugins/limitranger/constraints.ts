import type { ResourceList, V1LimitRangeItem } from "@dingi/api";
import { compareQuantity, quantityFloat, quantityValue } from "@dingi/apimachinery";

/** What is asked for of the resources, for one container, pod or claim. */
interface Asked {
  readonly requests: ResourceList;
  readonly limits: ResourceList;
}

/** One resource of which too little or too much is asked for. */
interface Question {
  /** "Container", "Pod" or "PersistentVolumeClaim". */
  readonly type: string;
  readonly resource: string;
  /** What the range says. */
  readonly enforced: string;
  readonly request: string | undefined;
  readonly limit: string | undefined;
}

type Constraint = (question: Question) => string | undefined;

/** Why what is asked for is outside of a range; in the order of the range's fields. */
export function violations(
  item: V1LimitRangeItem,
  asked: Asked,
  constraints: readonly (readonly ["min" | "max" | "maxLimitRequestRatio", Constraint])[] = ALL,
): string[] {
  return constraints.flatMap(([field, constraint]) =>
    Object.entries(item[field] ?? {}).flatMap(([resource, enforced]) => {
      const request = asked.requests[resource];
      const limit = asked.limits[resource];
      return constraint({ type: item.type, resource, enforced, request, limit }) ?? [];
    }),
  );
}

/** Upstream: plugin/pkg/admission/limitranger/admission.go#minConstraint */
function min({ type, resource, enforced, request, limit }: Question): string | undefined {
  const rule = `minimum ${resource} usage per ${type} is ${enforced}`;
  if (request === undefined) return `${rule}.  No request is specified`;
  if (isLess(request, enforced)) return `${rule}, but request is ${request}`;
  if (limit !== undefined && isLess(limit, enforced)) return `${rule}, but limit is ${limit}`;
  return undefined;
}

/** Upstream: …#maxConstraint */
function max({ type, resource, enforced, request, limit }: Question): string | undefined {
  const rule = `maximum ${resource} usage per ${type} is ${enforced}`;
  if (limit === undefined) return `${rule}.  No limit is specified`;
  if (isLess(enforced, limit)) return `${rule}, but limit is ${limit}`;
  if (request !== undefined && isLess(enforced, request)) return `${rule}, but request is ${request}`;
  return undefined;
}

/** Of a claim, which has no limits. Upstream: …#maxRequestConstraint */
function maxRequest({ type, resource, enforced, request }: Question): string | undefined {
  const rule = `maximum ${resource} usage per ${type} is ${enforced}`;
  if (request === undefined) return `${rule}.  No request is specified`;
  return isLess(enforced, request) ? `${rule}, but request is ${request}` : undefined;
}

/** Upstream: …#limitRequestRatioConstraint */
function ratio({ type, resource, enforced, request, limit }: Question): string | undefined {
  const rule = `${resource} max limit to request ratio per ${type} is ${enforced}`;
  if (!isPositive(request)) return `${rule}, but no request is specified or request is 0`;
  if (!isPositive(limit)) return `${rule}, but no limit is specified or limit is 0`;
  const found = measured(limit) / measured(request);
  return found > quantityFloat(enforced) ? `${rule}, but provided ratio is ${found.toFixed(6)}` : undefined;
}

const ALL = [
  ["min", min],
  ["max", max],
  ["maxLimitRequestRatio", ratio],
] as const;

export const OF_CLAIMS = [
  ["min", min],
  ["max", maxRequest],
] as const;

/** Above this, thousandths do not fit 64 bits, and whole units are compared. */
const MAX_MILLI_VALUE = Number((2n ** 63n - 1n) / 1000n);

function measured(quantity: string): number {
  const whole = quantityValue(quantity);
  return whole > MAX_MILLI_VALUE ? whole : quantityFloat(quantity);
}

const isLess = (a: string, b: string): boolean => compareQuantity(a, b) < 0;

const isPositive = (quantity: string | undefined): quantity is string =>
  quantity !== undefined && compareQuantity(quantity, "0") !== 0;
