import { joinHostPort } from "@dingi/apimachinery";
import { at, listAt, mapAt, numberAt, textAt, type AnyObject, type Json } from "../json.ts";
import type { DescribeContext } from "./describer.ts";
import { heading, labelsAndAnnotations } from "./metadata.ts";
import type { TabbedText } from "./tabbed-text.ts";

const SHOWN_ENDPOINTS = 3;

/** Upstream: kubectl/pkg/describe/describe.go#describeService */
export function describeService(text: TabbedText, service: AnyObject, { endpointSlices }: DescribeContext): void {
  const spec = service["spec"];
  const optional = (title: string, value: string) => void (value !== "" && text.line(0, `${title}:\t${value}`));
  heading(text, service);
  labelsAndAnnotations(text, service);
  const selector = Object.entries(mapAt(spec, "selector")).sort(([a], [b]) => (a < b ? -1 : 1));
  text.line(0, `Selector:\t${selector.map(([key, value]) => `${key}=${value}`).join(",") || "<none>"}`);
  text.line(0, `Type:\t${textAt(spec, "type")}`);
  optional("IP Family Policy", textAt(spec, "ipFamilyPolicy"));
  text.line(0, `IP Families:\t${joined(spec, "ipFamilies") || "<none>"}`);
  text.line(0, `IP:\t${textAt(spec, "clusterIP")}`);
  text.line(0, `IPs:\t${joined(spec, "clusterIPs") || "<none>"}`);
  optional("External IPs", joined(spec, "externalIPs"));
  optional("Desired LoadBalancer IP", textAt(spec, "loadBalancerIP"));
  optional("External Name", textAt(spec, "externalName"));
  optional("LoadBalancer Ingress", listAt(service, "status", "loadBalancer", "ingress").map(ingressText).join(", "));
  for (const port of listAt(spec, "ports")) describePort(text, port, endpointSlices);
  text.line(0, `Session Affinity:\t${textAt(spec, "sessionAffinity")}`);
  optional("External Traffic Policy", textAt(spec, "externalTrafficPolicy"));
  optional("Internal Traffic Policy", textAt(spec, "internalTrafficPolicy"));
  if (numberAt(spec, "healthCheckNodePort") > 0)
    text.line(0, `HealthCheck NodePort:\t${numberAt(spec, "healthCheckNodePort")}`);
  optional("LoadBalancer Source Ranges", joined(spec, "loadBalancerSourceRanges"));
  optional("Traffic Distribution", textAt(spec, "trafficDistribution"));
}

function joined(spec: unknown, field: string): string {
  const value = at(spec, field);
  return Array.isArray(value) ? value.join(",") : "";
}

function ingressText(ingress: Json): string {
  const [ip, mode] = [textAt(ingress, "ip"), textAt(ingress, "ipMode")];
  if (ip === "") return textAt(ingress, "hostname");
  return `${ip}${mode === "" ? "" : ` (${mode})`}`;
}

function describePort(text: TabbedText, port: Json, slices: readonly AnyObject[]): void {
  const name = textAt(port, "name") || "<unset>";
  const protocol = textAt(port, "protocol");
  text.line(0, `Port:\t${name}\t${numberAt(port, "port")}/${protocol}`);
  text.line(0, `TargetPort:\t${textAt(port, "targetPort")}/${protocol}`);
  if (textAt(port, "appProtocol") !== "") text.line(0, `AppProtocol:\t${textAt(port, "appProtocol")}`);
  if (numberAt(port, "nodePort") > 0) text.line(0, `NodePort:\t${name}\t${numberAt(port, "nodePort")}/${protocol}`);
  text.line(0, `Endpoints:\t${endpointsText(slices, textAt(port, "name"))}`);
}

/** The first few that are ready, and how many more. Upstream: kubectl/pkg/describe/describe.go#formatEndpointSlices */
function endpointsText(slices: readonly AnyObject[], portName: string): string {
  if (slices.length === 0) return "<none>";
  const found = slices.flatMap((slice) => {
    const ready = listAt(slice, "endpoints").filter((endpoint) => at(endpoint, "conditions", "ready") !== false);
    const addresses = ready.map((endpoint) => textAt(endpoint, "addresses", 0));
    const ports = listAt(slice, "ports");
    if (ports.length === 0) return addresses;
    return ports
      .filter((port) => textAt(port, "name") === portName)
      .flatMap((port) => addresses.map((address) => joinHostPort(address, numberAt(port, "port"))));
  });
  const shown = found.slice(0, SHOWN_ENDPOINTS).join(",");
  return found.length > SHOWN_ENDPOINTS ? `${shown} + ${found.length - SHOWN_ENDPOINTS} more...` : shown;
}
