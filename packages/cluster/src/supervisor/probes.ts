import { get } from "node:https";
import type { Readable } from "node:stream";
import type { Clock } from "@dingi/base";
import { connectContainerd } from "@dingi/cri";
import type { Probe } from "./health.ts";

/** Asks an API server whether it lives, over a connection of its own. Any answer is one: a 401 is given by who lives. */
export function apiProbe({ port, ca }: { readonly port: number; readonly ca: () => string }): Probe {
  return async (signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const asked = get({ host: "127.0.0.1", port, path: "/livez", ca: ca(), agent: false, signal }, (response) => {
      response.resume().once("error", () => {});
      resolve();
    });
    asked.once("error", reject);
    await promise;
    asked.destroy();
  };
}

/** Asks a runtime for its version, over a connection of its own. */
export function runtimeProbe(socket: string, clock: Clock): Probe {
  return async (signal) => {
    await using cri = connectContainerd({ socket, clock });
    await cri.runtime.version({ signal });
  };
}

/** Waits for the next sign of life in a stream that a process writes one to every second. */
export function beatProbe(stream: Readable): Probe {
  stream.on("error", () => {}).resume();
  return async (signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const [onBeat, onAbort] = [() => resolve(), () => reject(signal.reason as Error)];
    stream.once("data", onBeat);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await promise;
    } finally {
      stream.off("data", onBeat);
      signal.removeEventListener("abort", onAbort);
    }
  };
}
