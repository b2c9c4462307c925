import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1EndpointSlice } from "./endpointslice.gen.ts";

const SHOWN = 3;

/** Upstream: pkg/printers/internalversion/printers.go#printEndpointSlice */
export const columns: readonly Column<V1EndpointSlice>[] = [
  nameColumn,
  { name: "AddressType", type: "string", value: ({ addressType }) => addressType },
  {
    name: "Ports",
    type: "string",
    value: ({ ports }) =>
      shorten((ports ?? []).map(({ port, name }) => (port === undefined ? (name ?? "*") : String(port)))),
  },
  {
    name: "Endpoints",
    type: "string",
    value: ({ endpoints }) => shorten((endpoints ?? []).flatMap(({ addresses }) => addresses ?? [])),
  },
  ageColumn,
];

function shorten(all: readonly string[]): string {
  const text = all.slice(0, SHOWN).join(",");
  return all.length > SHOWN ? `${text} + ${all.length - SHOWN} more...` : text || "<unset>";
}
