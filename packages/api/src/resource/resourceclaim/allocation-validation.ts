import type { FieldError, FieldPath } from "@dingi/apimachinery";
import { validateNodeSelector } from "../../core/pod/validation/affinity.ts";
import { bindingErrors } from "../device/binding-conditions.ts";
import { configurationErrors } from "../device/configuration.ts";
import { withinLimit } from "../device/lists.ts";
import { deviceNameErrors } from "../device/names.ts";
import { tolerationErrors } from "../device/taints.ts";
import { requestListErrors, requestReferenceErrors, type RequestNames } from "./request-names.ts";
import type { V1AllocationResult, V1DeviceRequestAllocationResult } from "./resourceclaim.gen.ts";

const MAX_RESULTS = 32;
/** Those of the class and of the claim. */
const MAX_CONFIGS = 64;

/** Upstream: pkg/apis/resource/validation/validation.go#validateAllocationResult */
export function allocationErrors(
  { devices = {}, nodeSelector }: V1AllocationResult,
  names: RequestNames,
  field: FieldPath,
): FieldError[] {
  const [results, config] = [field.child("devices", "results"), field.child("devices", "config")];
  return [
    ...withinLimit(devices.results, MAX_RESULTS).flatMap((result, i) => resultErrors(result, names, results.index(i))),
    ...withinLimit(devices.config, MAX_CONFIGS).flatMap((one, i) => [
      ...requestListErrors(one.requests, names, config.index(i).child("requests")),
      ...configurationErrors(one, config.index(i)),
    ]),
    ...(nodeSelector ? validateNodeSelector(nodeSelector, field.child("nodeSelector")) : []),
  ];
}

/** Driver, pool and share are declared. */
function resultErrors(result: V1DeviceRequestAllocationResult, names: RequestNames, field: FieldPath): FieldError[] {
  return [
    ...requestReferenceErrors(result.request ?? "", names, field.child("request")),
    ...deviceNameErrors(result.device ?? "", field.child("device")),
    ...bindingErrors(result, field),
    ...tolerationErrors(result.tolerations, field.child("tolerations")),
  ];
}
