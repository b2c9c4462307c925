import type { Draft } from "@dingi/apimachinery";
import type { V1Secret } from "./secret.gen.ts";

/**
 * `stringData` is a way of writing only: it ends up in `data`.
 * Upstream: pkg/apis/core/v1/defaults.go#SetDefaults_Secret, conversion.go#Convert_v1_Secret_To_core_Secret
 */
export function defaultSecret(secret: Draft<V1Secret>): void {
  secret.type ||= "Opaque";
  const { stringData } = secret;
  delete secret.stringData;
  if (!stringData || Object.keys(stringData).length === 0) return;
  const written = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  secret.data = { ...secret.data, ...(Object.fromEntries(written) as Record<string, string>) };
}
