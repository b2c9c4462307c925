import { Lease, type V1Lease, type V1LeaseSpec } from "@dingi/api";
import { isNotFound, wireMicroTime, type ObjectKey } from "@dingi/apimachinery";
import { describeError, type Clock, type Logger, type Random } from "@dingi/base";
import type { Client } from "../client.ts";

export interface LeaderElectionOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The Lease that the candidates share. */
  readonly lock: ObjectKey;
  /** Unique among the candidates. */
  readonly identity: string;
  /** Others wait this long after the leader's last sign of life. */
  readonly leaseDurationMs?: number;
  /** The leader gives up when it could not renew for this long; must be less than the lease's duration. */
  readonly renewDeadlineMs?: number;
  /** Between attempts. */
  readonly retryPeriodMs?: number;
  /** Called for each new leader, this one included. */
  readonly onNewLeader?: (identity: string) => void;
}

/** The lease went to somebody else, or could not be renewed in time: what only the leader may do has been stopped. */
export class LeadershipLostError extends Error {
  override name = "LeadershipLostError";
}

const JITTER = 1.2;

/** What was seen of the lease, and when, by this candidate's own clock: those of others may be wrong. */
interface Observed {
  readonly lease: V1Lease | undefined;
  readonly record: string;
  readonly atMs: number;
}

/**
 * Waits until this candidate leads, then does the work while it renews the lease; at the end the lease is given back.
 * Resolves with the work, or when `signal` is aborted. Rejects with LeadershipLostError once the work has stopped,
 * which its own signal told it to; with the work's error when that fails.
 * Upstream: client-go/tools/leaderelection/leaderelection.go
 */
export async function runAsLeader(
  options: LeaderElectionOptions,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const elector = new LeaderElector(options);
  if (!(await elector.acquire(signal))) return;
  const stop = new AbortController();
  const leading = AbortSignal.any([signal, stop.signal]);
  const working = work(leading).finally(() => stop.abort(new Error("The work is done")));
  const renewing = elector.renew(leading).catch((error: unknown) => {
    stop.abort(error);
    return error;
  });
  const [outcome, lost] = await Promise.all([
    working.then(
      () => undefined,
      (error: unknown) => ({ error }),
    ),
    renewing,
  ]);
  if (lost !== undefined) throw lost;
  await elector.release();
  if (outcome && !signal.aborted) throw outcome.error;
}

class LeaderElector {
  readonly #options: Required<Omit<LeaderElectionOptions, "onNewLeader">> & Pick<LeaderElectionOptions, "onNewLeader">;
  #observed: Observed = { lease: undefined, record: "", atMs: -Infinity };
  #reported = "";

  constructor(options: LeaderElectionOptions) {
    const { leaseDurationMs = 15_000, renewDeadlineMs = 10_000, retryPeriodMs = 2_000 } = options;
    if (leaseDurationMs <= renewDeadlineMs)
      throw new RangeError(
        `leaseDurationMs (${leaseDurationMs}) must be greater than renewDeadlineMs (${renewDeadlineMs})`,
      );
    if (renewDeadlineMs <= JITTER * retryPeriodMs)
      throw new RangeError(
        `renewDeadlineMs (${renewDeadlineMs}) must be greater than ${JITTER} × retryPeriodMs (${retryPeriodMs})`,
      );
    this.#options = { ...options, leaseDurationMs, renewDeadlineMs, retryPeriodMs };
  }

  /** Whether this candidate leads now; false when the signal came first. */
  async acquire(signal: AbortSignal): Promise<boolean> {
    const { logger, lock } = this.#options;
    while (!signal.aborted) {
      if (await this.#try(signal)) {
        logger.info("Leading", { lease: `${lock.namespace}/${lock.name}` });
        return true;
      }
      await this.#chance(signal);
    }
    return false;
  }

  /**
   * Waits until the lease is given back or its term has passed; a retry period where nothing can be seen of it.
   * Differs: upstream asks every retry period, and so is late by one when a lease is given back, and by two at its end.
   */
  async #chance(signal: AbortSignal): Promise<void> {
    const { clock, random, retryPeriodMs } = this.#options;
    const { lease } = this.#observed;
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const seen = lease !== undefined && this.#isHeld(lease);
    const watched =
      seen && (await Promise.race([this.#follow(lease, either), this.#untilOver(either)]).catch(() => false));
    over.abort(new Error("There was a chance"));
    if (!watched && !signal.aborted)
      await clock.sleep(retryPeriodMs * (1 + random.float() * JITTER), signal).catch(() => {});
  }

  /** True once nobody holds the lease any more; false when the watch has ended before. */
  async #follow({ metadata }: V1Lease, signal: AbortSignal): Promise<boolean> {
    const { client, lock } = this.#options;
    const { resourceVersion = "" } = metadata;
    const fieldSelector = `metadata.name=${lock.name}`;
    const events = client.watch(Lease, { namespace: lock.namespace ?? "", fieldSelector, resourceVersion, signal });
    for await (const batch of events) {
      for (const { type, object } of batch) {
        if (type === "DELETED") return true;
        if (type !== "MODIFIED" && type !== "ADDED") continue;
        this.#observe(object);
        if (!this.#isHeld(object)) return true;
      }
    }
    return false;
  }

  /** The holder was silent for a whole term. */
  async #untilOver(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    for (let leftMs = this.#leftMs(); leftMs > 0; leftMs = this.#leftMs()) await clock.sleep(leftMs, signal);
    return true;
  }

  /** Of the holder's term, since he was heard of last. */
  #leftMs(): number {
    const { clock, leaseDurationMs } = this.#options;
    const seconds = this.#observed.lease?.spec?.leaseDurationSeconds;
    const termMs = seconds === undefined ? leaseDurationMs : seconds * 1000;
    return this.#observed.atMs + termMs - clock.monotonic();
  }

  /** Returns when the signal is aborted; throws LeadershipLostError. */
  async renew(signal: AbortSignal): Promise<void> {
    const { clock, retryPeriodMs, renewDeadlineMs, lock } = this.#options;
    let renewedMs = clock.monotonic();
    for (;;) {
      await clock.sleep(retryPeriodMs, signal).catch(() => {});
      if (signal.aborted) return;
      const late = renewDeadlineMs - (clock.monotonic() - renewedMs);
      if (late > 0 && (await this.#try(AbortSignal.any([signal, clock.deadline(late)])))) renewedMs = clock.monotonic();
      else if (late <= 0 || this.#isOthers())
        throw new LeadershipLostError(`The lease "${lock.namespace}/${lock.name}" could not be renewed in time`);
    }
  }

  /** So that the next leader need not wait. */
  async release(): Promise<void> {
    const { client, clock, identity, logger } = this.#options;
    const { lease } = this.#observed;
    if (lease?.spec?.holderIdentity !== identity) return;
    const now = wireMicroTime(clock.now());
    const spec = { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
    try {
      await client.update(Lease, { ...lease, spec });
    } catch (error) {
      logger.warn("The lease was not given back", { error: describeError(error) });
    }
  }

  /** Whether the lease is ours now. */
  async #try(signal: AbortSignal): Promise<boolean> {
    const { client, lock, identity, clock, logger } = this.#options;
    try {
      const lease = await client.get(Lease, lock, { signal }).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
      if (!lease)
        this.#observe(await client.create(Lease, { metadata: { ...lock }, spec: this.#claim(undefined) }, { signal }));
      else {
        this.#observe(lease);
        if (this.#isHeld(lease)) return false;
        this.#observe(await client.update(Lease, { ...lease, spec: this.#claim(lease.spec) }, { signal }));
      }
      return this.#observed.lease?.spec?.holderIdentity === identity;
    } catch (error) {
      if (!signal.aborted) logger.debug("No lease", { error: describeError(error), now: clock.now() });
      return false;
    }
  }

  #isOthers(): boolean {
    const { lease } = this.#observed;
    return lease !== undefined && lease.spec?.holderIdentity !== this.#options.identity;
  }

  /** By somebody else who was heard of lately. */
  #isHeld({ spec }: V1Lease): boolean {
    const holder = spec?.holderIdentity ?? "";
    return holder !== "" && holder !== this.#options.identity && this.#leftMs() > 0;
  }

  #claim(old: V1LeaseSpec | undefined): V1LeaseSpec {
    const { identity, clock, leaseDurationMs } = this.#options;
    const now = wireMicroTime(clock.now());
    const same = old?.holderIdentity === identity;
    return {
      ...old,
      holderIdentity: identity,
      leaseDurationSeconds: Math.round(leaseDurationMs / 1000),
      acquireTime: same ? (old.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (old?.leaseTransitions ?? 0) + (old && !same ? 1 : 0),
    };
  }

  #observe(lease: V1Lease): void {
    const record = JSON.stringify(lease.spec ?? {});
    const changed = record !== this.#observed.record;
    this.#observed = { lease, record, atMs: changed ? this.#options.clock.monotonic() : this.#observed.atMs };
    const holder = lease.spec?.holderIdentity ?? "";
    if (holder === "" || holder === this.#reported) return;
    this.#reported = holder;
    this.#options.onNewLeader?.(holder);
  }
}
