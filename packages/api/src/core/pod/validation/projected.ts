import {
  byteLength,
  forbidden,
  goValue,
  invalid,
  isDns1123Subdomain,
  isQualifiedName,
  MAX_ANNOTATIONS_BYTES,
  notSupported,
  required,
  tooLong,
  validateLabelSelector,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateSignerName } from "../../../certificates/certificatesigningrequest/signer-name.ts";
import type { V1KeyToPath } from "../../reference/reference.gen.ts";
import type { V1ServiceAccountTokenProjection } from "../../serviceaccount/serviceaccount.gen.ts";
import {
  V1ClusterTrustBundleProjection,
  type V1DownwardAPIVolumeFile,
  type V1PodCertificateProjection,
  type V1ProjectedVolumeSource,
  type V1VolumeProjection,
} from "../pod.gen.ts";
import { validateFileUser, validateNonReservedPath } from "./paths.ts";

const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;
const MIN_CERTIFICATE_SECONDS = 3600;
const MAX_CERTIFICATE_SECONDS = 7_862_400;
const MAX_KUBERNETES_SECONDS = 86_400;
const KEY_TYPES = ["RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"];

/** The rules of files, which plain volumes share. */
interface FileRules {
  keyToPath(item: V1KeyToPath, field: FieldPath): FieldError[];
  downwardFile(file: V1DownwardAPIVolumeFile, field: FieldPath): FieldError[];
}

/** Upstream: pkg/apis/core/validation/validation.go#validateProjectionSources */
export function validateProjectedSources(
  { sources }: V1ProjectedVolumeSource,
  rules: FileRules,
  field: FieldPath,
): FieldError[] {
  const paths = new ProjectedPaths(field);
  return (sources ?? []).flatMap((source, i) => {
    const at = field.child("sources").index(i);
    const given = Object.values(source).filter((part) => part !== undefined).length;
    return [
      ...sourceErrors(source, rules, paths, at),
      ...(given > 1 ? [forbidden(at, "may not specify more than 1 volume type per source")] : []),
    ];
  });
}

/** Two sources must not write the same file. */
class ProjectedPaths {
  readonly #taken = new Set<string>();
  readonly field: FieldPath;

  constructor(field: FieldPath) {
    this.field = field;
  }

  take(path: string, shown: string): FieldError[] {
    if (this.#taken.has(path)) return [invalid(this.field, shown, "conflicting duplicate paths")];
    this.#taken.add(path);
    return [];
  }
}

function sourceErrors(
  source: V1VolumeProjection,
  rules: FileRules,
  paths: ProjectedPaths,
  field: FieldPath,
): FieldError[] {
  const { secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
  return [
    ...(secret ? itemErrors(secret, rules, paths, field.child("secret")) : []),
    ...(configMap ? itemErrors(configMap, rules, paths, field.child("configMap")) : []),
    ...(downwardAPI?.items ?? []).flatMap((file) => [
      ...rules.downwardFile(file, field.child("downwardAPI")),
      ...(file.path ? paths.take(file.path, file.path) : []),
    ]),
    ...(serviceAccountToken ? tokenErrors(serviceAccountToken, paths.field, field.child("serviceAccountToken")) : []),
    ...(clusterTrustBundle ? bundleErrors(clusterTrustBundle, paths, field.child("clusterTrustBundle")) : []),
    ...(podCertificate ? certificateErrors(podCertificate, paths, field.child("podCertificate")) : []),
  ];
}

interface Items {
  readonly name?: string | undefined;
  readonly items?: readonly V1KeyToPath[] | undefined;
}

function itemErrors(
  { name = "", items = [] }: Items,
  rules: FileRules,
  paths: ProjectedPaths,
  field: FieldPath,
): FieldError[] {
  return [
    ...(name === "" ? [required(field.child("name"))] : []),
    ...items.flatMap((item, i) => [
      ...rules.keyToPath(item, field.child("items").index(i)),
      ...(item.path ? paths.take(item.path, name) : []),
    ]),
  ];
}

function tokenErrors(token: V1ServiceAccountTokenProjection, volume: FieldPath, field: FieldPath): FieldError[] {
  const { expirationSeconds: seconds, path, user } = token;
  const at = field.child("expirationSeconds");
  const errors: FieldError[] = [];
  if (seconds === undefined) errors.push(required(at));
  else if (seconds < MIN_TOKEN_SECONDS)
    errors.push(invalid(at, seconds, "may not specify a duration less than 10 minutes"));
  else if (seconds > MAX_TOKEN_SECONDS)
    errors.push(invalid(at, seconds, "may not specify a duration larger than 2^32 seconds"));
  errors.push(...(path ? validateNonReservedPath(path, volume.child("path")) : [required(volume.child("path"))]));
  return [...errors, ...validateFileUser(user, field.child("user"))];
}

function bundleErrors(bundle: V1ClusterTrustBundleProjection, paths: ProjectedPaths, field: FieldPath): FieldError[] {
  return [
    ...bundleChoiceErrors(bundle, field),
    ...(bundle.path ? [] : [required(field.child("path"))]),
    ...validateFileUser(bundle.user, field.child("user")),
    ...validateNonReservedPath(bundle.path ?? "", field.child("path")),
    ...paths.take(bundle.path ?? "", bundle.path ?? ""),
  ];
}

function bundleChoiceErrors(bundle: V1ClusterTrustBundleProjection, field: FieldPath): FieldError[] {
  const { name, signerName, labelSelector } = bundle;
  const shown = { ...goValue(V1ClusterTrustBundleProjection, { ...bundle }), LabelSelector: labelSelector ?? null };
  if (name !== undefined && signerName !== undefined)
    return [invalid(field, shown, "only one of name and signerName may be used")];
  if (name !== undefined) {
    return [
      ...(name === "" ? [required(field.child("name"), "must be a valid object name")] : []),
      ...bundleNameErrors(name, field.child("name")),
      ...(labelSelector
        ? [invalid(field.child("labelSelector"), labelSelector, "labelSelector must be unset if name is specified")]
        : []),
    ];
  }
  if (signerName === undefined) return [required(field, "either name or signerName must be specified")];
  return [
    ...(signerName === "" ? [required(field.child("signerName"), "must be a valid signer name")] : []),
    ...validateSignerName(signerName, field.child("signerName")),
    ...validateLabelSelector(labelSelector, field.child("labelSelector")),
  ];
}

/** "example.com:signer:name", or a plain name. Upstream: …#ValidateClusterTrustBundleName */
function bundleNameErrors(name: string, field: FieldPath): FieldError[] {
  return isDns1123Subdomain(name.slice(name.lastIndexOf(":") + 1)).map((text) =>
    invalid(field, name, `not a valid clustertrustbundlename: ${text}`),
  );
}

function certificateErrors(
  certificate: V1PodCertificateProjection,
  paths: ProjectedPaths,
  field: FieldPath,
): FieldError[] {
  const { signerName, keyType = "", user } = certificate;
  const targets = (["credentialBundlePath", "keyPath", "certificateChainPath"] as const).filter(
    (name) => certificate[name],
  );
  return [
    ...validateSignerName(signerName ?? "", field.child("signerName")),
    ...annotationErrors(certificate.userAnnotations ?? {}, field.child("userAnnotations")),
    ...validateFileUser(user, field.child("user")),
    ...(KEY_TYPES.includes(keyType) ? [] : [notSupported(field.child("keyType"), keyType, KEY_TYPES)]),
    ...certificateAgeErrors(certificate, field.child("maxExpirationSeconds")),
    ...targets.flatMap((name) => [
      ...validateNonReservedPath(certificate[name]!, field.child(name)),
      ...paths.take(certificate[name]!, certificate[name]!),
    ]),
    ...(targets.length === 0
      ? [required(field, "specify at least one of credentialBundlePath, keyPath, and certificateChainPath")]
      : []),
  ];
}

/** Upstream: …#ValidateUserAnnotations */
function annotationErrors(annotations: Readonly<Record<string, string>>, field: FieldPath): FieldError[] {
  const entries = Object.entries(annotations);
  const size = entries.reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0);
  return [
    ...entries.flatMap(([key]) => domainKeyErrors(key.toLowerCase(), field)),
    ...(size > MAX_ANNOTATIONS_BYTES ? [tooLong(field, undefined, MAX_ANNOTATIONS_BYTES)] : []),
  ];
}

function domainKeyErrors(key: string, field: FieldPath): FieldError[] {
  if (key === "") return [required(field)];
  const texts = isQualifiedName(key);
  const plain = key.includes("/") ? [] : ['must be a domain-prefixed key (such as "acme.io/foo")'];
  return (texts.length > 0 ? texts : plain).map((text) => invalid(field, key, text));
}

function certificateAgeErrors(
  { maxExpirationSeconds: seconds, signerName }: V1PodCertificateProjection,
  field: FieldPath,
): FieldError[] {
  if (seconds === undefined) return [];
  const domain = (signerName ?? "").split("/")[0]!;
  const ours = domain === "kubernetes.io" || domain.endsWith(".kubernetes.io");
  const max = ours ? MAX_KUBERNETES_SECONDS : MAX_CERTIFICATE_SECONDS;
  const text = "if provided, maxExpirationSeconds must be";
  if (seconds < MIN_CERTIFICATE_SECONDS) return [invalid(field, seconds, `${text} >= ${MIN_CERTIFICATE_SECONDS}`)];
  return seconds > max ? [invalid(field, seconds, `${text} <= ${max}`)] : [];
}
