/** Takes out what differs from run to run. */
export function normalize(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copy = structuredClone(body) as Record<string, unknown>;
  const metadata = copy["metadata"] as Record<string, unknown> | undefined;
  if (metadata === undefined) return copy;
  for (const name of ["uid", "creationTimestamp", "resourceVersion", "managedFields", "selfLink"])
    delete metadata[name];
  if (copy["kind"] === "CertificateSigningRequest") delete (copy["spec"] as Record<string, unknown>)["extra"];
  return copy;
}

const TIMES = ["Created At", "Last Seen", "First Seen"];

/** A row without the times in it. */
export function normalizeCells(cells: readonly unknown[], columns: readonly string[]): unknown[] {
  return cells.map((cell, i) => (columns[i] === "Age" ? "0s" : TIMES.includes(columns[i]!) ? null : cell));
}
