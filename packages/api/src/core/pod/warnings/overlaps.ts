import type { V1Volume, V1VolumeProjection } from "../pod.gen.ts";
import { pairWarnings } from "./pairs.ts";

/** A file of a volume, and which of a projected volume's sources writes it. */
interface File {
  readonly path: string;
  readonly source: string;
}

/** Files that would overwrite one another, or lie under one another. Upstream: pkg/api/pod/warnings.go#warningsForOverlappingVirtualPaths */
export function overlapWarnings({ name, configMap, secret, downwardAPI, projected }: V1Volume): string[] {
  const warnings: string[] = [];
  const warn = (description: string, found: readonly string[]) => {
    for (const body of found)
      warnings.push(`volume ${JSON.stringify(name)} (${description}): overlapping paths: ${body}`);
  };
  if (configMap) warn(`ConfigMap ${JSON.stringify(configMap.name ?? "")}`, overlaps(files(configMap.items)));
  if (secret) warn(`Secret ${JSON.stringify(secret.secretName ?? "")}`, overlaps(files(secret.items)));
  if (downwardAPI) warn("DownwardAPI", overlaps(files(downwardAPI.items)));
  const sources = projected?.sources ?? [];
  for (const source of sources)
    if (Object.keys(source).length === 0)
      warnings.push(`volume ${JSON.stringify(name)} (Projected) has no sources provided`);
  warn("Projected", overlaps(sources.flatMap(projectedFiles)));
  return warnings;
}

const files = (items: readonly { readonly path: string }[] | undefined, source = ""): File[] =>
  (items ?? []).map(({ path }) => ({ path, source }));

function projectedFiles(projection: V1VolumeProjection): File[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle } = projection;
  if (configMap?.items) return files(configMap.items, `ConfigMap ${JSON.stringify(configMap.name ?? "")}`);
  if (secret?.items) return files(secret.items, `Secret ${JSON.stringify(secret.name ?? "")}`);
  if (downwardAPI?.items) return files(downwardAPI.items, "DownwardAPI");
  if (serviceAccountToken) return files([serviceAccountToken], "ServiceAccountToken");
  if (!clusterTrustBundle) return certificateFiles(projection);
  const { name, signerName = "" } = clusterTrustBundle;
  return files([clusterTrustBundle], `ClusterTrustBundle ${JSON.stringify(name ?? signerName)}`);
}

function certificateFiles({ podCertificate }: V1VolumeProjection): File[] {
  if (!podCertificate) return [];
  const parts = [
    { path: podCertificate.certificateChainPath, source: "PodCertificate chain" },
    { path: podCertificate.keyPath, source: "PodCertificate key" },
    { path: podCertificate.credentialBundlePath, source: "PodCertificate credential bundle" },
  ];
  return parts.flatMap(({ path, source }) => (path ? [{ path, source }] : []));
}

function overlaps(all: readonly File[]): string[] {
  if (all.length < 2) return [];
  const trimmed = all.map(({ path, source }) => ({ path: path.replace(/\/+$/, ""), source }));
  return pairWarnings(trimmed, (file, other) =>
    overlap(file.path, other.path) ? `${shown(file)} with ${shown(other)}` : undefined,
  );
}

const overlap = (a: string, b: string): boolean =>
  a !== "" && b !== "" && (`${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`));

const shown = ({ path, source }: File): string => JSON.stringify(path) + (source === "" ? "" : ` (${source})`);
