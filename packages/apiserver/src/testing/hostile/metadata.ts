import { FILLING_BYTES, short, type Filling, type Json } from "./filling.ts";

/** No two have a field in common. */
const managersOf = (filling: Filling, part = 1): unknown[] =>
  filling.items(
    (i) => ({
      manager: short(i),
      operation: "Update",
      apiVersion: "v1",
      fieldsType: "FieldsV1",
      fieldsV1: { [`f:a${short(i)}`]: {} },
    }),
    part,
  );

/** Metadata that any kind may be sent with. */
export const METADATA: Readonly<Record<string, (filling: Filling) => Json>> = {
  "controller owner references": (filling) => ({
    ownerReferences: filling.items((i) => ({
      apiVersion: "v1",
      kind: "A",
      name: short(i),
      uid: short(i),
      controller: true,
    })),
  }),
  "empty owner references": (filling) => ({ ownerReferences: filling.items(() => ({})) }),
  "invalid labels": (filling) => ({ labels: filling.map((i) => `-${short(i)}-`, "-") }),
  "valid labels": (filling) => ({ labels: filling.map((i) => `a${short(i)}`, "b") }),
  "one long label": () => ({ labels: { [`a${"-".repeat(FILLING_BYTES)}`]: "b" } }),
  "label of a long prefix": () => ({ labels: { [`${"a.".repeat(FILLING_BYTES / 2)}/b`]: "b" } }),
  "invalid annotations": (filling) => ({ annotations: filling.map((i) => `-${short(i)}`, "") }),
  "one annotation": () => ({ annotations: { a: "x".repeat(FILLING_BYTES) } }),
  "annotation of surrogates": () => ({ annotations: { a: "\u{1f600}".repeat(FILLING_BYTES / 4) } }),
  "finalizers that are none": (filling) => ({ finalizers: filling.items(() => "") }),
  "valid finalizers": (filling) => ({ finalizers: filling.items((i) => `a.b/${short(i)}`) }),
  "long name": () => ({ name: "a.".repeat(FILLING_BYTES / 2) }),
  "long generateName": () => ({ name: undefined, generateName: "a-".repeat(FILLING_BYTES / 2) }),
  "managed fields' entries": (filling) => ({ managedFields: filling.items(() => ({})) }),
  "managed fields of many managers": (filling) => ({
    managedFields: filling.items((i) => ({
      manager: short(i),
      operation: "Update",
      apiVersion: "v1",
      fieldsType: "FieldsV1",
      fieldsV1: { "f:metadata": {} },
    })),
  }),
  "managers of a field each": (filling) => ({ managedFields: managersOf(filling) }),
  "managers of a field each, and valid labels": (filling) => ({
    managedFields: managersOf(filling, 1 / 2),
    labels: filling.map((i) => `a${short(i)}`, "b", 1 / 2),
  }),
  "one wide managed field": (filling) => ({
    managedFields: [
      {
        manager: "a",
        operation: "Update",
        apiVersion: "v1",
        fieldsType: "FieldsV1",
        fieldsV1: filling.map((i) => `f:${short(i)}`, {}),
      },
    ],
  }),
  "a manager of unprintable characters": () => ({
    managedFields: [{ manager: "\u200b".repeat(FILLING_BYTES / 3), operation: "Update" }],
  }),
  "keys of managed fields": (filling) => ({
    managedFields: [
      {
        manager: "a",
        operation: "Apply",
        apiVersion: "v1",
        fieldsType: "FieldsV1",
        fieldsV1: filling.map((i) => `k:{"name":"${short(i)}"}`, {}),
      },
    ],
  }),
};
