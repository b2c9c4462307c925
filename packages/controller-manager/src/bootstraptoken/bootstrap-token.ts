import { createHmac } from "node:crypto";
import type { V1Secret } from "@dingi/api";
import { own } from "@dingi/base";

/** Secrets by which nodes join. Upstream: cluster-bootstrap/token/api/types.go, cluster-bootstrap/util/secrets/secrets.go */
const NAMESPACE = "kube-system";
const TYPE = "bootstrap.kubernetes.io/token";
const NAME = /^bootstrap-token-([a-z0-9]{6})$/;

interface BootstrapToken {
  readonly id: string;
  readonly secret: string;
}

export const isBootstrapToken = ({ type, metadata }: V1Secret): boolean =>
  type === TYPE && metadata.namespace === NAMESPACE;

function fieldOf({ data = {} }: V1Secret, name: string): string {
  return Buffer.from(own(data, name) ?? "", "base64").toString();
}

/** In epoch milliseconds; infinite where there is none, and past where it cannot be read. Upstream: …/secrets.go#GetExpiration */
export function expiryOf(secret: V1Secret): number {
  const text = fieldOf(secret, "expiration");
  if (text === "") return Infinity;
  const expiryMs = Date.parse(text);
  return Number.isFinite(expiryMs) ? expiryMs : 0;
}

/** Undefined for one that does not sign. Upstream: pkg/controller/bootstrap/util.go#validateSecretForSigning */
export function signingTokenOf(secret: V1Secret, nowMs: number): BootstrapToken | undefined {
  const [, id] = NAME.exec(secret.metadata.name ?? "") ?? [];
  const value = fieldOf(secret, "token-secret");
  const isGood = id !== undefined && fieldOf(secret, "token-id") === id && value !== "";
  const signs = fieldOf(secret, "usage-bootstrap-signing") === "true" && expiryOf(secret) > nowMs;
  return isGood && signs ? { id, secret: value } : undefined;
}

/** A JWS without its content. Upstream: cluster-bootstrap/token/jws/jws.go#ComputeDetachedSignature */
export function detachedSignature(content: string, { id, secret }: BootstrapToken): string {
  const encode = (text: string) => Buffer.from(text).toString("base64url");
  const header = encode(JSON.stringify({ alg: "HS256", kid: id }));
  const signature = createHmac("sha256", secret)
    .update(`${header}.${encode(content)}`)
    .digest("base64url");
  return `${header}..${signature}`;
}
