import { equalResources, ResourceQuota, type V1ResourceQuota } from "@dingi/api";
import { newInternalError } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import type { Client } from "@dingi/client";
import { checkRequest, type Charge, type RunningQuota } from "./check-request.ts";

const RETRIES = 3;
const TIMEOUT_MS = 10_000;
/** Charged together at most: nobody else has the thread meanwhile. */
const BATCH = 64;

interface QuotaQueueOptions {
  readonly clock: Clock;
  /** The quotas of a namespace as they are now; as new as the last write of this server. */
  readonly quotas: (namespace: string) => readonly V1ResourceQuota[];
  readonly client: () => Client;
}

interface Waiter {
  readonly charge: Charge;
  readonly dryRun: boolean;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
  settled: boolean;
}

/**
 * Charges quotas before what they are charged for is written. A charge is a compare-and-set of the quota's status, so that
 * of two servers that see the same rest only one gives it away. What arrives while a namespace's quotas are written is
 * charged together.
 * Upstream: apiserver/pkg/admission/plugin/resourcequota/controller.go#quotaEvaluator
 */
export class QuotaQueue {
  readonly #options: QuotaQueueOptions;
  /** By namespace; there while somebody works on it. */
  readonly #waiting = new Map<string, Waiter[]>();

  constructor(options: QuotaQueueOptions) {
    this.#options = options;
  }

  /** Resolves when the write is charged. Throws what the writer is told. */
  async charge(namespace: string, charge: Charge, dryRun: boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { charge, dryRun, resolve, reject, settled: false };
    using _timer = this.#options.clock.timer(TIMEOUT_MS, () =>
      settle(waiter, newInternalError("resource quota evaluation timed out")),
    );
    const others = this.#waiting.get(namespace);
    if (others) others.push(waiter);
    else {
      this.#waiting.set(namespace, [waiter]);
      void this.#work(namespace);
    }
    await promise;
  }

  async #work(namespace: string): Promise<void> {
    for (let batch = this.#take(namespace); batch.length > 0; batch = this.#take(namespace)) {
      try {
        await this.#check(this.#options.quotas(namespace), batch, RETRIES);
      } catch (error) {
        for (const waiter of batch) settle(waiter, asError(error));
      }
    }
    this.#waiting.delete(namespace);
  }

  #take(namespace: string): Waiter[] {
    const waiting = this.#waiting.get(namespace)!.filter(({ settled }) => !settled);
    this.#waiting.set(namespace, waiting.slice(BATCH));
    return waiting.slice(0, BATCH);
  }

  /** Those whose charges are part of what is written are told once all is written. */
  async #check(quotas: readonly V1ResourceQuota[], batch: readonly Waiter[], retries: number): Promise<void> {
    const before = quotas.map((quota) => ({ quota, used: quota.status.used ?? {} }));
    const { after, charged } = chargeAll(before, batch);
    const failed = new Map<string, Error>();
    for (const [i, running] of after.entries()) {
      if (equalResources(running.used, before[i]!.used)) continue;
      const failure = await this.#write(running);
      if (failure) failed.set(running.quota.metadata.name!, failure);
    }
    const [failure] = failed.values();
    if (!failure || retries === 0) return charged.forEach((waiter) => settle(waiter, failure));
    const again = this.#options.quotas(quotas[0]!.metadata.namespace!);
    // One that has been removed meanwhile limits nothing; those that were written hold the charge.
    const left = again.filter(({ metadata }) => failed.has(metadata.name!));
    await this.#check(left, charged, retries - 1);
  }

  async #write({ quota, used }: RunningQuota): Promise<Error | undefined> {
    try {
      const status = { ...quota.status, used };
      await this.#options.client().update(ResourceQuota, { ...quota, status }, { subresource: "status" });
      return undefined;
    } catch (error) {
      return asError(error);
    }
  }
}

/** One after the other, each on what the ones before leave. Who is refused, or has nothing to be charged, is told at once. */
function chargeAll(before: readonly RunningQuota[], batch: readonly Waiter[]) {
  let after = before;
  const charged: Waiter[] = [];
  for (const waiter of batch) {
    try {
      const next = checkRequest(after, waiter.charge);
      if (waiter.dryRun || next.every((one, i) => one === after[i])) {
        settle(waiter);
        continue;
      }
      charged.push(waiter);
      after = next;
    } catch (error) {
      settle(waiter, asError(error));
    }
  }
  return { after, charged };
}

function settle(waiter: Waiter, failure?: Error): void {
  waiter.settled = true;
  if (failure) waiter.reject(failure);
  else waiter.resolve();
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
