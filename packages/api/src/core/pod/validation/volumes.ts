import {
  duplicate,
  forbidden,
  invalid,
  isDns1123Subdomain,
  notSupported,
  quantitySign,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1KeyToPath, V1Volume, V1DownwardAPIVolumeFile } from "../pod.gen.ts";
import { validateFieldRef, validateResourceFieldRef } from "./downward-api.ts";
import { validateEnum, validateLabel } from "./names.ts";
import { validateFileMode, validateFileUser, validateNoBacksteps, validateNonReservedPath } from "./paths.ts";
import { validateProjectedSources } from "./projected.ts";

const HOST_PATH_TYPES = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];
const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];
const FILE_FIELDS = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
const NO_RULES = (): FieldError[] => [];

type Rule = (volume: V1Volume, field: FieldPath) => FieldError[];

/** Every type, in upstream's order. Those that no kubelet of ours mounts have no rules of their own yet. */
const TYPES = {
  hostPath: ({ hostPath }, field) => hostPathErrors(hostPath!, field),
  gitRepo: NO_RULES,
  gcePersistentDisk: NO_RULES,
  awsElasticBlockStore: NO_RULES,
  secret: ({ secret }, field) => [
    ...(secret!.secretName ? [] : [required(field.child("secretName"))]),
    ...fileErrors(secret!, field),
  ],
  nfs: ({ nfs }, field) => nfsErrors(nfs!, field),
  iscsi: NO_RULES,
  glusterfs: NO_RULES,
  flocker: NO_RULES,
  persistentVolumeClaim: ({ persistentVolumeClaim }, field) =>
    persistentVolumeClaim!.claimName ? [] : [required(field.child("claimName"))],
  rbd: NO_RULES,
  cinder: NO_RULES,
  cephfs: NO_RULES,
  quobyte: NO_RULES,
  downwardAPI: ({ downwardAPI }, field) => [
    ...validateFileMode(downwardAPI!.defaultMode, field.child("defaultMode")),
    ...validateFileUser(downwardAPI!.defaultUser, field.child("defaultUser")),
    ...(downwardAPI!.items ?? []).flatMap((file) => validateDownwardFile(file, field)),
  ],
  fc: NO_RULES,
  flexVolume: NO_RULES,
  configMap: ({ configMap }, field) => [
    ...(configMap!.name ? [] : [required(field.child("name"))]),
    ...fileErrors(configMap!, field),
  ],
  azureFile: NO_RULES,
  vsphereVolume: NO_RULES,
  photonPersistentDisk: NO_RULES,
  portworxVolume: NO_RULES,
  azureDisk: NO_RULES,
  storageos: NO_RULES,
  projected: ({ projected }, field) => [
    ...validateFileMode(projected!.defaultMode, field.child("defaultMode")),
    ...validateFileUser(projected!.defaultUser, field.child("defaultUser")),
    ...validateProjectedSources(
      projected!,
      { keyToPath: validateKeyToPath, downwardFile: validateDownwardFile },
      field,
    ),
  ],
  scaleIO: NO_RULES,
  csi: NO_RULES,
  ephemeral: NO_RULES,
  image: ({ image }, field) => [
    ...(image!.reference ? [] : [required(field.child("reference"))]),
    ...validateEnum(image!.pullPolicy, PULL_POLICIES, field.child("pullPolicy")),
  ],
} satisfies Partial<Record<keyof V1Volume, Rule>>;

/** Types whose own fields are accepted as they are. */
export const UNCHECKED_VOLUME_TYPES: readonly string[] = Object.entries(TYPES)
  .filter(([, rule]) => rule === NO_RULES)
  .map(([name]) => name);

export interface ValidatedVolumes {
  /** Only these can be mounted. */
  readonly valid: ReadonlyMap<string, V1Volume>;
  readonly errors: readonly FieldError[];
}

/** Upstream: pkg/apis/core/validation/validation.go#ValidateVolumes */
export function validateVolumes(volumes: readonly V1Volume[], podName: string, field: FieldPath): ValidatedVolumes {
  const valid = new Map<string, V1Volume>();
  const errors: FieldError[] = [];
  const claims = new Set(
    volumes.filter(({ ephemeral }) => podName && ephemeral).map(({ name }) => `${podName}-${name}`),
  );
  for (const [i, volume] of volumes.entries()) {
    const at = field.index(i);
    const own = [...sourceErrors(volume, podName, at), ...nameErrors(volume.name, valid, at.child("name"))];
    if (own.length === 0) valid.set(volume.name, volume);
    errors.push(...own);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim === undefined || !claims.has(claim)) continue;
    const text = "must not reference a PVC that gets created for an ephemeral volume";
    errors.push(invalid(at.child("persistentVolumeClaim", "claimName"), claim, text));
  }
  return { valid, errors };
}

function nameErrors(name: string, taken: ReadonlyMap<string, V1Volume>, field: FieldPath): FieldError[] {
  const errors = name ? validateLabel(name, field) : [required(field)];
  return taken.has(name) ? [...errors, duplicate(field, name)] : errors;
}

function sourceErrors(volume: V1Volume, podName: string, field: FieldPath): FieldError[] {
  const errors = volume.emptyDir ? emptyDirErrors(volume, field.child("emptyDir")) : [];
  let count = volume.emptyDir ? 1 : 0;
  for (const [name, rule] of Object.entries<Rule>(TYPES)) {
    if (!volume[name as keyof V1Volume]) continue;
    const at = field.child(name);
    if (count++ > 0) errors.push(forbidden(at, "may not specify more than 1 volume type"));
    else errors.push(...rule(volume, at));
  }
  if (volume.ephemeral && podName && volume.name)
    errors.push(...claimNameErrors(podName, volume.name, field.child("name")));
  return count === 0 ? [...errors, required(field, "must specify a volume type")] : errors;
}

function claimNameErrors(podName: string, name: string, field: FieldPath): FieldError[] {
  const claim = `${podName}-${name}`;
  return isDns1123Subdomain(claim).map((text) => invalid(field, name, `PVC name ${JSON.stringify(claim)}: ${text}`));
}

function emptyDirErrors({ emptyDir }: V1Volume, field: FieldPath): FieldError[] {
  const { sizeLimit, mode } = emptyDir!;
  const errors: FieldError[] = [];
  if (sizeLimit !== undefined && quantitySign(sizeLimit) < 0) {
    errors.push(forbidden(field.child("sizeLimit"), "SizeLimit field must be a valid resource quantity"));
  }
  if (mode !== undefined && (mode < 0 || mode > 0o1777)) {
    errors.push(invalid(field.child("mode"), mode, "must be a number between 0 and 01777 (octal), both inclusive"));
  }
  return errors;
}

function hostPathErrors({ path, type }: NonNullable<V1Volume["hostPath"]>, field: FieldPath): FieldError[] {
  if (!path) return [required(field.child("path"))];
  const errors = validateNoBacksteps(path, field.child("path"));
  if (type === undefined || HOST_PATH_TYPES.includes(type)) return errors;
  return [...errors, notSupported(field.child("type"), type, HOST_PATH_TYPES)];
}

function nfsErrors({ server, path }: NonNullable<V1Volume["nfs"]>, field: FieldPath): FieldError[] {
  return [
    ...(server ? [] : [required(field.child("server"))]),
    ...(path ? [] : [required(field.child("path"))]),
    ...(path?.startsWith("/") ? [] : [invalid(field.child("path"), path, "must be an absolute path")]),
  ];
}

interface Files {
  readonly defaultMode?: number | undefined;
  readonly defaultUser?: number | undefined;
  readonly items?: readonly V1KeyToPath[] | undefined;
}

function fileErrors({ defaultMode, defaultUser, items = [] }: Files, field: FieldPath): FieldError[] {
  return [
    ...validateFileMode(defaultMode, field.child("defaultMode")),
    ...validateFileUser(defaultUser, field.child("defaultUser")),
    ...items.flatMap((item, i) => validateKeyToPath(item, field.child("items").index(i))),
  ];
}

/** Upstream: …#validateKeyToPath */
function validateKeyToPath({ key, path, mode, user }: V1KeyToPath, field: FieldPath): FieldError[] {
  return [
    ...(key ? [] : [required(field.child("key"))]),
    ...(path ? [] : [required(field.child("path"))]),
    ...validateNonReservedPath(path ?? "", field.child("path")),
    ...validateFileMode(mode, field.child("mode")),
    ...validateFileUser(user, field.child("user")),
  ];
}

/** Upstream: …#validateDownwardAPIVolumeFile */
function validateDownwardFile(
  { path, fieldRef, resourceFieldRef, mode, user }: V1DownwardAPIVolumeFile,
  field: FieldPath,
): FieldError[] {
  const errors = path ? [] : [required(field.child("path"))];
  errors.push(...validateNonReservedPath(path ?? "", field.child("path")));
  if (fieldRef) {
    errors.push(...validateFieldRef(fieldRef, FILE_FIELDS, field.child("fieldRef")));
    if (resourceFieldRef)
      errors.push(invalid(field, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
  } else if (resourceFieldRef)
    errors.push(...validateResourceFieldRef(resourceFieldRef, field.child("resourceFieldRef"), true));
  else errors.push(required(field, "one of fieldRef and resourceFieldRef is required"));
  return [...errors, ...validateFileMode(mode, field.child("mode")), ...validateFileUser(user, field.child("user"))];
}
