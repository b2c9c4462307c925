/** Everything that `target` is becomes what `source` is; whoever holds it holds the new state. */
export function setOwnFields(target: object, source: object): void {
  for (const name of Object.keys(target)) delete (target as Record<string, unknown>)[name];
  Object.assign(target, source);
}
