import { createHash } from "node:crypto";
import type { Clock } from "@dingi/base";
import type { MetricsRegistry } from "@dingi/component-base";

interface Fetched {
  readonly timesMs: { success?: number; failure?: number };
  hash?: string;
}

const BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Upstream: apiserver/plugin/pkg/authenticator/token/oidc/metrics.go */
export class JwtMetrics {
  readonly #clock: Clock;
  /** By issuer; there are as many as are configured. */
  readonly #fetched = new Map<string, Fetched>();
  readonly #latency;

  constructor({ clock, registry }: { readonly clock: Clock; readonly registry: MetricsRegistry }) {
    this.#clock = clock;
    this.#latency = registry.histogramVec({
      name: "apiserver_authentication_jwt_authenticator_latency_seconds",
      help: "Seconds in which an issuer's token was looked at",
      buckets: BUCKETS,
    });
    registry.gauge<"result" | "jwt_issuer_hash">({
      name: "apiserver_authentication_jwt_authenticator_jwks_fetch_last_timestamp_seconds",
      help: "When the keys of an issuer were fetched last, by result",
      labels: ["result", "jwt_issuer_hash"],
      collect: (gauge) => {
        gauge.reset();
        for (const [issuer, { timesMs }] of this.#fetched)
          for (const [result, timeMs] of Object.entries(timesMs))
            gauge.set({ result, jwt_issuer_hash: hashOf(issuer) }, timeMs / 1000);
      },
    });
    registry.gauge<"hash" | "jwt_issuer_hash">({
      name: "apiserver_authentication_jwt_authenticator_jwks_fetch_last_key_set_info",
      help: "The hash of the keys of an issuer that were fetched last",
      labels: ["jwt_issuer_hash", "hash"],
      collect: (gauge) => {
        gauge.reset();
        for (const [issuer, { hash }] of this.#fetched)
          if (hash !== undefined) gauge.set({ jwt_issuer_hash: hashOf(issuer), hash }, 1);
      },
    });
  }

  /** @param hash Of the keys; undefined where none came. */
  fetched(issuer: string, hash: string | undefined): void {
    const known = this.#fetched.get(issuer) ?? { timesMs: {} };
    known.timesMs[hash === undefined ? "failure" : "success"] = this.#clock.now();
    if (hash !== undefined) known.hash = hash;
    this.#fetched.set(issuer, known);
  }

  /** Returns what is to be called with the result. */
  begin(issuer: string): (result: "success" | "failure") => void {
    const startMs = this.#clock.monotonic();
    return (result) =>
      this.#latency
        .with({ result, jwt_issuer_hash: hashOf(issuer) })
        .observe((this.#clock.monotonic() - startMs) / 1000);
  }

  /** Only these issuers are there still. */
  keepOnly(issuers: readonly string[]): void {
    for (const issuer of this.#fetched.keys()) if (!issuers.includes(issuer)) this.#fetched.delete(issuer);
  }
}

const hashOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;
