import { ageColumn, groupOf, nameColumn, type Column, type V1OwnerReference } from "@dingi/apimachinery";
import type { V1ControllerRevision } from "./controllerrevision.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printControllerRevision */
export const columns: readonly Column<V1ControllerRevision>[] = [
  nameColumn,
  {
    name: "Controller",
    type: "string",
    value: ({ metadata }) => controllerText(metadata.ownerReferences?.find(({ controller }) => controller)),
  },
  // Differs: beyond 2^53 it is rounded, as no cell holds more.
  { name: "Revision", type: "string", value: ({ revision }) => Number(revision) },
  ageColumn,
];

function controllerText(controller: V1OwnerReference | undefined): string {
  if (!controller) return "<none>";
  const { apiVersion = "", kind, name } = controller;
  const group = groupOf(apiVersion);
  return `${(group === "" ? kind : `${kind}.${group}`).toLowerCase()}/${name}`;
}
