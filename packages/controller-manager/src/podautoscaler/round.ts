import {
  HorizontalPodAutoscaler,
  type V2HorizontalPodAutoscaler,
  type V2HorizontalPodAutoscalerStatus,
  type V2MetricStatus,
} from "@dingi/api";
import { keyOf, keyString, parseLabelSelector, semanticEqual, wireTime, type Selector } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import { referenceTo } from "@dingi/client";
import type { ReconcileContext } from "@dingi/controller-runtime";
import { podsSelectedBy } from "../selected-pods.ts";
import { withConditions, type Conditions, type Said } from "./conditions.ts";
import { MetricFailure, type Proposal } from "./metric-source.ts";
import { combineMetrics, decideByBounds, decideByMetrics, DISABLED, scaledToZero } from "./plan.ts";
import type { ReadinessOptions } from "./pod-groups.ts";
import { RestMetricsClient } from "./rest-metrics-client.ts";
import { readScale, rescale, targetKindOf, type ScaleTarget } from "./scale-target.ts";
import { noHistory, withChange, withRecommendation, type ScalingHistory } from "./scaling-history.ts";
import type { SelectingAutoscalers } from "./selecting-autoscalers.ts";
import { sourceOf } from "./sources/sources.ts";
import { tolerancesOf } from "./tolerances.ts";

export interface AutoscalerOptions extends ReadinessOptions {
  readonly syncPeriodMs: number;
  readonly tolerance: number;
  readonly downscaleStabilizationMs: number;
}

interface RoundOptions {
  readonly autoscaler: V2HorizontalPodAutoscaler;
  readonly context: ReconcileContext;
  readonly options: AutoscalerOptions;
  readonly selecting: SelectingAutoscalers;
  readonly memory: HistoryMemory;
}

/** Where it is kept what was recommended and done before. */
interface HistoryMemory {
  readonly history: ScalingHistory | undefined;
  remember(history: ScalingHistory): void;
}

/** How many there are to be, by which metrics. */
interface Decision {
  readonly replicas: number;
  readonly reason: string;
  readonly statuses: readonly V2MetricStatus[] | undefined;
  /** What was wrong with some of the metrics. */
  readonly failure?: Error | undefined;
}

/** One look at an autoscaler. Upstream: pkg/controller/podautoscaler/horizontal.go#reconcileAutoscaler */
export class Round {
  readonly #autoscaler: V2HorizontalPodAutoscaler;
  readonly #context: ReconcileContext;
  readonly #options: AutoscalerOptions;
  readonly #selecting: SelectingAutoscalers;
  readonly #memory: HistoryMemory;
  /** What the target is called in failures. */
  readonly #reference: string;
  #conditions: Conditions;

  constructor({ autoscaler, context, options, selecting, memory }: RoundOptions) {
    this.#autoscaler = autoscaler;
    this.#context = context;
    this.#options = options;
    this.#selecting = selecting;
    this.#memory = memory;
    const { kind, name } = autoscaler.spec.scaleTargetRef;
    this.#reference = `${kind}/${autoscaler.metadata.namespace}/${name}`;
    this.#conditions = autoscaler.status.conditions ?? [];
  }

  async run(): Promise<void> {
    const target = await this.#target();
    this.#say({
      type: "AbleToScale",
      status: "True",
      reason: "SucceededGetScale",
      message: "the HPA controller was able to get the target's current scale",
    });
    const before = target.scale.spec.replicas ?? 0;
    const history = this.#memory.history ?? withRecommendation(noHistory, before, this.#now);
    this.#memory.remember(history);
    const decision = await this.#decide(target, before, history);
    const isChanged = decision.replicas !== before;
    if (isChanged) await this.#rescale(target, before, decision);
    const { replicas: desiredReplicas, statuses } = decision;
    const lastScaleTime = isChanged ? wireTime(this.#now) : undefined;
    await this.#writeStatus({ currentReplicas: before, desiredReplicas, lastScaleTime, statuses });
    if (decision.failure) throw decision.failure;
  }

  get #now(): number {
    return this.#context.clock.now();
  }

  async #target(): Promise<ScaleTarget> {
    const { metadata, spec } = this.#autoscaler;
    let frame = "unable to determine resource for scale target reference";
    try {
      const kind = targetKindOf(this.#autoscaler, this.#context);
      frame = `failed to query scale subresource for ${this.#reference}`;
      return await readScale(
        kind,
        { namespace: metadata.namespace ?? "", name: spec.scaleTargetRef.name },
        this.#context,
      );
    } catch (error) {
      const text = describeError(error);
      this.#tell("Warning", "FailedGetScale", text);
      const message = `the HPA controller was unable to get the target's current scale: ${text}`;
      this.#say({ type: "AbleToScale", status: "False", reason: "FailedGetScale", message });
      await this.#writeStatus(undefined);
      throw new Error(frame, { cause: error });
    }
  }

  async #decide({ scale }: ScaleTarget, before: number, history: ScalingHistory): Promise<Decision> {
    const byBounds = decideByBounds(this.#autoscaler, before);
    if (byBounds.type === "outside") return { ...byBounds, statuses: undefined };
    if (byBounds.type === "disabled") {
      this.#say(DISABLED);
      return { replicas: before, reason: "", statuses: undefined };
    }
    const selector = await this.#selector(scale.status.selector ?? "", before);
    const outcomes = await this.#outcomes(selector, { before, statusReplicas: scale.status.replicas });
    const { statuses, active, highest, failure } = combineMetrics(outcomes, before);
    this.#say(active);
    if (!highest) throw await this.#failed(failure!, before, statuses);
    const { downscaleStabilizationMs } = this.#options;
    const decided = decideByMetrics({
      autoscaler: this.#autoscaler,
      currentReplicas: before,
      highest,
      history,
      downscaleStabilizationMs,
      nowMs: this.#now,
    });
    this.#say(...decided.conditions);
    this.#memory.remember(decided.history);
    return { replicas: decided.replicas, reason: decided.reason, statuses, failure };
  }

  /** Upstream: …#validateAndParseSelector */
  async #selector(text: string, before: number): Promise<Selector> {
    const refuse = async (reason: string, told: string, message = told): Promise<never> => {
      this.#tell("Warning", reason, told);
      const said = reason === "SelectorRequired" ? "InvalidSelector" : reason;
      this.#say({ type: "ScalingActive", status: "False", reason: said, message });
      throw await this.#failed(new Error(told), before, undefined);
    };
    if (text === "")
      return await refuse("SelectorRequired", "selector is required", "the HPA target's scale is missing a selector");
    let selector: Selector;
    try {
      selector = parseLabelSelector(text);
    } catch (error) {
      const told = `couldn't convert selector into a corresponding internal selector object: ${describeError(error)}`;
      return await refuse("InvalidSelector", told);
    }
    const key = keyOf(this.#autoscaler);
    this.#selecting.set(key, selector);
    const pods = podsSelectedBy(selector, key.namespace, this.#context.cache);
    const autoscalers = this.#selecting.of(key.namespace, pods);
    if (autoscalers.length < 2) return selector;
    const some = autoscalers.slice(0, 2).map(keyString).join(" ");
    return await refuse(
      "AmbiguousSelector",
      `pods by selector ${text} are controlled by more than one HPA (e.g. [${some}])`,
    );
  }

  async #outcomes(
    selector: Selector,
    { before, statusReplicas }: { readonly before: number; readonly statusReplicas: number },
  ): Promise<(Proposal | MetricFailure)[]> {
    const { client, kinds, signal, cache } = this.#context;
    const { metadata, spec } = this.#autoscaler;
    const namespace = metadata.namespace ?? "";
    const metrics = new RestMetricsClient({ client, kinds: kinds.current, signal });
    const outcomes: (Proposal | MetricFailure)[] = [];
    for (const metric of spec.metrics ?? []) {
      const source = sourceOf(metric, { namespace, selector });
      try {
        const propose = await source.read(metrics);
        const tolerances = tolerancesOf(this.#autoscaler, this.#options.tolerance);
        const pods = podsSelectedBy(selector, namespace, cache);
        const readiness = this.#options;
        outcomes.push(propose({ pods, specReplicas: before, statusReplicas, tolerances, readiness, nowMs: this.#now }));
      } catch (error) {
        const failure = new MetricFailure(source, error);
        this.#tell("Warning", failure.reason, failure.told);
        outcomes.push(failure);
      }
    }
    return outcomes;
  }

  /** Nothing is known to go by: what there is stays. */
  async #failed(failure: Error, before: number, statuses: readonly V2MetricStatus[] | undefined): Promise<Error> {
    await this.#writeStatus({ currentReplicas: before, statuses });
    this.#tell("Warning", "FailedComputeMetricsReplicas", failure.message);
    const framed = `failed to compute desired number of replicas based on listed metrics for ${this.#reference}`;
    return new Error(framed, { cause: failure });
  }

  async #rescale(target: ScaleTarget, before: number, { replicas, reason, statuses }: Decision): Promise<void> {
    try {
      await rescale(target, replicas, this.#context);
    } catch (error) {
      const text = describeError(error);
      this.#tell("Warning", "FailedRescale", `New size: ${replicas}; reason: ${reason}; error: ${text}`);
      const message = `the HPA controller was unable to update the target scale: ${text}`;
      this.#say({ type: "AbleToScale", status: "False", reason: "FailedUpdateScale", message });
      await this.#writeStatus({ currentReplicas: before, statuses });
      throw new Error(`failed to rescale ${this.#reference}`, { cause: error });
    }
    const message = `the HPA controller was able to update the target scale to ${replicas}`;
    this.#say(
      { type: "AbleToScale", status: "True", reason: "SucceededRescale", message },
      scaledToZero(this.#autoscaler, before, replicas),
    );
    this.#tell("Normal", "SuccessfulRescale", `New size: ${replicas}; reason: ${reason}`);
    // Only rates of a behavior ask for it.
    const { history = noHistory } = this.#memory;
    if (this.#autoscaler.spec.behavior) this.#memory.remember(withChange(history, replicas - before, this.#now));
  }

  #say(...said: readonly Said[]): void {
    this.#conditions = withConditions(this.#conditions, said, this.#now);
  }

  #tell(type: "Normal" | "Warning", reason: string, message: string): void {
    this.#context.events.event(referenceTo(HorizontalPodAutoscaler, this.#autoscaler), type, reason, message);
  }

  /** @param seen Absent when nothing is known but what was said. */
  async #writeStatus(seen: Seen | undefined): Promise<void> {
    const { metadata, status: old } = this.#autoscaler;
    const status = { ...old, ...(seen ? this.#shown(seen) : {}), conditions: this.#conditions };
    if (semanticEqual(status, old)) return;
    try {
      const changed = { ...this.#autoscaler, status };
      await this.#context.client.update(HorizontalPodAutoscaler, changed, { subresource: "status" });
    } catch (error) {
      const text = describeError(error);
      this.#tell("Warning", "FailedUpdateStatus", text);
      throw new Error(`failed to update status for ${metadata.name}`, { cause: error });
    }
  }

  #shown({ currentReplicas, desiredReplicas, lastScaleTime, statuses }: Seen): V2HorizontalPodAutoscalerStatus {
    const { metadata, status: old } = this.#autoscaler;
    return {
      observedGeneration: metadata.generation,
      currentReplicas,
      desiredReplicas: desiredReplicas ?? old.desiredReplicas,
      lastScaleTime: lastScaleTime ?? old.lastScaleTime,
      // Upstream writes null where nothing was measured.
      currentMetrics: statuses ?? (null as never),
    };
  }
}

/** What a round has found. */
interface Seen {
  readonly currentReplicas: number;
  /** As it was when absent. */
  readonly desiredReplicas?: number;
  readonly lastScaleTime?: string | undefined;
  readonly statuses: readonly V2MetricStatus[] | undefined;
}
