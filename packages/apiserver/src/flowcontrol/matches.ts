import type { FlowcontrolV1Subject, V1FlowSchema, V1NonResourcePolicyRule, V1ResourcePolicyRule } from "@dingi/api";
import type { UserInfo } from "@dingi/apimachinery";
import type { RequestInfo, ResourceRequest } from "../routing/request-info.ts";

const ALL = "*";
const SERVICE_ACCOUNT = "system:serviceaccount:";

/** Whether a request is one of a flow schema's. Upstream: apiserver/pkg/util/flowcontrol/rule.go#matchesFlowSchema */
export function matchesSchema({ spec }: V1FlowSchema, info: RequestInfo, user: UserInfo): boolean {
  for (const { subjects, resourceRules, nonResourceRules } of spec.rules ?? []) {
    if (!subjects.some((subject) => matchesSubject(subject, user))) continue;
    const matches = info.isResource
      ? resourceRules?.some((rule) => matchesResource(rule, info))
      : nonResourceRules?.some((rule) => matchesPath(rule, info));
    if (matches) return true;
  }
  return false;
}

function matchesSubject({ kind, user, group, serviceAccount }: FlowcontrolV1Subject, asking: UserInfo): boolean {
  if (kind === "User") return user !== undefined && isNamed(user.name, asking.name);
  if (kind === "Group") return group !== undefined && (group.name === ALL || asking.groups.includes(group.name));
  if (kind !== "ServiceAccount" || !serviceAccount || !asking.name.startsWith(SERVICE_ACCOUNT)) return false;
  const { namespace, name } = serviceAccount;
  const rest = asking.name.slice(SERVICE_ACCOUNT.length);
  return name === ALL ? rest.startsWith(`${namespace}:`) : rest === `${namespace}:${name}`;
}

const isNamed = (wanted: string, name: string): boolean => wanted === ALL || wanted === name;

function matchesResource(rule: V1ResourcePolicyRule, info: ResourceRequest): boolean {
  const { verb, group, resource, subresource, namespace } = info;
  if (!contains(rule.verbs, verb) || !contains(rule.apiGroups, group)) return false;
  if (!contains(rule.resources, subresource === "" ? resource : `${resource}/${subresource}`)) return false;
  return namespace === "" ? (rule.clusterScope ?? false) : contains(rule.namespaces, namespace);
}

function matchesPath({ verbs, nonResourceURLs }: V1NonResourcePolicyRule, info: RequestInfo): boolean {
  if (!contains(verbs, info.verb)) return false;
  return nonResourceURLs.some((url) => {
    if (url === ALL || url === info.path) return true;
    const prefix = url.endsWith(ALL) ? url.slice(0, -1) : url;
    return info.path.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`);
  });
}

/** A star that is not alone means nothing. */
const contains = (list: readonly string[] | undefined, wanted: string): boolean =>
  list !== undefined && (list.includes(wanted) || (list.length === 1 && list[0] === ALL));
