/** Of upstream's, those that are off until somebody wants them. Upstream: pkg/kubeapiserver/options/plugins.go#DefaultOffAdmissionPlugins */
const OFF: ReadonlySet<string> = new Set([
  "AlwaysAdmit",
  "NamespaceAutoProvision",
  "NamespaceExists",
  "LimitPodHardAntiAffinityTopology",
  "NodeRestriction",
  "AlwaysPullImages",
  "PodNodeSelector",
  "PodTolerationRestriction",
  "EventRateLimit",
  "ExtendedResourceToleration",
  "OwnerReferencesPermissionEnforcement",
  "DenyServiceExternalIPs",
  "AlwaysDeny",
]);

/** Upstream's flags --enable-admission-plugins and --disable-admission-plugins. */
export interface AdmissionSwitches {
  readonly enable?: readonly string[];
  readonly disable?: readonly string[];
}

/**
 * Those of the plugins that are on. Throws with upstream's words for names that are none, or stand on both sides.
 * Upstream: apiserver/pkg/server/options/admission.go#Validate
 */
export function enabledPlugins(
  all: readonly string[],
  { enable = [], disable = [] }: AdmissionSwitches,
): readonly string[] {
  const known = new Set(all);
  const unknown = (flag: string, names: readonly string[]) =>
    names.filter((name) => !known.has(name)).map((name) => `${flag} plugin ${JSON.stringify(name)} is unknown`);
  const both = [...new Set(enable).intersection(new Set(disable))].sort();
  const errors = [
    ...unknown("enable-admission-plugins", enable),
    ...unknown("disable-admission-plugins", disable),
    ...(both.length > 0
      ? [`[${both.join(" ")}] in enable-admission-plugins and disable-admission-plugins overlapped`]
      : []),
  ];
  if (errors.length > 0) throw new Error(errors.join("; "));
  return all.filter((name) => enable.includes(name) || !(OFF.has(name) || disable.includes(name)));
}
