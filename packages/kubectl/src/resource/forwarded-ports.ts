import { CommandError } from "../command-error.ts";
import { listAt, numberAt, textAt, at, type AnyObject, type Json } from "../json.ts";

export interface ForwardedPort {
  /** 0 for any that is free. */
  readonly local: number;
  readonly remote: number;
}

/**
 * "8080", "8888:http", ":5000", of a Pod or of the Service in front of it.
 * Upstream: kubectl/pkg/cmd/portforward/portforward.go, client-go/tools/portforward/portforward.go#parsePorts
 */
export function forwardedPorts(specs: readonly string[], object: AnyObject, pod: AnyObject): ForwardedPort[] {
  return specs.map((spec) => {
    const [first = "", second, ...more] = spec.split(":");
    if (more.length > 0) throw new CommandError(`invalid port format '${spec}'`);
    const wanted = second ?? first;
    if (wanted === "") throw new CommandError("remote port cannot be empty");
    const number = object.kind === "Service" ? servicePort(object, wanted) : containerPort(pod, wanted);
    requireTcp(object.kind === "Service" ? object : pod, { number, wanted });
    const remote = object.kind === "Service" ? targetPort(object, pod, number) : number;
    const local = second === undefined ? number : first === "" ? 0 : port(first, "local");
    return { local, remote: port(String(remote), "remote") };
  });
}

function port(text: string, side: "local" | "remote"): number {
  const quoted = JSON.stringify(text);
  if (!/^\d+$/.test(text))
    throw new CommandError(
      `error parsing ${side} port '${text}': strconv.ParseUint: parsing ${quoted}: invalid syntax`,
    );
  if (Number(text) > 65_535)
    throw new CommandError(
      `error parsing ${side} port '${text}': strconv.ParseUint: parsing ${quoted}: value out of range`,
    );
  if (side === "remote" && Number(text) === 0) throw new CommandError("remote port must be > 0");
  return Number(text);
}

function servicePort(service: AnyObject, wanted: string): number {
  if (/^\d+$/.test(wanted)) return Number(wanted);
  const found = listAt(service, "spec", "ports").find((each) => textAt(each, "name") === wanted);
  if (!found) throw new CommandError(`Service '${service.metadata.name}' does not have a named port '${wanted}'`);
  return numberAt(found, "port");
}

function containerPort(pod: AnyObject, wanted: string): number {
  if (/^\d+$/.test(wanted)) return Number(wanted);
  const found = containerPorts(pod).find((each) => textAt(each, "name") === wanted);
  if (!found) throw new CommandError(`Pod '${pod.metadata.name}' does not have a named port '${wanted}'`);
  return numberAt(found, "containerPort");
}

function containerPorts(pod: AnyObject): Json[] {
  return listAt(pod, "spec", "containers").flatMap((container) => listAt(container, "ports"));
}

function targetPort(service: AnyObject, pod: AnyObject, number: number): number {
  const found = listAt(service, "spec", "ports").find((each) => numberAt(each, "port") === number);
  if (!found) throw new CommandError(`Service ${service.metadata.name} does not have a service port ${number}`);
  const target = at(found, "targetPort");
  if (textAt(service, "spec", "clusterIP") === "None") return number;
  if (typeof target === "string") return containerPort(pod, target);
  return typeof target === "number" && target > 0 ? target : number;
}

function requireTcp(object: AnyObject, { number, wanted }: { number: number; wanted: string }): void {
  const field = object.kind === "Service" ? "port" : "containerPort";
  const ports = object.kind === "Service" ? listAt(object, "spec", "ports") : containerPorts(object);
  const protocols = ports.filter((each) => numberAt(each, field) === number).map((each) => textAt(each, "protocol"));
  if (protocols.includes("UDP") && !protocols.includes("TCP"))
    throw new CommandError(`UDP protocol is not supported for ${wanted}`);
}
