import { at, isJson, listAt, mapAt, numberAt, textAt, type Json } from "../json.ts";
import type { TabbedText } from "./tabbed-text.ts";

/** Upstream: kubectl/pkg/describe/describe.go#describeVolumes */
export function describeVolumes(text: TabbedText, volumes: readonly Json[], space: string): void {
  if (volumes.length === 0) return text.line(0, `${space}Volumes:\t<none>`);
  text.line(0, `${space}Volumes:`);
  for (const volume of volumes) {
    text.line(1, `${space === "" ? "" : " "}${textAt(volume, "name")}:`);
    const [type, source] = Object.entries(volume).find(([key, value]) => key !== "name" && isJson(value)) ?? ["", {}];
    const lines = Object.hasOwn(SOURCES, type) ? SOURCES[type]!(source as Json) : undefined;
    if (!lines) text.line(1, "<unknown>");
    else for (const line of lines) text.line(2, line);
  }
}

const optional = (source: unknown): string => `Optional:\t${at(source, "optional") === true}`;

/** The lines of each type of volume. Types of vendors that left the tree are left out. */
const SOURCES: Readonly<Record<string, (source: Json) => string[]>> = {
  hostPath: (source) => [
    "Type:\tHostPath (bare host directory volume)",
    `Path:\t${textAt(source, "path")}`,
    `HostPathType:\t${at(source, "type") === undefined ? "<none>" : textAt(source, "type")}`,
  ],
  emptyDir: (source) => [
    "Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)",
    `Medium:\t${textAt(source, "medium")}`,
    `SizeLimit:\t${textAt(source, "sizeLimit") || "<unset>"}`,
  ],
  secret: (source) => [
    "Type:\tSecret (a volume populated by a Secret)",
    `SecretName:\t${textAt(source, "secretName")}`,
    optional(source),
  ],
  configMap: (source) => [
    "Type:\tConfigMap (a volume populated by a ConfigMap)",
    `Name:\t${textAt(source, "name")}`,
    optional(source),
  ],
  persistentVolumeClaim: (source) => [
    "Type:\tPersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
    `ClaimName:\t${textAt(source, "claimName")}`,
    `ReadOnly:\t${at(source, "readOnly") === true}`,
  ],
  downwardAPI: (source) => [
    "Type:\tDownwardAPI (a volume populated by information about the pod)",
    "Items:",
    ...listAt(source, "items").map(
      (item) =>
        `  ${textAt(item, "fieldRef", "fieldPath") || textAt(item, "resourceFieldRef", "resource")} -> ${textAt(item, "path")}`,
    ),
  ],
  projected: (source) => [
    "Type:\tProjected (a volume that contains injected data from multiple sources)",
    ...listAt(source, "sources").flatMap(projection),
  ],
  nfs: (source) => [
    "Type:\tNFS (an NFS mount that lasts the lifetime of a pod)",
    `Server:\t${textAt(source, "server")}`,
    `Path:\t${textAt(source, "path")}`,
    `ReadOnly:\t${at(source, "readOnly") === true}`,
  ],
  csi: (source) => [
    "Type:\tCSI (a Container Storage Interface (CSI) volume source)",
    `Driver:\t${textAt(source, "driver")}`,
    `FSType:\t${textAt(source, "fsType")}`,
    `ReadOnly:\t${at(source, "readOnly") === true}`,
    ...attributes(mapAt(source, "volumeAttributes")),
  ],
  image: (source) => [
    "Type:\tImage (a container image or OCI artifact)",
    `Reference:\t${textAt(source, "reference")}`,
    `PullPolicy:\t${textAt(source, "pullPolicy")}`,
  ],
};

function projection(source: Json): string[] {
  const { secret, downwardAPI, configMap, serviceAccountToken } = source;
  if (isJson(secret)) return [`SecretName:\t${textAt(secret, "name")}`, optional(secret)];
  if (isJson(downwardAPI)) return ["DownwardAPI:\ttrue"];
  if (isJson(configMap)) return [`ConfigMapName:\t${textAt(configMap, "name")}`, optional(configMap)];
  return isJson(serviceAccountToken)
    ? [`TokenExpirationSeconds:\t${numberAt(serviceAccountToken, "expirationSeconds")}`]
    : [];
}

function attributes(map: Readonly<Record<string, string>>): string[] {
  const entries = Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return ["VolumeAttributes:\t<none>"];
  return entries.map(([key, value], i) => `${i === 0 ? "VolumeAttributes:" : ""}\t${key}=${value}`);
}
