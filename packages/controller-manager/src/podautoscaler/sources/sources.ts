import type { V2MetricSpec } from "@dingi/api";
import { own } from "@dingi/base";
import type { MetricSource, Place, SourceOf } from "../metric-source.ts";
import { externalSource } from "./external-source.ts";
import { objectSource } from "./object-source.ts";
import { podsSource } from "./pods-source.ts";
import { containerResourceSource, resourceSource } from "./resource-source.ts";

const SOURCES: Readonly<Record<string, SourceOf>> = {
  Resource: resourceSource,
  ContainerResource: containerResourceSource,
  Pods: podsSource,
  Object: objectSource,
  External: externalSource,
};

/** How a metric of an autoscaler is read and reckoned with. */
export function sourceOf(spec: V2MetricSpec, place: Place): MetricSource {
  return (own(SOURCES, spec.type) ?? unknownSource)(spec, place);
}

/** Validation refuses it, so that only a newer server can have stored it. */
const unknownSource: SourceOf = ({ type }) => ({
  failedReason: "InvalidMetricSourceType",
  frame: (text) => text,
  read: () => Promise.reject(new Error(`unknown metric source type ${JSON.stringify(type)}`)),
});
