import { renameSync } from "node:fs";
import { join } from "node:path";
import { workerData } from "node:worker_threads";

/** What an attacker does: one name is a directory and a link by turns, as fast as it goes. */
const { directory, flag } = workerData as { directory: string; flag: Int32Array };
const [shown, real, link] = ["shown", "real", "link"].map((name) => join(directory, name)) as [string, string, string];
let made = 0;

while (Atomics.load(flag, 0) === 0) {
  renameSync(shown, real);
  show(link);
  renameSync(shown, link);
  show(real);
}

/** Who is attacked may have made a directory in the meantime. */
function show(path: string): void {
  for (let i = 0; ; i++) {
    try {
      return renameSync(path, shown);
    } catch (error) {
      if (i === 10) throw error;
      renameSync(shown, `${shown}-${made++}`);
    }
  }
}
