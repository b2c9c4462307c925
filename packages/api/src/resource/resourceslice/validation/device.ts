import { invalid, semanticEqual, tooMany, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { validateNodeSelector } from "../../../core/pod/validation/affinity.ts";
import { bindingErrors } from "../../device/binding-conditions.ts";
import { withinLimit } from "../../device/lists.ts";
import { deviceNameErrors } from "../../device/names.ts";
import { taintErrors } from "../../device/taints.ts";
import type { V1Device } from "../resourceslice.gen.ts";
import { attributeErrors } from "./attributes.ts";
import { capacityErrors } from "./capacity.ts";
import { counterErrors } from "./counters.ts";
import { choiceErrors, nodeNameErrors, trueOrAbsentErrors, type Choice } from "./node-choice.ts";

const MAX_ATTRIBUTES_AND_CAPACITIES = 32;
const MAX_ATTRIBUTE_VALUES = 48;
const MAX_TAINTS = 16;
const MAX_CONSUMPTIONS = 2;

interface DeviceOptions {
  readonly old: V1Device | undefined;
  /** Each device says where it is, not the slice. */
  readonly choosesNodes: boolean;
}

/** Upstream: pkg/apis/resource/validation/validation.go#validateDevice */
export function deviceErrors(device: V1Device, { old, choosesNodes }: DeviceOptions, field: FieldPath): FieldError[] {
  const { attributes = {}, capacity = {}, consumesCounters } = device;
  const isNew = <K extends keyof V1Device>(key: K): boolean => !old || !semanticEqual(old[key], device[key]);
  const consumptions = field.child("consumesCounters");
  return [
    ...deviceNameErrors(device.name ?? "", field.child("name")),
    ...sizeErrors(device, field),
    ...attributeErrors(attributes, field.child("attributes")),
    ...(isNew("capacity")
      ? capacityErrors(capacity, device.allowMultipleAllocations === true, field.child("capacity"))
      : []),
    ...(isNew("taints") ? taintListErrors(device, field.child("taints")) : []),
    ...withinLimit(consumesCounters, MAX_CONSUMPTIONS).flatMap(({ counters }, i) =>
      counterErrors(counters, consumptions.index(i).child("counters")),
    ),
    ...(choosesNodes ? nodeErrors(device, field) : noNodeErrors(device, field)),
    ...bindingErrors(device, field),
  ];
}

/** Each attribute has one value, as lists are off. */
function sizeErrors({ attributes = {}, capacity = {} }: V1Device, field: FieldPath): FieldError[] {
  const values = Object.keys(attributes).length;
  const all = values + Object.keys(capacity).length;
  const tooMuch = (count: number, what: string, max: number): FieldError[] =>
    count > max ? [invalid(field, count, `the total number of ${what} must not exceed ${max}`)] : [];
  return [
    ...tooMuch(all, "attributes and capacities", MAX_ATTRIBUTES_AND_CAPACITIES),
    ...tooMuch(values, "attribute values", MAX_ATTRIBUTE_VALUES),
  ];
}

function taintListErrors({ taints = [] }: V1Device, field: FieldPath): FieldError[] {
  if (taints.length > MAX_TAINTS) return [tooMany(field, taints.length, MAX_TAINTS)];
  return taints.flatMap((taint, i) => taintErrors(taint, field.index(i)));
}

const REQUIRED =
  "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
const DEVICE_CHOICE: Choice<V1Device> = {
  fields: ["nodeName", "nodeSelector", "allNodes"],
  none: REQUIRED,
  many: REQUIRED,
};

function nodeErrors(device: V1Device, field: FieldPath): FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device;
  return [
    ...nodeNameErrors(nodeName, field.child("nodeName"), "must not be empty"),
    ...(nodeSelector ? validateNodeSelector(nodeSelector, field.child("nodeSelector")) : []),
    ...trueOrAbsentErrors(allNodes, field.child("allNodes")),
    ...choiceErrors(device, DEVICE_CHOICE, field),
  ];
}

function noNodeErrors({ nodeName, nodeSelector, allNodes }: V1Device, field: FieldPath): FieldError[] {
  if (nodeName === undefined && nodeSelector === undefined && allNodes === undefined) return [];
  const text =
    "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
  return [invalid(field, null, text)];
}
