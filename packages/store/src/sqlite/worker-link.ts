import { Worker } from "node:worker_threads";
import { StoreUnavailableError } from "../errors.ts";
import { fromFailure } from "./failure.ts";
import { OPENED } from "./protocol.ts";
import type { Method, Methods, Opened, Reply, Request, WorkerOptions } from "./protocol.ts";

interface Call {
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

export interface Answer<M extends Method> {
  readonly resolve: (result: Methods[M][1]) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls the database in its worker thread. Requests are done, and answered, in the order in which they are made. */
export class WorkerLink {
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  readonly #onFailure: (error: Error) => void;
  #nextId = OPENED + 1;
  #failure: Error | undefined;

  /** Throws StoreUnavailableError. `onFailure` is called once, when the worker ends by itself. */
  static async open(options: WorkerOptions, onFailure: (error: Error) => void): Promise<[WorkerLink, Opened]> {
    const link = new WorkerLink(options, onFailure);
    const opened = new Promise<Opened>((resolve, reject) => link.#calls.set(OPENED, { resolve, reject }));
    return [link, await opened];
  }

  private constructor(options: WorkerOptions, onFailure: (error: Error) => void) {
    this.#onFailure = onFailure;
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: options, name: "store" });
    this.#worker.on("message", (reply: Reply) => this.#settle(reply));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.once("exit", (code) => this.#fail(new Error(`The store's worker ended with code ${code}`)));
  }

  call<M extends Method>(method: M, argument: Methods[M][0]): Promise<Methods[M][1]> {
    return new Promise((resolve, reject) => this.send(method, argument, { resolve, reject }));
  }

  /** Like `call`, but answers within the turn in which the reply came, so that what it does is in the order of replies. */
  send<M extends Method>(method: M, argument: Methods[M][0], answer: Answer<M>): void {
    if (this.#failure) return answer.reject(this.#failure);
    const id = this.#nextId++;
    this.#calls.set(id, answer);
    this.#worker.postMessage({ id, method, argument } satisfies Request<M>);
  }

  throwIfFailed(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Ends the worker after what was asked before; later calls are refused. */
  async close(): Promise<void> {
    const closed = this.call("close", undefined);
    this.#failure = new StoreUnavailableError("Closed", "The store is closed");
    await closed;
    await this.#worker.terminate();
  }

  #settle(reply: Reply): void {
    const call = this.#calls.get(reply.id)!;
    this.#calls.delete(reply.id);
    if ("failure" in reply) call.reject(fromFailure(reply.failure));
    else call.resolve(reply.result as never);
  }

  #fail(cause: unknown): void {
    const expected = this.#failure !== undefined;
    const message = "The store's worker ended; restart the process";
    this.#failure ??= new StoreUnavailableError("Failed", message, { cause });
    for (const call of this.#calls.values()) call.reject(this.#failure);
    this.#calls.clear();
    if (!expected) this.#onFailure(this.#failure);
  }
}
