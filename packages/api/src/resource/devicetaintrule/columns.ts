import { ageColumn, nameColumn, translateTimestampSince, type Column } from "@dingi/apimachinery";
import type { V1DeviceTaintRule } from "./devicetaintrule.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printDeviceTaint */
export const columns: readonly Column<V1DeviceTaintRule>[] = [
  nameColumn,
  { name: "Key", type: "string", value: ({ spec }) => spec.taint?.key ?? "" },
  { name: "Value", type: "string", value: ({ spec }) => spec.taint?.value ?? "" },
  { name: "Effect", type: "string", value: ({ spec }) => spec.taint?.effect ?? "" },
  {
    name: "TimeAdded",
    type: "string",
    value: ({ spec }, { nowMs }) =>
      spec.taint?.timeAdded === undefined ? "" : translateTimestampSince(spec.taint.timeAdded, nowMs),
  },
  ageColumn,
];
