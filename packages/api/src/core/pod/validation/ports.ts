import {
  duplicate,
  invalid,
  isValidPortName,
  isValidPortNum,
  notSupported,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1Container, V1ContainerPort } from "../pod.gen.ts";

const PROTOCOLS = ["SCTP", "TCP", "UDP"];

/** Upstream: pkg/apis/core/validation/validation.go#validateContainerPorts */
export function validateContainerPorts(ports: readonly V1ContainerPort[], field: FieldPath): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => portErrors(port, names, field.index(i)));
}

function portErrors(port: V1ContainerPort, names: Set<string>, field: FieldPath): FieldError[] {
  const { containerPort, hostPort = 0, protocol } = port;
  const errors = nameErrors(port.name ?? "", names, field.child("name"));
  if (!containerPort) errors.push(required(field.child("containerPort")));
  else errors.push(...numberErrors(containerPort, field.child("containerPort")));
  if (hostPort !== 0) errors.push(...numberErrors(hostPort, field.child("hostPort")));
  if (!protocol) errors.push(required(field.child("protocol")));
  else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(field.child("protocol"), protocol, PROTOCOLS));
  return errors;
}

const numberErrors = (port: number, field: FieldPath): FieldError[] =>
  isValidPortNum(port).map((text) => invalid(field, port, text));

function nameErrors(name: string, names: Set<string>, field: FieldPath): FieldError[] {
  if (name === "") return [];
  const problems = isValidPortName(name);
  if (problems.length > 0) return problems.map((text) => invalid(field, name, text));
  if (names.has(name)) return [duplicate(field, name)];
  names.add(name);
  return [];
}

/** A number, or the name of a container's port. Upstream: …#ValidatePortNumOrName */
export function validatePortNumOrName(port: number | string, field: FieldPath): FieldError[] {
  const problems = typeof port === "number" ? isValidPortNum(port) : isValidPortName(port);
  return problems.map((text) => invalid(field, port, text));
}

/** Upstream: …#checkHostPortConflicts */
export function validateHostPortConflicts(containers: readonly V1Container[], field: FieldPath): FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap(({ ports = [] }, i) =>
    ports.flatMap(({ protocol = "", hostIP = "", hostPort = 0 }, j) => {
      if (hostPort === 0) return [];
      const key = `${protocol}/${hostIP}/${hostPort}`;
      const errors = taken.has(key) ? [duplicate(field.index(i).child("ports").index(j).child("hostPort"), key)] : [];
      taken.add(key);
      return errors;
    }),
  );
}

/** Upstream: …#validatePodHostNetworkDeps */
export function validateHostNetworkPorts(
  containers: readonly V1Container[],
  field: FieldPath,
  isPod: boolean,
): FieldError[] {
  return containers.flatMap(({ ports = [] }, i) =>
    ports.flatMap(({ hostPort = 0, containerPort }, j) => {
      if (hostPort === containerPort || (!isPod && hostPort === 0)) return [];
      const at = field.index(i).child("ports").index(j).child("hostPort");
      return [invalid(at, hostPort, "must match `containerPort` when `hostNetwork` is true")];
    }),
  );
}
