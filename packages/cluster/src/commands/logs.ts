import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { openCluster } from "./context.ts";

/** Prints what components logged; with `follow`, until interrupted. */
export async function logs(
  component: string | undefined,
  { name, follow }: { name: string; follow?: boolean },
): Promise<void> {
  const { paths } = await openCluster(name);
  const files =
    component === undefined
      ? readdirSync(paths.log).map((file) => join(paths.log, file))
      : ["log", "out"].map((ending) => join(paths.log, `${component}.${ending}`)).filter(existsSync);
  if (files.length === 0)
    throw new Error(`Nothing is logged by "${component}"; there is ${componentsIn(paths.log).join(", ")}`);
  const child = spawn("tail", ["-q", "-n", "1000", ...(follow ? ["-F"] : []), ...files], { stdio: "inherit" });
  await once(child, "exit");
}

/** Whose files lie there: what can be asked for. */
function componentsIn(directory: string): readonly string[] {
  return [...new Set(readdirSync(directory).map((file) => file.replace(/\.(log|out)(\.\d+)?$/, "")))].toSorted();
}
