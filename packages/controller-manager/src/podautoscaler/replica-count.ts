import { isPodReady, type V1Pod } from "@dingi/api";
import type { PodMetrics } from "./metrics-client.ts";
import { groupPods, type PodGroups, type ReadinessOptions } from "./pod-groups.ts";
import { requestsOf } from "./pod-requests.ts";
import { isTolerated, type Tolerances } from "./tolerances.ts";

/** How many replicas a measurement asks for. Pure. Upstream: pkg/controller/podautoscaler/replica_calculator.go */

export const MAX_INT32 = 2 ** 31 - 1;
const MAX_INT64 = 2n ** 63n - 1n;
const NO_PODS = "no pods returned by selector while calculating replica count";
const NO_METRICS = "did not receive metrics for targeted pods (pods might be unready)";

export interface PodsSituation {
  readonly pods: readonly V1Pod[];
  readonly metrics: PodMetrics;
  readonly currentReplicas: number;
  readonly tolerances: Tolerances;
  readonly readiness: ReadinessOptions;
  readonly nowMs: number;
}

interface Utilization {
  readonly replicas: number;
  /** Percent of what is requested. */
  readonly utilization: number;
  /** Of one pod, in thousandths. */
  readonly averageValue: bigint;
}

/** Of a resource, as a share of what pods request. */
export function replicasByUtilization(
  situation: PodsSituation,
  wanted: { readonly resource: string; readonly container?: string | undefined; readonly utilization: number },
): Utilization {
  const { groups, values } = countedValues(situation, wanted.resource);
  const requests = requestsOf(situation.pods, wanted);
  const measure = (of: Values) => utilizationOf(of, requests, wanted.utilization);
  const measured = measure(values);
  const fallback = BigInt(Math.max(100, wanted.utilization));
  const replicas = proposeReplicas(situation, {
    groups,
    values,
    ratio: measured.ratio,
    ratioOf: (of) => measure(of).ratio,
    assumed: (pod) => ((requests.get(pod) ?? 0n) * fallback) / 100n,
  });
  return { replicas, utilization: measured.utilization, averageValue: measured.averageValue };
}

/** Of anything that is measured of pods, as an average. */
export function replicasByAverage(
  situation: PodsSituation,
  wanted: { readonly resource?: string; readonly averageValue: bigint },
): { readonly replicas: number; readonly averageValue: bigint } {
  const { groups, values } = countedValues(situation, wanted.resource);
  const ratioOf = (of: Values) => Number(average(of)) / Number(wanted.averageValue);
  const assumed = () => wanted.averageValue;
  const replicas = proposeReplicas(situation, { groups, values, ratio: ratioOf(values), ratioOf, assumed });
  return { replicas, averageValue: average(values) };
}

/** Thousandths by the pods' names. */
type Values = ReadonlyMap<string, bigint>;

/** The measurements that count. Throws if there are none. */
function countedValues(
  { pods, metrics, readiness, nowMs }: PodsSituation,
  resource: string | undefined,
): { readonly groups: PodGroups; readonly values: Values } {
  if (pods.length === 0) throw new Error(NO_PODS);
  const groups = groupPods({ pods, metrics, resource, readiness, nowMs });
  const counted = [...metrics].filter(([pod]) => !groups.ignored.has(pod) && !groups.unready.has(pod));
  if (counted.length === 0) throw new Error(NO_METRICS);
  return { groups, values: new Map(counted.map(([pod, { value }]) => [pod, value])) };
}

interface Measured {
  readonly groups: PodGroups;
  readonly values: Values;
  /** Of what is measured to what is wanted. */
  readonly ratio: number;
  readonly ratioOf: (values: Values) => number;
  /** What a pod of which nothing is known is taken for before others are removed. */
  readonly assumed: (pod: string) => bigint;
}

/** Of whom too little is known, the most careful is assumed; should that turn the direction, nothing is done. */
function proposeReplicas({ currentReplicas, tolerances }: PodsSituation, measured: Measured): number {
  const { groups, ratio, ratioOf } = measured;
  const careful = carefulValues(measured);
  if (!careful) return isTolerated(tolerances, ratio) ? currentReplicas : Math.ceil(ratio * groups.readyCount);
  const carefulRatio = ratioOf(careful);
  if (isTolerated(tolerances, carefulRatio) || isTurned(ratio - 1, carefulRatio - 1)) return currentReplicas;
  const replicas = Math.ceil(carefulRatio * careful.size);
  return isTurned(carefulRatio - 1, replicas - currentReplicas) ? currentReplicas : replicas;
}

/** Undefined where enough is known. */
function carefulValues({ groups, values, ratio, assumed }: Measured): Values | undefined {
  const countsUnready = groups.unready.size > 0 && ratio > 1;
  if (!countsUnready && groups.missing.size === 0) return undefined;
  const careful = new Map(values);
  if (ratio !== 1) for (const pod of groups.missing) careful.set(pod, ratio < 1 ? assumed(pod) : 0n);
  if (countsUnready) for (const pod of groups.unready) careful.set(pod, 0n);
  return careful;
}

const isTurned = (before: number, after: number): boolean => before * after < 0;

/** Upstream: pkg/controller/podautoscaler/metrics/utilization.go#GetResourceUtilizationRatio */
function utilizationOf(
  values: Values,
  requests: Values,
  wanted: number,
): { readonly ratio: number; readonly utilization: number; readonly averageValue: bigint } {
  const known = [...values].filter(([pod]) => requests.has(pod));
  const used = known.reduce((sum, [, value]) => sum + value, 0n);
  const requested = known.reduce((sum, [pod]) => sum + requests.get(pod)!, 0n);
  if (requested === 0n) throw new Error("no metrics returned matched known pods");
  const utilization = Number((used * 100n) / requested);
  return { ratio: utilization / wanted, utilization, averageValue: used / BigInt(known.length) };
}

function average(values: Values): bigint {
  return sumOf([...values.values()]) / BigInt(values.size);
}

function sumOf(values: readonly bigint[]): bigint {
  const sum = values.reduce((total, value) => total + value, 0n);
  return sum > MAX_INT64 ? MAX_INT64 : sum;
}

interface ValueSituation {
  /** What is measured, in thousandths; several are summed up. */
  readonly values: readonly bigint[];
  readonly tolerances: Tolerances;
}

/** Of something that is measured once for all pods. Upstream: …#GetObjectMetricReplicas, …#GetExternalMetricReplicas */
export function replicasByValue(
  { values, tolerances, currentReplicas, pods }: ValueSituation & Pick<PodsSituation, "currentReplicas" | "pods">,
  wanted: bigint,
): { readonly replicas: number; readonly value: bigint } {
  const value = sumOf(values);
  const ratio = Number(value) / Number(wanted);
  // From nothing there is no ratio of pods.
  if (currentReplicas === 0) return { replicas: atMost32(Math.ceil(ratio)), value };
  if (isTolerated(tolerances, ratio)) return { replicas: currentReplicas, value };
  if (pods.length === 0) throw new Error(`unable to calculate ready pods: ${NO_PODS}`);
  const ready = pods.filter((pod) => pod.status.phase === "Running" && isPodReady(pod)).length;
  return { replicas: atMost32(Math.ceil(ratio * ready)), value };
}

/** The same, where the target is each pod's share. Upstream: …#GetObjectPerPodMetricReplicas, …#GetExternalPerPodMetricReplicas */
export function replicasByShare(
  { values, tolerances, statusReplicas }: ValueSituation & { readonly statusReplicas: number },
  wanted: bigint,
): { readonly replicas: number; readonly averageValue: bigint } {
  const value = sumOf(values);
  const ratio = Number(value) / (Number(wanted) * statusReplicas);
  const replicas = isTolerated(tolerances, ratio)
    ? statusReplicas
    : atMost32(Math.ceil(Number(value) / Number(wanted)));
  return { replicas, averageValue: shareOf(value, statusReplicas) };
}

/** Differs: upstream divides by zero when there are no replicas, and shows the smallest number there is; we show the whole. */
function shareOf(value: bigint, replicas: number): bigint {
  if (value === MAX_INT64 || replicas <= 0) return value;
  return (value + BigInt(replicas) - 1n) / BigInt(replicas);
}

const atMost32 = (replicas: number): number => Math.min(replicas, MAX_INT32);
