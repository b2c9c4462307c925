import type { X509Certificate } from "node:crypto";
import {
  byteLength,
  invalid,
  path,
  PrintedValue,
  required,
  tooLong,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { pemBlocksOf } from "../clustertrustbundle/pem-blocks.ts";
import { parseCertificate } from "../clustertrustbundle/validation.ts";
import { alternativeNameErrors } from "./alternative-names.ts";
import type { V1PodCertificateRequest, V1PodCertificateRequestStatus } from "./podcertificaterequest.gen.ts";
import { stubPublicKey } from "./stub-request.ts";

const MAX_CHAIN = 100 * 1024;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SKEW_MS = 5 * MINUTE_MS;
/** Between a certificate's ends and the moment from which it is renewed. */
const MARGIN_MS = 10 * MINUTE_MS;
const CHAIN = path("status", "certificateChain");
const NOT_BEFORE = path("status", "notBefore");
const NOT_AFTER = path("status", "notAfter");
const REFRESH = path("status", "beginRefreshAt");

type Request = V1PodCertificateRequest;
type Status = V1PodCertificateRequestStatus;

/** A step of the check, each of which is taken only when nothing was wrong before. */
type Step = (request: Request, leaf: X509Certificate, nowMs: number) => FieldError[];

/** The chain belongs to the key that asked, and the times are the leaf's. Upstream: …#ValidatePodCertificateRequestStatusUpdate */
export function validateIssued(request: Request, nowMs: number): FieldError[] {
  const { certificateChain: chain = "" } = request.status;
  if (byteLength(chain) > MAX_CHAIN) return [tooLong(CHAIN, undefined, MAX_CHAIN)];
  const [first] = pemBlocksOf(chain);
  const refuse = (text: string) => [invalid(CHAIN, chain, text)];
  if (!first) return refuse("issued certificate chain must contain at least one certificate");
  if (first.type !== "CERTIFICATE")
    return refuse("issued certificate chain must consist entirely of CERTIFICATE PEM blocks");
  const leaf = parseCertificate(first.bytes);
  if (!leaf) return refuse("leaf certificate does not parse as valid X.509");
  const named = alternativeNameErrors(leaf, CHAIN);
  for (const step of STEPS) {
    const errors = step(request, leaf, nowMs);
    if (errors.length > 0) return [...named, ...errors];
  }
  return named;
}

const ofTheKey: Step = ({ spec, status }, leaf) => {
  const wanted = stubPublicKey(spec.stubPKCS10Request);
  if (wanted?.equals(leaf.publicKey)) return [];
  return [invalid(CHAIN, status.certificateChain, "leaf certificate was not issued to the requested public key")];
};

const withTimes: Step = ({ status }) => {
  const missing = (field: FieldPath, name: keyof Status, text: string) =>
    status[name] === undefined ? [required(field, `must be present and ${text}`)] : [];
  const consistent = "consistent with the issued certificate";
  return [
    ...missing(NOT_BEFORE, "notBefore", consistent),
    ...missing(NOT_AFTER, "notAfter", consistent),
    ...missing(REFRESH, "beginRefreshAt", "in the range [notbefore+10min, notafter-10min]"),
  ];
};

const fromNow: Step = ({ status }, leaf, nowMs) => {
  const at = msOf(status.notBefore);
  if (at !== leaf.validFromDate.getTime())
    return refuseTime(NOT_BEFORE, at, "must be set to the NotBefore time encoded in the leaf certificate");
  if (Math.abs(at - nowMs) < SKEW_MS) return [];
  return refuseTime(NOT_BEFORE, at, "must be set to within 5 minutes of kube-apiserver's current time");
};

const toItsEnd: Step = ({ spec, status }, leaf) => {
  const at = msOf(status.notAfter);
  if (at !== leaf.validToDate.getTime())
    return refuseTime(NOT_AFTER, at, "must be set to the NotAfter time encoded in the leaf certificate");
  const lifetimeMs = at - leaf.validFromDate.getTime();
  const shown = new PrintedValue(durationText(lifetimeMs));
  if (lifetimeMs < HOUR_MS) return [invalid(CHAIN, shown, "leaf certificate lifetime must be >= 1 hour")];
  const most = spec.maxExpirationSeconds ?? 0;
  if (lifetimeMs <= most * 1000) return [];
  return [invalid(CHAIN, shown, `leaf certificate lifetime must be <= spec.maxExpirationSeconds (${most})`)];
};

const renewedInTime: Step = ({ status }) => {
  const at = msOf(status.beginRefreshAt);
  if (at < msOf(status.notBefore) + MARGIN_MS)
    return refuseTime(REFRESH, at, "must be at least 10 minutes after status.notBefore");
  if (at <= msOf(status.notAfter) - MARGIN_MS) return [];
  return refuseTime(REFRESH, at, "must be at least 10 minutes before status.notAfter");
};

const withItsChain: Step = ({ status }) => {
  const chain = status.certificateChain ?? "";
  for (const { type, bytes } of [...pemBlocksOf(chain)].slice(1)) {
    if (type !== "CERTIFICATE")
      return [invalid(CHAIN, chain, "issued certificate chain must consist entirely of CERTFICATE PEM blocks")];
    if (!parseCertificate(bytes))
      return [invalid(CHAIN, chain, "intermediate certificate does not parse as valid X.509")];
  }
  return [];
};

const STEPS: readonly Step[] = [ofTheKey, withTimes, fromNow, toItsEnd, renewedInTime, withItsChain];

const msOf = (time: string | undefined): number => Date.parse(time ?? "");

/** "2030-01-01 00:00:00 +0000 UTC", as Go prints a time. */
function refuseTime(field: FieldPath, atMs: number, text: string): FieldError[] {
  const shown = `${new Date(atMs).toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;
  return [invalid(field, new PrintedValue(shown), text)];
}

/** "1h0m0s", as Go prints a duration of whole seconds. */
function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
