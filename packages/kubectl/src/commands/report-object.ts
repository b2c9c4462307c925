import { CommandError } from "../command-error.ts";
import { shownType, type Resource } from "../discovery/discovery.ts";
import type { AnyObject } from "../json.ts";
import { printerFor } from "../printers/output.ts";
import type { Session } from "../session.ts";
import { flag, type Flags } from "../flags.ts";

export type DryRun = "none" | "client" | "server";

export function dryRunOf(flags: Flags): DryRun {
  const value = flags["dryRun"];
  if (value === undefined || value === "none") return "none";
  if (value === "unchanged") return "client";
  if (value === "client" || value === "server") return value;
  throw new CommandError(`Invalid dry-run value (${String(value)}). Must be "none", "server", or "client".`);
}

export function dryRunQuery(dryRun: DryRun): { dryRun: string | undefined } {
  return { dryRun: dryRun === "server" ? "All" : undefined };
}

/** "pod/web created", or the object in the form that -o names. */
export async function reportObject(
  session: Session,
  done: { resource: Resource; object: AnyObject; verb: string; dryRun?: DryRun },
  flags: Flags,
): Promise<void> {
  const printer = printerFor(flag(flags, "output"), { resourceOf: () => done.resource });
  if (printer) return await session.print(printer(done.object));
  const suffix = done.dryRun === "client" ? " (dry run)" : done.dryRun === "server" ? " (server dry run)" : "";
  await session.print(`${shownType(done.resource)}/${done.object.metadata.name} ${done.verb}${suffix}\n`);
}
