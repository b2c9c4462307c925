import type { Draft } from "@dingi/apimachinery";
import { dropDisabledFields } from "../../core/pod/disabled-fields.ts";
import type { V1JobSpec } from "./job.gen.ts";

/** `scheduling` is behind an alpha gate. Upstream: pkg/api/job/util.go#DropDisabledFields */
export function dropDisabledJobFields(spec: Draft<V1JobSpec>, old?: V1JobSpec): void {
  if (spec.scheduling && !old?.scheduling) delete spec.scheduling;
  if (spec.template.spec) dropDisabledFields(spec.template.spec, old?.template.spec);
}
