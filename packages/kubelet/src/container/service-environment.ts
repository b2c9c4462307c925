import type { V1Service } from "@dingi/api";

/** Variables that name the Services of a namespace and the API server's. Upstream: pkg/kubelet/envvars/envvars.go */
export function serviceEnvironment(
  services: Iterable<V1Service>,
  namespace: string,
  linksEnabled: boolean,
): Map<string, string> {
  const variables = new Map<string, string>();
  const chosen = new Map<string, V1Service>();
  for (const service of services) {
    const { name = "", namespace: own = "" } = service.metadata;
    if (!service.spec.clusterIP || service.spec.clusterIP === "None") continue;
    const master = own === "default" && name === "kubernetes";
    if (own === namespace && (linksEnabled || master)) chosen.set(name, service);
    else if (master && !chosen.has(name)) chosen.set(name, service);
  }
  for (const [name, service] of [...chosen].sort(([a], [b]) => (a < b ? -1 : 1))) addService(variables, name, service);
  return variables;
}

function addService(variables: Map<string, string>, name: string, service: V1Service): void {
  const prefix = name.toUpperCase().replaceAll("-", "_");
  const host = service.spec.clusterIP!;
  const ports = service.spec.ports ?? [];
  variables.set(`${prefix}_SERVICE_HOST`, host);
  if (ports[0]) variables.set(`${prefix}_SERVICE_PORT`, String(ports[0].port));
  for (const port of ports) {
    if (port.name)
      variables.set(`${prefix}_SERVICE_PORT_${port.name.toUpperCase().replaceAll("-", "_")}`, String(port.port));
  }
  const urlOf = (port: { port: number; protocol?: string | undefined }) =>
    `${(port.protocol ?? "TCP").toLowerCase()}://${host}:${port.port}`;
  if (ports[0]) variables.set(`${prefix}_PORT`, urlOf(ports[0]));
  for (const port of ports) {
    const protocol = port.protocol ?? "TCP";
    const base = `${prefix}_PORT_${port.port}_${protocol}`;
    variables.set(base, urlOf(port));
    variables.set(`${base}_PROTO`, protocol.toLowerCase());
    variables.set(`${base}_PORT`, String(port.port));
    variables.set(`${base}_ADDR`, host);
  }
}
