import {
  byteLength,
  forbidden,
  invalid,
  isDns1123SubdomainWithUnderscore,
  required,
  tooLong,
  validateLegacyIp,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1HostAlias, V1PodDNSConfig, V1PodSpec } from "../pod.gen.ts";
import { validateSubdomain } from "./names.ts";

const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARACTERS = 2048;
const MAX_HOSTNAME = 64;

/** Upstream: pkg/apis/core/validation/validation.go#validatePodDNSConfig */
export function validateDnsConfig({ dnsPolicy, dnsConfig }: V1PodSpec, field: FieldPath): FieldError[] {
  if (dnsPolicy === "None") {
    if (!dnsConfig) return [required(field, "must provide `dnsConfig` when `dnsPolicy` is None")];
    if (!dnsConfig.nameservers?.length) {
      return [
        required(field.child("nameservers"), "must provide at least one DNS nameserver when `dnsPolicy` is None"),
      ];
    }
  }
  return dnsConfig ? configErrors(dnsConfig, field) : [];
}

function configErrors(
  { nameservers = [], searches = [], options = [] }: V1PodDNSConfig,
  field: FieldPath,
): FieldError[] {
  const servers = field.child("nameservers");
  return [
    ...(nameservers.length > MAX_NAMESERVERS
      ? [invalid(servers, nameservers, `must not have more than ${MAX_NAMESERVERS} nameservers`)]
      : []),
    ...nameservers.flatMap((server, i) => validateLegacyIp(server, servers.index(i))),
    ...searchErrors(searches, field.child("searches")),
    ...options.flatMap(({ name }, i) => (name ? [] : [required(field.child("options").index(i), "must not be empty")])),
  ];
}

function searchErrors(searches: readonly string[], field: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (searches.length > MAX_SEARCHES)
    errors.push(invalid(field, searches, `must not have more than ${MAX_SEARCHES} search paths`));
  if (byteLength(searches.join(" ")) > MAX_SEARCH_CHARACTERS) {
    const text = `must not have more than ${MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list`;
    errors.push(invalid(field, searches, text));
  }
  for (const [i, search] of searches.entries()) {
    if (search === ".") continue;
    const name = search.replace(/\.$/, "");
    errors.push(...isDns1123SubdomainWithUnderscore(name).map((text) => invalid(field.index(i), name, text)));
  }
  return errors;
}

/** Upstream: …#ValidateHostAliases */
export function validateHostAliases(aliases: readonly V1HostAlias[], field: FieldPath): FieldError[] {
  return aliases.flatMap(({ ip, hostnames = [] }, i) => [
    ...validateLegacyIp(ip, field.index(i).child("ip")),
    ...hostnames.flatMap((name, j) => validateSubdomain(name, field.index(i).child("hostnames").index(j))),
  ]);
}

/** Upstream: …#validatePodHostName */
export function validateHostnameOverride(spec: V1PodSpec, field: FieldPath): FieldError[] {
  const { hostnameOverride: name, setHostnameAsFQDN, hostNetwork } = spec;
  if (name === undefined) return [];
  return [
    ...(setHostnameAsFQDN ? [forbidden(field, "may not be specified when setHostnameAsFQDN is true")] : []),
    ...(hostNetwork ? [forbidden(field, "may not be specified when hostNetwork is true")] : []),
    ...(byteLength(name) > MAX_HOSTNAME ? [tooLong(field, name, MAX_HOSTNAME)] : []),
    ...validateSubdomain(name, field),
  ];
}
