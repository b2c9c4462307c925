import {
  byteLength,
  FIELD_IMMUTABLE,
  goValue,
  invalid,
  isQualifiedName,
  path,
  required,
  semanticEqual,
  validateObjectMeta,
  type FieldError,
  type Schema,
} from "@dingi/apimachinery";
import { CoreV1Event } from "./event.gen.ts";

const MAX_NAME = 128;
const MAX_NOTE = 1024;

/** The older version asks less. Upstream: pkg/apis/core/validation/events.go */
export function validateEvent(event: CoreV1Event, apiVersion: string): FieldError[] {
  const errors = commonErrors(event, apiVersion);
  return apiVersion === "v1"
    ? errors
    : [...errors, ...nameErrors(event), ...seriesErrors(event), ...newStyleErrors(event)];
}

const nameErrors = ({ metadata }: CoreV1Event): FieldError[] =>
  validateObjectMeta(metadata, { namespaced: true, nameFormat: "subdomain" }, path("metadata"));

function commonErrors(event: CoreV1Event, apiVersion: string): FieldError[] {
  const { involvedObject, metadata } = event;
  const [own, other] = [metadata.namespace ?? "", involvedObject.namespace ?? ""];
  const homes = event.eventTime ? ["default", "kube-system"] : ["", "default"];
  const mismatch = other === "" ? !homes.includes(own) : !event.eventTime && own !== other;
  const errors = mismatch
    ? [invalid(path("involvedObject", "namespace"), other, "does not match event.namespace")]
    : [];
  return event.eventTime ? [...errors, ...reporterErrors(event, apiVersion)] : errors;
}

function reporterErrors(event: CoreV1Event, apiVersion: string): FieldError[] {
  const field = apiVersion === "v1" ? "reportingComponent" : "reportingController";
  const { reportingComponent: reporter, reportingInstance, action = "", reason = "", message = "" } = event;
  return [
    ...(reporter ? [] : [required(field)]),
    ...isQualifiedName(reporter).map((text) => invalid(field, reporter, text)),
    ...textErrors("reportingInstance", reportingInstance, MAX_NAME),
    ...textErrors("action", action, MAX_NAME),
    ...textErrors("reason", reason, MAX_NAME),
    ...lengthErrors("message", message, MAX_NOTE),
  ];
}

const textErrors = (field: string, text: string, max: number): FieldError[] =>
  text === "" ? [required(field)] : lengthErrors(field, text, max);

const lengthErrors = (field: string, text: string, max: number): FieldError[] =>
  byteLength(text) > max ? [invalid(field, "", `can have at most ${max} characters`)] : [];

function seriesErrors({ series }: CoreV1Event): FieldError[] {
  if (!series) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalid("series.count", "", "should be at least 2")] : []),
    ...(series.lastObservedTime ? [] : [required("series.lastObservedTime")]),
  ];
}

function newStyleErrors({
  eventTime,
  type = "",
  firstTimestamp,
  lastTimestamp,
  count,
  source,
}: CoreV1Event): FieldError[] {
  const errors = eventTime ? [] : [required("eventTime")];
  if (type !== "Normal" && type !== "Warning") errors.push(invalid("type", "", `has invalid value: ${type}`));
  const unset = { firstTimestamp, lastTimestamp, count, source: source?.component || source?.host };
  for (const [field, value] of Object.entries(unset)) if (value) errors.push(invalid(field, "", "needs to be unset"));
  return errors;
}

const FIXED = [
  "involvedObject",
  "reason",
  "message",
  "source",
  "firstTimestamp",
  "lastTimestamp",
  "count",
  "type",
  "eventTime",
  "action",
  "related",
  "reportingComponent",
  "reportingInstance",
] as const;

export function validateEventUpdate(event: CoreV1Event, old: CoreV1Event, apiVersion: string): FieldError[] {
  const errors = commonErrors(event, apiVersion);
  if (apiVersion === "v1") return errors;
  if (!semanticEqual(event.series, old.series)) errors.push(...seriesErrors(event));
  for (const field of FIXED) {
    if (semanticEqual(event[field] || undefined, old[field] || undefined)) continue;
    errors.push(
      invalid(field === "reportingComponent" ? "reportingController" : field, shown(event, field), FIELD_IMMUTABLE),
    );
  }
  return errors;
}

/** As Go shows what is not set. */
const ZERO: Readonly<Partial<Record<Schema["type"], unknown>>> = { string: "", int32: 0 };

function shown(event: CoreV1Event, field: (typeof FIXED)[number]): unknown {
  const { schema, pointer } = CoreV1Event.fields.get(field)!;
  const value = event[field];
  if (schema.type !== "struct" || (pointer && !value)) return value ?? ZERO[schema.type] ?? null;
  return goValue(schema, (value ?? {}) as Record<string, unknown>);
}
