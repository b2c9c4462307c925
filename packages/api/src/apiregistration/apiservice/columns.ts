import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1APIService } from "./apiservice.gen.ts";

/** Upstream: kube-aggregator/pkg/registry/apiservice/etcd/etcd.go#ConvertToTable */
export const columns: readonly Column<V1APIService>[] = [
  nameColumn,
  { name: "Service", type: "string", value: ({ spec }) => (spec.service ? serviceText(spec.service) : "Local") },
  { name: "Available", type: "string", value: availability },
  ageColumn,
];

const serviceText = ({ namespace = "", name = "" }: NonNullable<V1APIService["spec"]["service"]>): string =>
  `${namespace}/${name}`;

function availability({ status }: V1APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === "Available");
  if (!condition) return "Unknown";
  if (condition.status === "True" || !condition.reason) return condition.status;
  return `${condition.status} (${condition.reason})`;
}
