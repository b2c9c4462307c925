import { ServiceAccount, type V1Pod, type AuthenticationV1TokenRequest } from "@dingi/api";
import type { Client } from "@dingi/client";
import type { Clock } from "@dingi/base";

interface CachedToken {
  readonly token: string;
  readonly issuedMs: number;
  readonly expiresMs: number;
}

const MAX_AGE_MS = 24 * 3_600_000;
const FRESH_SHARE = 0.8;

/** Tokens for pods, asked for anew when most of their life is over. Upstream: pkg/kubelet/token/token_manager.go */
export class TokenCache {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, CachedToken>();

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async get(pod: V1Pod, audience: string | undefined, expirationSeconds: number): Promise<string> {
    const key = `${pod.metadata.uid}|${audience ?? ""}|${expirationSeconds}`;
    const cached = this.#tokens.get(key);
    if (cached && this.#isFresh(cached)) return cached.token;
    const issuedMs = this.#clock.now();
    const { name, uid } = pod.metadata;
    const request = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: {},
      spec: {
        audiences: audience === undefined ? [] : [audience],
        expirationSeconds,
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
      },
    };
    const account = { namespace: pod.metadata.namespace ?? "", name: pod.spec.serviceAccountName ?? "default" };
    const answer = await this.#client.createSubresource<AuthenticationV1TokenRequest>(
      ServiceAccount,
      account,
      "token",
      request,
    );
    const token = answer.status.token;
    this.#tokens.set(key, { token, issuedMs, expiresMs: Date.parse(answer.status.expirationTimestamp ?? "") });
    return token;
  }

  forget(uid: string): void {
    for (const key of this.#tokens.keys()) if (key.startsWith(`${uid}|`)) this.#tokens.delete(key);
  }

  #isFresh({ issuedMs, expiresMs }: CachedToken): boolean {
    const now = this.#clock.now();
    return now - issuedMs < MAX_AGE_MS && now < issuedMs + (expiresMs - issuedMs) * FRESH_SHARE;
  }
}
