import {
  duplicate,
  goQuote,
  invalid,
  PrintedValue,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { hasCertificates } from "../../webhook/trusted-authorities.ts";
import type { Issuer } from "./authentication-configuration.ts";

/** Upstream: apiserver/pkg/apis/apiserver/validation/validation.go#validateIssuer */
export function validateIssuer(issuer: Issuer, at: FieldPath, disallowed: readonly string[]): FieldError[] {
  const { url = "", discoveryURL = "" } = issuer;
  return [
    ...(url === "" ? [required(at.child("url"))] : validateUrl(url, at.child("url"), disallowed)),
    ...validateDiscovery(url, discoveryURL, at.child("discoveryURL")),
    ...validateAudiences(issuer, at),
    ...validateAuthority(issuer, at.child("certificateAuthority")),
    ...validateEgress(issuer, at.child("egressSelectorType")),
  ];
}

function validateDiscovery(url: string, discovery: string, at: FieldPath): FieldError[] {
  if (discovery === "") return [];
  const isSame = url !== "" && withoutSlashes(url) === withoutSlashes(discovery);
  return [
    ...(isSame ? [invalid(at, discovery, "discoveryURL must be different from URL")] : []),
    ...validateUrl(discovery, at, []),
  ];
}

const withoutSlashes = (url: string): string => url.replace(/\/+$/, "");

function validateUrl(url: string, at: FieldPath, disallowed: readonly string[]): FieldError[] {
  const wrong = (detail: string) => invalid(at, new PrintedValue(goQuote(url)), detail);
  const overlap = `URL must not overlap with disallowed issuers: [${disallowed.toSorted().join(" ")}]`;
  const errors = disallowed.includes(url) ? [wrong(overlap)] : [];
  const flaw = flawOf(url);
  if (flaw !== undefined) return [...errors, wrong(flaw)];
  const { scheme, authority, query, fragment } = partsOf(url);
  if (scheme !== "https") errors.push(wrong("URL scheme must be https"));
  if (authority.includes("@")) errors.push(wrong("URL must not contain a username or password"));
  if (query !== "") errors.push(wrong("URL must not contain a query"));
  if (fragment !== "") errors.push(wrong("URL must not contain a fragment"));
  return errors;
}

function partsOf(url: string) {
  const [beforeFragment = "", ...fragments] = url.split("#");
  const [before = "", ...queries] = beforeFragment.split("?");
  const [, scheme = ""] = /^([a-z][a-z0-9+.-]*):/i.exec(before) ?? [];
  const [, authority = ""] = /^(?:[a-z][a-z0-9+.-]*:)?\/\/([^/]*)/i.exec(before) ?? [];
  return { scheme: scheme.toLowerCase(), authority, query: queries.join("?"), fragment: fragments.join("#") };
}

/** Why Go cannot read it. Upstream: go/src/net/url/url.go#Parse */
function flawOf(url: string): string | undefined {
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x1f\x7f]/.test(url)) return `parse ${goQuote(url)}: net/url: invalid control character in URL`;
  if (url.startsWith(":")) return `parse ${goQuote(url)}: missing protocol scheme`;
  const { scheme } = partsOf(url);
  if (scheme === "https" && !URL.canParse(url)) return `parse ${goQuote(url)}: invalid URL`;
  return undefined;
}

function validateAudiences({ audiences = [], audienceMatchPolicy: policy = "" }: Issuer, at: FieldPath): FieldError[] {
  const where = at.child("audiences");
  if (audiences.length === 0) return [required(where, `at least one ${where.toString()} is required`)];
  const errors = audiences.flatMap((audience, i) => [
    ...(audience === "" ? [required(where.index(i))] : []),
    ...(audiences.indexOf(audience) < i ? [duplicate(where.index(i), audience)] : []),
  ]);
  const wrong = (detail: string) => [...errors, invalid(at.child("audienceMatchPolicy"), policy, detail)];
  if (audiences.length > 1 && policy !== "MatchAny")
    return wrong("audienceMatchPolicy must be MatchAny for multiple audiences");
  if (audiences.length === 1 && policy !== "" && policy !== "MatchAny")
    return wrong("audienceMatchPolicy must be empty or MatchAny for single audience");
  return errors;
}

function validateAuthority({ certificateAuthority = "" }: Issuer, at: FieldPath): FieldError[] {
  if (certificateAuthority === "" || hasCertificates(certificateAuthority)) return [];
  return [
    invalid(
      at,
      new PrintedValue(JSON.stringify("<omitted>")),
      "data does not contain any valid RSA or ECDSA certificates",
    ),
  ];
}

/** Differs: there are no egress selectors here, so none can be named. */
function validateEgress({ egressSelectorType: type = "" }: Issuer, at: FieldPath): FieldError[] {
  if (type === "") return [];
  if (type !== "controlplane" && type !== "cluster")
    return [invalid(at, type, "egress selector must be either controlplane or cluster")];
  return [invalid(at, type, "egress selector is not supported by this server; leave it out")];
}
