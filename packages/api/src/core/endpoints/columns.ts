import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1Endpoints, V1EndpointSubset } from "./endpoints.gen.ts";

const SHOWN = 3;

/** Upstream: pkg/printers/internalversion/printers.go#printEndpoints */
export const columns: readonly Column<V1Endpoints>[] = [
  nameColumn,
  { name: "Endpoints", type: "string", value: endpointsText },
  ageColumn,
];

function endpointsText({ subsets = [] }: V1Endpoints): string {
  if (subsets.length === 0) return "<none>";
  const all = subsets.flatMap(hostPorts);
  const text = all.slice(0, SHOWN).join(",");
  return all.length > SHOWN ? `${text} + ${all.length - SHOWN} more...` : text;
}

function hostPorts({ addresses = [], ports = [] }: V1EndpointSubset): string[] {
  if (ports.length === 0) return addresses.map(({ ip }) => ip);
  return ports.flatMap(({ port }) =>
    addresses.map(({ ip }) => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`)),
  );
}
