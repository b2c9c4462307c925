import { parentPort, workerData } from "node:worker_threads";
import { invariant, systemClock, systemRandom } from "@dingi/base";
import { Database } from "./database.ts";
import { explainError, toFailure } from "./failure.ts";
import { OPENED } from "./protocol.ts";
import type { Method, Methods, Reply, Request, WorkerOptions } from "./protocol.ts";

invariant(parentPort, "The store's worker runs only in a worker thread");
const port = parentPort;

type Handlers = { readonly [M in Method]: (argument: Methods[M][0]) => Methods[M][1] };

function handlersOf(database: Database): Handlers {
  return {
    commit: (batch) => database.commit(batch),
    get: (key) => database.get(key),
    range: ({ prefix, page }) => database.range(prefix, page),
    history: (query) => database.history(query),
    compact: (revision) => database.compact(revision),
    sweep: () => database.sweep(),
    expire: (nowMs) => database.expire(nowMs),
    close: () => database.close(),
  };
}

const options = workerData as WorkerOptions;

function answer(id: number, act: () => unknown): void {
  let reply: Reply;
  try {
    reply = { id, result: act() };
  } catch (error) {
    reply = { id, failure: toFailure(explainError(error, options.path)) };
  }
  port.postMessage(reply);
}

answer(OPENED, () => {
  const database = new Database({ ...options, clock: systemClock, random: systemRandom });
  const handlers = handlersOf(database);
  port.on("message", ({ id, method, argument }: Request) => answer(id, () => handlers[method](argument as never)));
  return { revision: database.revision };
});
