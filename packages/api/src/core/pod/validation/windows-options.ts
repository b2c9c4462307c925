import { byteLength, invalid, isDns1123Subdomain, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1PodSpec, V1WindowsSecurityContextOptions } from "../pod.gen.ts";
import { visitContainers } from "./visit.ts";

const MAX_SPEC_KIB = 64;
const MAX_DOMAIN = 256;
const MAX_USER = 104;
const CONTROL_CHARACTERS = /\p{Cc}/u;
const NET_BIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_LABEL = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const DNS_DOMAIN = new RegExp(`^${DNS_LABEL}(\\.${DNS_LABEL})*$`);
const NOT_IN_USER = /["/\\:;|=,+*?<>@[\]]/;

/** Upstream: pkg/apis/core/validation/validation.go#validateWindowsSecurityContextOptions */
export function validateWindowsOptions(options: V1WindowsSecurityContextOptions, field: FieldPath): FieldError[] {
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName } = options;
  const at = field.child("gmsaCredentialSpec");
  const errors =
    name === undefined
      ? []
      : isDns1123Subdomain(name).map((text) => invalid(field.child("gmsaCredentialSpecName"), name, text));
  if (spec === "") errors.push(invalid(at, spec, "gmsaCredentialSpec cannot be an empty string"));
  if (byteLength(spec ?? "") > MAX_SPEC_KIB * 1024) {
    errors.push(invalid(at, spec, `gmsaCredentialSpec size must be under ${MAX_SPEC_KIB} KiB`));
  }
  if (runAsUserName === undefined) return errors;
  return [
    ...errors,
    ...userNameErrors(runAsUserName).map((text) =>
      invalid(field.child("runAsUserName"), runAsUserName, `runAsUserName${text}`),
    ),
  ];
}

/** "DOMAIN\user" or "user". */
function userNameErrors(name: string): string[] {
  if (name === "") return [" cannot be an empty string"];
  if (CONTROL_CHARACTERS.test(name)) return [" cannot contain control characters"];
  const parts = name.split("\\");
  if (parts.length > 2) return [" cannot contain more than one backslash"];
  const user = parts.at(-1)!;
  const domain = parts.length === 2 ? parts[0] : undefined;
  return [...(domain === undefined ? [] : domainErrors(domain)), ...userErrors(user)];
}

function domainErrors(domain: string): string[] {
  return [
    ...(byteLength(domain) >= MAX_DOMAIN ? [`'s Domain length must be under ${MAX_DOMAIN} characters`] : []),
    ...(NET_BIOS.test(domain) || DNS_DOMAIN.test(domain)
      ? []
      : ["'s Domain doesn't match the NetBios nor the DNS format"]),
  ];
}

function userErrors(user: string): string[] {
  const errors: string[] = [];
  if (user === "") errors.push("'s User cannot be empty");
  else if (byteLength(user) > MAX_USER) {
    errors.push(`'s User length must not be longer than ${MAX_USER} characters`);
  }
  if (/^[. ]+$/.test(user)) errors.push("'s User cannot contain only periods or spaces");
  if (NOT_IN_USER.test(user)) {
    errors.push(`'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]`);
  }
  return errors;
}

/** Containers that are processes of a Windows host are not mixed with others. Upstream: …#validateWindowsHostProcessPod */
export function validateHostProcess(spec: V1PodSpec, field: FieldPath): FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const errors: FieldError[] = [];
  const containers = visitContainers(spec, field);
  const hostProcesses = containers.filter(({ container, field: at }) => {
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const text = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      errors.push(invalid(at.child("securityContext", "windowsOptions", "hostProcess"), own, text));
    }
    return own ?? ofPod;
  }).length;
  if (hostProcesses === 0) return errors;
  if (hostProcesses !== containers.length) {
    const text = "If pod contains any hostProcess containers then all containers must be HostProcess containers";
    errors.push(invalid(field, "", text));
  }
  if (!spec.hostNetwork) {
    const text = "hostNetwork must be true if pod contains any hostProcess containers";
    errors.push(invalid(field.child("hostNetwork"), false, text));
  }
  return errors;
}
