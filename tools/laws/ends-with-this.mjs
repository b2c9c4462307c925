/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

/**
 * A process that is asked to end asks those that it has started: who is ended by a time-out leaves nothing behind.
 * @param {import("node:child_process").ChildProcess} child
 */
export function endsWithThis(child) {
  if (running.size === 0) for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, endAll);
  running.add(child);
  child.once("close", () => {
    running.delete(child);
    if (running.size === 0) for (const signal of ["SIGTERM", "SIGINT"]) process.off(signal, endAll);
  });
}

function endAll(signal) {
  // node:test lets its tests go on after SIGTERM.
  for (const child of running) child.kill("SIGINT");
  process.exitCode = signal === "SIGINT" ? 130 : 143;
  setTimeout(() => process.exit(), 2000).unref();
}
