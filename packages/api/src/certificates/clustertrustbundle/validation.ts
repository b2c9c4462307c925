import { X509Certificate } from "node:crypto";
import {
  byteLength,
  FIELD_IMMUTABLE,
  invalid,
  NAME_CHECKS,
  path,
  tooLong,
  type FieldError,
  type FieldPath,
  type NameCheck,
} from "@dingi/apimachinery";
import { validateSignerName } from "../certificatesigningrequest/signer-name.ts";
import type { V1ClusterTrustBundle } from "./clustertrustbundle.gen.ts";
import { pemBlocksOf, type PemBlock } from "./pem-blocks.ts";

const MAX_BUNDLE = 1024 * 1024;
const NAME = path("metadata", "name");
const SIGNER = path("spec", "signerName");
const BUNDLE = path("spec", "trustBundle");
const NOT_SHOWN = "<value omitted>";

/** A signer's bundles are named after it. Upstream: pkg/apis/core/validation/names.go#ValidateClusterTrustBundleName */
export function bundleNameCheck(signerName: string): NameCheck {
  const start = signerName === "" ? "" : `${signerName.replaceAll("/", ":")}:`;
  return (name, prefix) => {
    if (signerName === "" && name.includes(":"))
      return ['ClusterTrustBundle without signer name must not have ":" in its name'];
    if (!name.startsWith(start))
      return [`ClusterTrustBundle for signerName ${signerName} must be named with prefix ${start}`];
    return NAME_CHECKS.subdomain(name.slice(start.length), prefix);
  };
}

/** Upstream: pkg/apis/certificates/validation/validation.go#ValidateClusterTrustBundle */
export function validateBundle({ spec }: V1ClusterTrustBundle): FieldError[] {
  return [...signerErrors(spec.signerName ?? ""), ...anchorErrors(spec.trustBundle ?? "", BUNDLE)];
}

/** What was taken once is not looked into again. Upstream: …#ValidateClusterTrustBundleUpdate */
export function validateBundleUpdate(
  { metadata, spec }: V1ClusterTrustBundle,
  old: V1ClusterTrustBundle,
): FieldError[] {
  const { name = "" } = metadata;
  const { signerName = "", trustBundle } = spec;
  const isSameSigner = signerName === (old.spec.signerName ?? "");
  return [
    ...bundleNameCheck(signerName)(name, false).map((text) => invalid(NAME, name, text)),
    ...signerErrors(signerName),
    ...(trustBundle === old.spec.trustBundle ? [] : anchorErrors(trustBundle ?? "", BUNDLE)),
    ...(isSameSigner ? [] : [invalid(SIGNER, signerName, FIELD_IMMUTABLE)]),
  ];
}

const signerErrors = (signerName: string): FieldError[] =>
  signerName === "" ? [] : validateSignerName(signerName, SIGNER);

/** Upstream: …#validateTrustBundle */
function anchorErrors(bundle: string, field: FieldPath): FieldError[] {
  if (byteLength(bundle) > MAX_BUNDLE) return [tooLong(field, undefined, MAX_BUNDLE)];
  const blocks = [...pemBlocksOf(bundle)];
  const problems = blocks.flatMap((block, i) => {
    const problem = anchorProblem(block);
    return problem === undefined ? [] : [`entry ${i} ${problem}`];
  });
  const all = problems.length > 0 ? problems : setProblems(blocks);
  return all.map((problem) => invalid(field, NOT_SHOWN, problem));
}

function anchorProblem({ type, hasHeaders, bytes }: PemBlock): string | undefined {
  if (type !== "CERTIFICATE") return `has bad block type: ${type}`;
  if (hasHeaders) return "has PEM block headers";
  const certificate = parseCertificate(bytes);
  if (!certificate) return "does not parse as X.509";
  return certificate.ca ? undefined : "does not have the CA bit set";
}

export function parseCertificate(bytes: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes);
  } catch {
    return undefined;
  }
}

function setProblems(blocks: readonly PemBlock[]): string[] {
  if (blocks.length === 0) return ["at least one trust anchor must be provided"];
  const places = Map.groupBy(blocks.keys(), (i) => blocks[i]!.bytes.toHex());
  const repeated = [...places.values()].filter((indices) => indices.length > 1);
  return repeated.map((indices) => `duplicate trust anchor (indices [${indices.join(" ")}])`);
}
