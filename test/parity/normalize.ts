/** Takes out what differs from run to run. */
export function normalize(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copy = withoutUids(body) as Record<string, unknown>;
  if (copy["kind"] === "Status") return withoutDiff(copy);
  const metadata = copy["metadata"] as Record<string, unknown> | undefined;
  if (metadata === undefined) return copy;
  const createdMs = Date.parse(String(metadata["creationTimestamp"]));
  markFresh(copy, createdMs);
  markFreshTaints(copy["spec"], createdMs);
  for (const name of ["uid", "creationTimestamp", "resourceVersion", "managedFields", "selfLink"])
    delete metadata[name];
  if (copy["kind"] === "TokenRequest") delete copy["status"];
  if (copy["kind"] === "CertificateSigningRequest") delete (copy["spec"] as Record<string, unknown>)["extra"];
  return copy;
}

const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** A private copy. Some kinds make labels of what identifies an object, and errors tell labels. */
const withoutUids = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll(UID, "<uid>"));

const AGES = ["Duration", "Last Schedule", "TimeAdded"];
const TIMES = ["Created At", "Last Seen", "First Seen"];

/** A row without the times in it. */
export function normalizeCells(cells: readonly unknown[], columns: readonly string[]): unknown[] {
  return cells.map((cell, i) => {
    if (columns[i] === "Age") return "0s";
    if (TIMES.includes(columns[i]!)) return null;
    if (AGES.includes(columns[i]!) && /^\d+y/.test(String(cell))) return "<age>";
    return typeof cell === "string" ? cell.replaceAll(UID, "<uid>").replace(/ \(\w+ ago\)$/, " (some time ago)") : cell;
  });
}

/** Upstream ends some messages with Go's print of a difference, behind a line break; its text is no interface. */
function withoutDiff(status: Record<string, unknown>): Record<string, unknown> {
  const details = status["details"] as { causes?: { message: string }[] } | undefined;
  for (const cause of details?.causes ?? []) cause.message = firstLine(cause.message);
  return { ...status, message: firstLine(String(status["message"])) };
}

const firstLine = (text: string): string => text.split("\n", 1)[0]!;

/** What the server itself set carries the time of the request. */
function markFresh(object: Readonly<Record<string, unknown>>, createdMs: number): void {
  const status = object["status"] as ({ conditions?: Record<string, unknown>[] } & Record<string, unknown>) | undefined;
  if (status === undefined) return;
  markIfFresh(status, "lastPhaseTransitionTime", createdMs);
  for (const condition of status.conditions ?? []) markIfFresh(condition, "lastTransitionTime", createdMs);
}

/** A device's taint carries the time of the request as well, at any depth. */
function markFreshTaints(value: unknown, createdMs: number): void {
  if (typeof value !== "object" || value === null) return;
  markIfFresh(value as Record<string, unknown>, "timeAdded", createdMs);
  for (const inner of Object.values(value)) markFreshTaints(inner, createdMs);
}

function markIfFresh(object: Record<string, unknown>, name: string, createdMs: number): void {
  const at = Date.parse(String(object[name]));
  if (Math.abs(at - createdMs) < 10_000) object[name] = "now";
}
