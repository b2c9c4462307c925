import { FieldSet } from "./field-set.ts";
import { compareText, compareTimes, identityOf, type Manager } from "./managed.ts";

const MAX_UPDATERS = 10;
const BUCKET = "ancient-changes";

/**
 * Keeps at most ten updaters: the oldest of a version are made one. Appliers are not counted.
 * Upstream: managedfields/internal/capmanagers.go
 */
export function capUpdaters(managers: Map<string, Manager>): void {
  const updaters = [...managers].filter(([, manager]) => manager.operation === "Update");
  let excess = updaters.length - MAX_UPDATERS;
  if (excess <= 0) return;
  updaters.sort(([a, left], [b, right]) => compareTimes(left.time, right.time) || compareText(a, b));
  const firsts = new Map<string, string>();
  const gathered = new Map<string, FieldSet[]>();
  for (const [identity, manager] of updaters) {
    if (excess <= 0) break;
    const first = firsts.get(manager.apiVersion);
    if (first === undefined) {
      firsts.set(manager.apiVersion, identity);
      continue;
    }
    const bucket = { name: BUCKET, operation: "Update", apiVersion: manager.apiVersion, subresource: "" } as const;
    const bucketIdentity = identityOf(bucket);
    const before = managers.get(bucketIdentity) ?? managers.get(first);
    const sets = gathered.get(bucketIdentity) ?? (before === undefined ? [] : [before.fields]);
    gathered.set(bucketIdentity, sets);
    sets.push(manager.fields);
    if (!managers.has(bucketIdentity)) managers.delete(first);
    managers.delete(identity);
    // The time of the newest that went in.
    managers.set(bucketIdentity, { ...bucket, fields: FieldSet.empty, time: manager.time });
    excess--;
  }
  for (const [identity, sets] of gathered)
    managers.set(identity, { ...managers.get(identity)!, fields: FieldSet.unionOf(sets) });
}
