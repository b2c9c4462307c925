import type { FieldPath } from "@dingi/apimachinery";
import type { V1ContainerPort, V1PodSpec } from "../pod.gen.ts";
import { visitContainers } from "../validation/visit.ts";
import { pairWarnings } from "./pairs.ts";

interface Place {
  readonly port: V1ContainerPort;
  readonly field: FieldPath;
}

/** Ports of one pod that are, or may be, the same. */
export function portWarnings(spec: V1PodSpec, field: FieldPath): string[] {
  const places = visitContainers(spec, field).flatMap(({ container, field: at }) =>
    (container.ports ?? []).map((port, i) => ({ port, field: at.child("ports").index(i) })),
  );
  if (places.length === 0) return [];
  return [...aloneWarnings(places), ...pairWarnings(places, conflict), ...repeatedNames(places)];
}

function conflict({ port, field }: Place, { port: other, field: where }: Place): string | undefined {
  if (other.containerPort !== port.containerPort || other.protocol !== port.protocol) return undefined;
  const kind = conflictOf(port, other);
  return kind === undefined ? undefined : `${field}: ${kind} port definition with ${where}`;
}

function conflictOf(a: V1ContainerPort, b: V1ContainerPort): string | undefined {
  const samePort = (a.hostPort ?? 0) === (b.hostPort ?? 0);
  if (samePort && (a.hostIP ?? "") === (b.hostIP ?? "")) return "duplicate";
  if (!a.hostPort || !b.hostPort) return "overlapping";
  return samePort && Boolean(a.hostIP) !== Boolean(b.hostIP) ? "dangerously ambiguous" : undefined;
}

const aloneWarnings = (places: readonly Place[]): string[] =>
  places.flatMap(({ port, field }) =>
    port.hostIP && !port.hostPort ? [`${field}: hostIP set without hostPort: ${goText(port)}`] : [],
  );

const goText = ({ name = "", hostPort = 0, containerPort, protocol = "", hostIP = "" }: V1ContainerPort): string =>
  `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;

function repeatedNames(places: readonly Place[]): string[] {
  const first = new Map<string, FieldPath>();
  return places.flatMap(({ port: { name }, field }) => {
    if (!name) return [];
    const other = first.get(name);
    if (other) {
      return [
        `${field}: duplicate port name ${JSON.stringify(name)} with ${other}, services and probes that select ports by name will use ${other}`,
      ];
    }
    first.set(name, field);
    return [];
  });
}
