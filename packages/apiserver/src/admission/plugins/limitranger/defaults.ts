import type { V1Container, V1LimitRange, V1Pod } from "@dingi/api";
import type { Draft } from "@dingi/apimachinery";

const ANNOTATION = "kubernetes.io/limit-ranger";

interface Defaults {
  readonly requests: Record<string, string>;
  readonly limits: Record<string, string>;
}

/** Gives containers what a range has for those that ask for nothing, and says so. Upstream: plugin/pkg/admission/limitranger/admission.go#mergePodResourceRequirements */
export function setDefaults(pod: Draft<V1Pod>, range: V1LimitRange): void {
  const defaults = defaultsOf(range);
  const told = [
    ...pod.spec.containers.flatMap((container) => fill(container, "container", defaults)),
    ...(pod.spec.initContainers ?? []).flatMap((container) => fill(container, "init container", defaults)),
  ];
  if (told.length === 0) return;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [ANNOTATION]: `LimitRanger plugin set: ${told.join("; ")}`,
  };
}

function defaultsOf({ spec }: V1LimitRange): Defaults {
  const ofContainers = (spec.limits ?? []).filter(({ type }) => type === "Container");
  return {
    requests: Object.assign({}, ...ofContainers.map(({ defaultRequest }) => defaultRequest)) as Record<string, string>,
    limits: Object.assign({}, ...ofContainers.map((item) => item.default)) as Record<string, string>,
  };
}

/** What was set, in words. */
function fill(container: Draft<V1Container>, what: string, defaults: Defaults): string[] {
  const told: string[] = [];
  const missing = (["requests", "limits"] as const).map((field) => {
    const own = container.resources?.[field] ?? {};
    return [field, Object.keys(defaults[field]).filter((name) => !Object.hasOwn(own, name))] as const;
  });
  for (const [field, names] of missing) {
    if (names.length === 0) continue;
    const added = Object.fromEntries(names.map((name) => [name, defaults[field][name]!]));
    container.resources = { ...container.resources, [field]: { ...container.resources?.[field], ...added } };
    told.push(`${names.sort().join(", ")} ${field === "requests" ? "request" : "limit"} for ${what} ${container.name}`);
  }
  return told;
}
