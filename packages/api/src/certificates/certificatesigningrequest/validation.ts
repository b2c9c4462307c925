import { X509Certificate } from "node:crypto";
import {
  duplicate,
  forbidden,
  invalid,
  notSupported,
  path,
  required,
  semanticEqual,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type {
  V1CertificateSigningRequest,
  V1CertificateSigningRequestCondition,
  V1CertificateSigningRequestSpec,
} from "./certificatesigningrequest.gen.ts";
import { certificateRequestProblem } from "./pkcs10.ts";
import { validateSignerName } from "./signer-name.ts";

const USAGES = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];
const DECISIONS = ["Approved", "Denied"];
const FINAL = [...DECISIONS, "Failed"];
const STATUSES = ["False", "True", "Unknown"];
const MIN_SECONDS = 600;
const LEGACY_SIGNER = "kubernetes.io/legacy-unknown";

type Request = V1CertificateSigningRequest;
type Conditions = readonly V1CertificateSigningRequestCondition[];

/** Upstream: pkg/apis/certificates/validation/validation.go#validateCertificateSigningRequest */
export function validateRequest(request: Request, old?: Request): FieldError[] {
  return [
    ...specErrors(request.spec, path("spec"), old),
    ...conditionErrors(request.status.conditions ?? [], path("status", "conditions"), old),
    ...certificateErrors(request, old),
    ...decisionErrors(request.status.conditions ?? [], path("status", "conditions"), old),
  ];
}

function specErrors(spec: V1CertificateSigningRequestSpec, field: FieldPath, old: Request | undefined): FieldError[] {
  const problem = certificateRequestProblem(Buffer.from(spec.request ?? "", "base64").toString());
  const { usages = [], expirationSeconds } = spec;
  return [
    ...(problem === undefined ? [] : [invalid(field.child("request"), spec.request ?? null, problem)]),
    ...(usages.length === 0
      ? [required(field.child("usages"))]
      : usageErrors(usages, field.child("usages"), old?.spec.usages ?? [])),
    ...signerErrors(spec.signerName ?? "", field.child("signerName"), old),
    ...(expirationSeconds !== undefined && expirationSeconds < MIN_SECONDS
      ? [
          invalid(
            field.child("expirationSeconds"),
            expirationSeconds,
            "may not specify a duration less than 600 seconds (10 minutes)",
          ),
        ]
      : []),
  ];
}

function usageErrors(usages: readonly string[], field: FieldPath, old: readonly string[]): FieldError[] {
  const mayBeUnknown = !old.every((usage) => USAGES.includes(usage));
  const mayRepeat = new Set(old).size < old.length;
  const seen = new Set<string>();
  return [
    ...usages.flatMap((usage, i) =>
      mayBeUnknown || USAGES.includes(usage) ? [] : [notSupported(field.index(i), usage, USAGES)],
    ),
    ...usages.flatMap((usage, i) =>
      seen.size === seen.add(usage).size && !mayRepeat ? [duplicate(field.index(i), usage)] : [],
    ),
  ];
}

function signerErrors(name: string, field: FieldPath, old: Request | undefined): FieldError[] {
  if (name !== LEGACY_SIGNER || old?.spec.signerName === LEGACY_SIGNER) return validateSignerName(name, field);
  return [invalid(field, name, "the legacy signerName is not allowed via this API version")];
}

function conditionErrors(conditions: Conditions, field: FieldPath, old: Request | undefined): FieldError[] {
  const before = old?.status.conditions ?? [];
  const types = before.map(({ type }) => type);
  const mayBeEmpty = types.includes("");
  const mayRepeat = new Set(types).size < types.length;
  const seen = new Set<string>();
  return conditions.flatMap(({ type, status }, i) => {
    const at = field.index(i);
    const errors = type || mayBeEmpty ? [] : [required(at.child("type"))];
    const allowed = FINAL.includes(type) ? ["True"] : STATUSES;
    if (!status) errors.push(required(at.child("status")));
    else if (!allowed.includes(status)) errors.push(notSupported(at.child("status"), status, allowed));
    const repeated = seen.size === seen.add(type).size;
    return repeated && !mayRepeat ? [...errors, duplicate(at.child("type"), type)] : errors;
  });
}

const hasBothDecisions = (conditions: Conditions): boolean =>
  DECISIONS.every((decision) => conditions.some(({ type }) => type === decision));

/** Declared by the type, so reported last. */
function decisionErrors(conditions: Conditions, field: FieldPath, old: Request | undefined): FieldError[] {
  if (!hasBothDecisions(conditions) || hasBothDecisions(old?.status.conditions ?? [])) return [];
  const names = DECISIONS.map((type) => `conditions[{"type": ${JSON.stringify(type)}}]`);
  const text = `must specify at most one of: ${names.map((name) => `\`${name}\``).join(", ")}`;
  return [invalid(field, `{${names.join(", ")}}`, text)];
}

function certificateErrors({ status }: Request, old: Request | undefined): FieldError[] {
  if (old && (status.certificate ?? "") === (old.status.certificate ?? "")) return [];
  const problem = certificateProblem(Buffer.from(status.certificate ?? "", "base64").toString());
  return problem === undefined ? [] : [invalid(path("status", "certificate"), "<certificate data>", problem)];
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([\s\S]*?)-----END \1-----/g;

/** Upstream: …#validateCertificate */
function certificateProblem(pem: string): string | undefined {
  if (pem === "") return undefined;
  const blocks = [...pem.matchAll(PEM_BLOCK)];
  if (blocks.length === 0) return "must contain at least one CERTIFICATE PEM block";
  for (const [block, type, body] of blocks) {
    if (type !== "CERTIFICATE") return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (body!.includes(":")) return "no PEM block headers are permitted";
    try {
      new X509Certificate(block);
    } catch {
      return "x509: malformed certificate";
    }
  }
  return undefined;
}

interface Door {
  readonly maySetDecisions: boolean;
  readonly maySetCertificate: boolean;
}

export const validateRequestUpdate = (request: Request, old: Request): FieldError[] =>
  updateErrors(request, old, { maySetDecisions: false, maySetCertificate: false });

export const validateStatusUpdate = (request: Request, old: Request): FieldError[] =>
  updateErrors(request, old, { maySetDecisions: false, maySetCertificate: true });

export const validateApprovalUpdate = (request: Request, old: Request): FieldError[] =>
  updateErrors(request, old, { maySetDecisions: true, maySetCertificate: false });

/** Upstream: …#validateCertificateSigningRequestUpdate */
function updateErrors(request: Request, old: Request, door: Door): FieldError[] {
  const field = path("status", "conditions");
  const ofType = (from: Request, type: string): Conditions =>
    (from.status.conditions ?? []).filter((condition) => condition.type === type);
  const errors = validateRequest(request, old);
  for (const type of FINAL) {
    if (ofType(request, type).length >= ofType(old, type).length) continue;
    errors.push(forbidden(field, `updates may not remove a condition of type ${JSON.stringify(type)}`));
  }
  for (const type of door.maySetDecisions ? [] : DECISIONS) {
    const [now, before] = [ofType(request, type), ofType(old, type)];
    if (now.length > before.length)
      errors.push(forbidden(field, `updates may not add a condition of type ${JSON.stringify(type)}`));
    else if (now.length === before.length && !semanticEqual(now, before)) {
      errors.push(forbidden(field, `updates may not modify a condition of type ${JSON.stringify(type)}\n`));
    }
  }
  return [...errors, ...certificateChangeErrors(request, old, door)];
}

function certificateChangeErrors(request: Request, old: Request, { maySetCertificate }: Door): FieldError[] {
  const before = old.status.certificate ?? "";
  if ((request.status.certificate ?? "") === before) return [];
  const field = path("status", "certificate");
  if (!maySetCertificate) return [forbidden(field, "updates may not set certificate content")];
  return before === "" ? [] : [forbidden(field, "updates may not modify existing certificate content")];
}
