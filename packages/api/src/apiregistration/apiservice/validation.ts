import {
  invalid,
  isDns1035Label,
  isDns1123Subdomain,
  isPathSegmentName,
  isValidPortNum,
  notSupported,
  path,
  required,
  type FieldError,
  type NameCheck,
} from "@dingi/apimachinery";
import type { V1APIService, V1APIServiceSpec } from "./apiservice.gen.ts";

const SPEC = path("spec");
const NAME = path("metadata", "name");
const SERVICE = SPEC.child("service");
const CONDITIONS = path("status", "conditions");
const STATUSES = ["True", "False", "Unknown"];
const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1000;

/** Whatever serves a version is named after it. */
export function serviceNameCheck({ spec }: V1APIService): NameCheck {
  const wanted = `${spec.version ?? ""}.${spec.group ?? ""}`;
  return (name) => {
    const problems = isPathSegmentName(name);
    if (problems.length > 0 || name === wanted) return problems;
    return [`must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`];
  };
}

/** Upstream: kube-aggregator/pkg/apis/apiregistration/validation/validation.go#ValidateAPIService */
export function validateAPIService({ spec }: V1APIService): FieldError[] {
  return [
    ...versionErrors(spec),
    ...priorityErrors(spec),
    ...(spec.service ? remoteErrors(spec, spec.service) : localErrors(spec)),
  ];
}

export function validateAPIServiceUpdate(service: V1APIService): FieldError[] {
  const { name = "" } = service.metadata;
  return [
    ...serviceNameCheck(service)(name, false).map((text) => invalid(NAME, name, text)),
    ...validateAPIService(service),
  ];
}

function versionErrors({ group = "", version = "" }: V1APIServiceSpec): FieldError[] {
  const at = SPEC.child("group");
  const text = "only v1 may have an empty group and it better be legacy kube";
  return [
    ...(group === "" && version !== "v1" ? [required(at, text)] : []),
    ...(group === "" ? [] : isDns1123Subdomain(group).map((problem) => invalid(at, group, problem))),
    ...isDns1035Label(version).map((problem) => invalid(SPEC.child("version"), version, problem)),
  ];
}

function priorityErrors({ groupPriorityMinimum, versionPriority }: V1APIServiceSpec): FieldError[] {
  const within = (name: keyof V1APIServiceSpec, value: number, max: number): FieldError[] =>
    value > 0 && value <= max ? [] : [invalid(SPEC.child(name), value, `must be positive and less than ${max}`)];
  return [
    ...within("groupPriorityMinimum", groupPriorityMinimum ?? 0, MAX_GROUP_PRIORITY),
    ...within("versionPriority", versionPriority ?? 0, MAX_VERSION_PRIORITY),
  ];
}

function localErrors({ caBundle = "", insecureSkipTLSVerify }: V1APIServiceSpec): FieldError[] {
  const bytes = `${Buffer.from(caBundle, "base64").length} bytes`;
  const [bundleAt, insecureAt] = [SPEC.child("caBundle"), SPEC.child("insecureSkipTLSVerify")];
  return [
    ...(caBundle === "" ? [] : [invalid(bundleAt, bytes, "local APIServices may not have a caBundle")]),
    ...(insecureSkipTLSVerify
      ? [invalid(insecureAt, true, "local APIServices may not have insecureSkipTLSVerify")]
      : []),
  ];
}

function remoteErrors(
  { caBundle = "", insecureSkipTLSVerify }: V1APIServiceSpec,
  { namespace, name, port = 0 }: NonNullable<V1APIServiceSpec["service"]>,
): FieldError[] {
  const problems = isValidPortNum(port);
  const at = SPEC.child("insecureSkipTLSVerify");
  return [
    ...(namespace ? [] : [required(SERVICE.child("namespace"))]),
    ...(name ? [] : [required(SERVICE.child("name"))]),
    ...(problems.length > 0 ? [invalid(SERVICE.child("port"), port, `port is not valid: ${problems.join(", ")}`)] : []),
    ...(insecureSkipTLSVerify && caBundle !== "" ? [invalid(at, true, "may not be true if caBundle is present")] : []),
  ];
}

/** Upstream: …#ValidateAPIServiceStatus */
export function validateAPIServiceStatusUpdate({ status }: V1APIService): FieldError[] {
  return (status?.conditions ?? []).flatMap(({ status: value }, i) =>
    STATUSES.includes(value) ? [] : [notSupported(CONDITIONS.index(i).child("status"), value ?? "", STATUSES)],
  );
}
