import {
  byteLength,
  FIELD_IMMUTABLE,
  goValue,
  invalid,
  isDns1123Subdomain,
  isQualifiedName,
  MAX_ANNOTATIONS_BYTES,
  OMITTED_VALUE,
  path,
  required,
  semanticEqual,
  tooLong,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateSignerName } from "../certificatesigningrequest/signer-name.ts";
import { V1PodCertificateRequestSpec, type V1PodCertificateRequest } from "./podcertificaterequest.gen.ts";
import { validateStubRequest } from "./stub-request.ts";

/** Of a request, by the conditions that tell of them; each is the last word. */
export const OUTCOMES: readonly string[] = ["Issued", "Denied", "Failed"];

const MAX_UID = 128;
const MIN_SECONDS = 60 * 60;
const MAX_SECONDS = 91 * 24 * 60 * 60;
/** Of Kubernetes' own signers. */
const KUBERNETES_MAX_SECONDS = 24 * 60 * 60;
const SPEC = path("spec");

type Spec = V1PodCertificateRequestSpec;

/** Upstream: pkg/apis/certificates/validation/validation.go#ValidatePodCertificateRequestCreate */
export function validatePodCertificateRequest({ spec }: V1PodCertificateRequest): FieldError[] {
  const errors = [
    ...validateSignerName(spec.signerName ?? "", SPEC.child("signerName")),
    ...annotationErrors(spec.unverifiedUserAnnotations ?? {}, SPEC.child("unverifiedUserAnnotations")),
    ...(["pod", "serviceAccount", "node"] as const).flatMap((who) => [
      ...nameErrors(spec[`${who}Name`] ?? "", SPEC.child(`${who}Name`)),
      ...uidErrors(spec[`${who}UID`] ?? "", SPEC.child(`${who}UID`)),
    ]),
    ...lifetimeErrors(spec, SPEC.child("maxExpirationSeconds")),
  ];
  if (spec.stubPKCS10Request) return [...errors, ...validateStubRequest(spec.stubPKCS10Request)];
  const text = "exactly one of (stubPKCS10Request) or (pkixPublicKey, proofOfPossession) must be set";
  return [...errors, invalid(SPEC, OMITTED_VALUE, text)];
}

const nameErrors = (name: string, field: FieldPath): FieldError[] =>
  isDns1123Subdomain(name).map((text) => invalid(field, name, text));

function uidErrors(uid: string, field: FieldPath): FieldError[] {
  if (uid === "") return [invalid(field, uid, "must not be empty")];
  return byteLength(uid) > MAX_UID ? [tooLong(field, uid, MAX_UID)] : [];
}

/** Upstream: pkg/apis/core/validation/validation.go#ValidateUserAnnotations */
function annotationErrors(annotations: Readonly<Record<string, string>>, field: FieldPath): FieldError[] {
  const entries = Object.entries(annotations);
  const size = entries.reduce((sum, [key, value]) => sum + byteLength(key) + byteLength(value), 0);
  return [
    ...entries.flatMap(([key]) => keyErrors(key.toLowerCase(), field)),
    ...(size > MAX_ANNOTATIONS_BYTES ? [tooLong(field, undefined, MAX_ANNOTATIONS_BYTES)] : []),
  ];
}

function keyErrors(key: string, field: FieldPath): FieldError[] {
  if (key === "") return [required(field)];
  const errors = isQualifiedName(key).map((text) => invalid(field, key, text));
  if (errors.length > 0 || key.includes("/")) return errors;
  return [invalid(field, key, 'must be a domain-prefixed key (such as "acme.io/foo")')];
}

function lifetimeErrors({ signerName = "", maxExpirationSeconds: seconds = 0 }: Spec, field: FieldPath): FieldError[] {
  const [host = ""] = signerName.split("/");
  const most = `.${host}`.endsWith(".kubernetes.io") ? KUBERNETES_MAX_SECONDS : MAX_SECONDS;
  if (seconds >= MIN_SECONDS && seconds <= most) return [];
  return [invalid(field, seconds, `must be in the range [${MIN_SECONDS}, ${most}]`)];
}

/** Upstream: …#ValidatePodCertificateRequestUpdate */
export function validatePodCertificateRequestUpdate(
  { spec }: V1PodCertificateRequest,
  old: V1PodCertificateRequest,
): FieldError[] {
  return semanticEqual(spec, old.spec) ? [] : [invalid(SPEC, shownSpec(spec), FIELD_IMMUTABLE)];
}

/** With the keys of older versions, which this one has not. */
function shownSpec(spec: Spec): unknown {
  const { StubPKCS10Request, UnverifiedUserAnnotations, ...head } = goValue(V1PodCertificateRequestSpec, { ...spec });
  return { ...head, PKIXPublicKey: null, ProofOfPossession: null, StubPKCS10Request, UnverifiedUserAnnotations };
}
