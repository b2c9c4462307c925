import type { V1Container, V1ContainerStatus, V1Pod, V1ResourceRequirements } from "@dingi/api";
import { compareQuantity } from "@dingi/apimachinery";

type Requirements = V1ResourceRequirements | undefined;

/** Stands for the pod as a whole beside its containers' names. */
export const POD_LEVEL = "";

/** Why a pod's new resources wait. */
interface PendingResize {
  readonly reason: "Deferred";
  readonly message: string;
}

/**
 * What a pod may use here (allocated), and what its containers were last given (actuated). Both may be behind its spec.
 * Upstream: pkg/kubelet/allocation/allocation_manager.go
 *
 * Differs: nothing is written to a file, because the pod's status says the same after a restart.
 */
export class PodResources {
  #allocated: ReadonlyMap<string, Requirements>;
  readonly #actuated: Map<string, Requirements>;
  pending: PendingResize | undefined;
  /** Why what was allocated could not be given yet. */
  error: string | undefined;

  constructor(pod: V1Pod) {
    const reported = new Map(
      [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])].flatMap(reportedOf),
    );
    if (pod.spec.resources && pod.status.resources) reported.set(POD_LEVEL, pod.status.resources);
    const known = requirementsOf(pod).map(
      ([name, resources]) => [name, reported.has(name) ? reported.get(name) : resources] as const,
    );
    this.#allocated = new Map(known);
    this.#actuated = new Map(known);
  }

  /** The pod with what is allocated to it in place of what it asks for. */
  allocated(pod: V1Pod): V1Pod {
    return withResources(pod, this.#allocated);
  }

  actuatedPod(pod: V1Pod): V1Pod {
    return withResources(pod, this.#actuated);
  }

  actuated(container: string): Requirements {
    return this.#actuated.get(container);
  }

  /** The container has been given what is allocated to it. */
  actuate(container: string): void {
    this.#actuated.set(container, this.#allocated.get(container));
  }

  allocate(pod: V1Pod): void {
    this.#allocated = new Map(requirementsOf(pod));
    this.pending = undefined;
  }

  /** The spec asks for something else than is allocated. */
  asksForMore(pod: V1Pod): boolean {
    return requirementsOf(pod).some(([name, resources]) => !sameResources(resources, this.#allocated.get(name)));
  }

  /** Whether a container waits to be given what is allocated to it. */
  isBehind(container: string): boolean {
    return !sameResources(this.#allocated.get(container), this.#actuated.get(container));
  }

  /** Whether giving the container its resources means that it is to be started again. */
  needsRestart({ name, resizePolicy = [] }: V1Container): boolean {
    const [wanted, given] = [this.#allocated.get(name), this.#actuated.get(name)];
    return resizePolicy.some(
      ({ resourceName, restartPolicy }) =>
        restartPolicy === "RestartContainer" && !sameResource(wanted, given, resourceName),
    );
  }
}

/** Ephemeral containers have no resources. */
function resizable({ spec }: V1Pod): readonly V1Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
}

function requirementsOf(pod: V1Pod): (readonly [string, Requirements])[] {
  const containers = resizable(pod).map(({ name, resources }) => [name, resources] as const);
  return pod.spec.resources ? [[POD_LEVEL, pod.spec.resources], ...containers] : containers;
}

function reportedOf({ name, state, resources }: V1ContainerStatus): (readonly [string, Requirements])[] {
  return state?.running && resources ? [[name, resources]] : [];
}

function withResources(pod: V1Pod, byName: ReadonlyMap<string, Requirements>): V1Pod {
  const give = (container: V1Container): V1Container => {
    const resources = byName.get(container.name);
    return sameResources(resources, container.resources) ? container : { ...container, resources };
  };
  const { initContainers, containers } = pod.spec;
  const shared = byName.get(POD_LEVEL);
  const sameForPod = pod.spec.resources === undefined || sameResources(shared, pod.spec.resources);
  if (sameForPod && resizable(pod).every((container) => give(container) === container)) return pod;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      ...(sameForPod ? {} : { resources: shared }),
      ...(initContainers ? { initContainers: initContainers.map(give) } : {}),
      containers: containers.map(give),
    },
  };
}

function sameResources(a: Requirements, b: Requirements): boolean {
  return sameResource(a, b, "cpu") && sameResource(a, b, "memory");
}

function sameResource(a: Requirements, b: Requirements, name: string): boolean {
  const same = (which: "requests" | "limits") =>
    compareQuantity(a?.[which]?.[name] ?? "0", b?.[which]?.[name] ?? "0") === 0;
  return same("requests") && same("limits");
}
