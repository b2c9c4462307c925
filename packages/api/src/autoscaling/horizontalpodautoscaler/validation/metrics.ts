import {
  forbidden,
  invalid,
  isDns1123Label,
  isPathSegmentName,
  notSupported,
  quantitySign,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateContainerResourceName } from "../../../core/pod/validation/resources.ts";
import type { V2MetricIdentifier, V2MetricSpec, V2MetricTarget } from "../horizontalpodautoscaler.gen.ts";
import { referenceErrors, type ReferenceOptions } from "./reference.ts";

type SourceName = "object" | "external" | "pods" | "resource" | "containerResource";

const SOURCES: Readonly<Record<string, SourceName>> = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
};
const TYPES = Object.keys(SOURCES);
/** In the order in which they are looked for; the first that is there is looked at. */
const NAMES: readonly SourceName[] = ["object", "external", "pods", "resource", "containerResource"];

/** Upstream: pkg/apis/autoscaling/validation/validation.go#validateMetricSpec */
export function metricErrors(spec: V2MetricSpec, options: ReferenceOptions, field: FieldPath): FieldError[] {
  const { type = "" } = spec;
  const at = field.child("type");
  const expected = Object.hasOwn(SOURCES, type) ? SOURCES[type] : undefined;
  const present = NAMES.filter((name) => spec[name] !== undefined);
  const errors = type === "" ? [required(at, "must specify a metric source type")] : [];
  if (expected === undefined) errors.push(notSupported(at, type, TYPES));
  if (present.length > 0) errors.push(...sourceErrors(spec, { options, name: present[0]! }, field));
  if (expected !== undefined && spec[expected] === undefined)
    errors.push(required(field.child(expected), "must populate information for the given metric source"));
  if (present.length <= 1) return errors;
  const others = present.filter((name) => name !== expected);
  return [
    ...errors,
    ...others.map((name) => forbidden(field.child(name), "must populate the given metric source only")),
  ];
}

function sourceErrors(
  spec: V2MetricSpec,
  { name, options }: { readonly name: SourceName; readonly options: ReferenceOptions },
  field: FieldPath,
): FieldError[] {
  const at = field.child(name);
  switch (name) {
    case "object":
      return [
        ...referenceErrors(spec.object!.describedObject, options, at.child("describedObject")),
        ...valueErrors(spec.object!, "must set either a target value or averageValue", at),
      ];
    case "external":
      return externalErrors(spec.external!, at);
    case "pods":
      return podsErrors(spec.pods!, at);
    case "resource":
      return [...resourceNameErrors(spec.resource!.name, at), ...resourceErrors(spec.resource!, at)];
    case "containerResource":
      return containerErrors(spec.containerResource!, at);
  }
}

interface Measured {
  readonly metric: V2MetricIdentifier;
  readonly target: V2MetricTarget;
}

function valueErrors({ metric, target }: Measured, neither: string, field: FieldPath): FieldError[] {
  const at = field.child("target");
  const errors = [...identifierErrors(metric, field.child("metric")), ...targetErrors(target, at)];
  if (target.value !== undefined || target.averageValue !== undefined) return errors;
  return [...errors, required(at.child("averageValue"), neither)];
}

function externalErrors(source: Measured, field: FieldPath): FieldError[] {
  const errors = valueErrors(source, "must set either a target value for metric or a per-pod target", field);
  const { value, averageValue } = source.target;
  if (value === undefined || averageValue === undefined) return errors;
  const text = "may not set both a target value for metric and a per-pod target";
  return [...errors, forbidden(field.child("target", "value"), text)];
}

function podsErrors({ metric, target }: Measured, field: FieldPath): FieldError[] {
  const at = field.child("target");
  const errors = [...identifierErrors(metric, field.child("metric")), ...targetErrors(target, at)];
  if (target.averageValue !== undefined) return errors;
  return [...errors, required(at.child("averageValue"), "must specify a positive target averageValue")];
}

const resourceNameErrors = (name: string, field: FieldPath): FieldError[] =>
  name ? [] : [required(field.child("name"), "must specify a resource name")];

function containerErrors(source: NonNullable<V2MetricSpec["containerResource"]>, field: FieldPath): FieldError[] {
  const { name, container } = source;
  const at = field.child("container");
  return [
    ...(name ? validateContainerResourceName(name, field.child("name")) : resourceNameErrors(name, field)),
    ...(container
      ? isDns1123Label(container).map((text) => invalid(at, container, text))
      : [required(at, "must specify a container")]),
    ...resourceErrors(source, field),
  ];
}

function resourceErrors({ target }: { readonly target: V2MetricTarget }, field: FieldPath): FieldError[] {
  const at = field.child("target");
  const hasUtilization = target.averageUtilization !== undefined;
  const errors = targetErrors(target, at);
  if (hasUtilization !== (target.averageValue !== undefined)) return errors;
  const error = hasUtilization
    ? forbidden(at.child("averageValue"), "may not set both a target raw value and a target utilization")
    : required(at.child("averageUtilization"), "must set either a target raw value or a target utilization");
  return [...errors, error];
}

const TARGET_TYPES = ["Utilization", "Value", "AverageValue"];

/** Upstream: …#validateMetricTarget */
function targetErrors({ type = "", averageUtilization, ...values }: V2MetricTarget, field: FieldPath): FieldError[] {
  const at = field.child("type");
  const errors = type === "" ? [required(at, "must specify a metric target type")] : [];
  if (!TARGET_TYPES.includes(type))
    errors.push(invalid(at, type, "must be either Utilization, Value, or AverageValue"));
  for (const name of ["value", "averageValue"] as const) {
    const value = values[name];
    if (value !== undefined && quantitySign(value) <= 0)
      errors.push(invalid(field.child(name), value, "must be positive"));
  }
  if (averageUtilization === undefined || averageUtilization >= 1) return errors;
  return [...errors, invalid(field.child("averageUtilization"), averageUtilization, "must be greater than 0")];
}

function identifierErrors({ name }: V2MetricIdentifier, field: FieldPath): FieldError[] {
  const at = field.child("name");
  if (!name) return [required(at, "must specify a metric name")];
  return isPathSegmentName(name).map((text) => invalid(at, name, text));
}
