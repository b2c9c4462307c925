/** Takes out what differs from run to run. */
export function normalize(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copy = structuredClone(body) as Record<string, unknown>;
  const metadata = copy["metadata"] as Record<string, unknown> | undefined;
  if (metadata === undefined) return copy;
  for (const name of ["uid", "creationTimestamp", "resourceVersion", "managedFields", "selfLink"])
    delete metadata[name];
  return copy;
}
