import { translateTimestampSince } from "../duration/human-duration.ts";
import type { Column } from "./column.ts";

/** Columns that nearly every kind has. Upstream: pkg/printers/internalversion/printers.go */
export const nameColumn: Column = {
  name: "Name",
  type: "string",
  format: "name",
  value: (object) => object.metadata.name ?? "",
};

export const ageColumn: Column = {
  name: "Age",
  type: "string",
  value: (object, { nowMs }) => translateTimestampSince(object.metadata.creationTimestamp, nowMs),
};

export const createdAtColumn: Column = {
  name: "Created At",
  type: "date",
  value: (object) => object.metadata.creationTimestamp ?? "<unknown>",
};
