import type { Draft } from "@dingi/apimachinery";
import type { V1PriorityLevelConfiguration, V1QueuingConfiguration } from "./prioritylevelconfiguration.gen.ts";

const QUEUING = { handSize: 8, queues: 64, queueLengthLimit: 50 };
const SHARES = 30;

/** Upstream: pkg/apis/flowcontrol/v1/defaults.go */
export function defaultPriorityLevelConfiguration({ spec }: Draft<V1PriorityLevelConfiguration>): void {
  const { exempt, limited } = spec;
  if (exempt) {
    exempt.nominalConcurrencyShares ??= 0;
    exempt.lendablePercent ??= 0;
  }
  if (!limited) return;
  limited.nominalConcurrencyShares ??= SHARES;
  limited.lendablePercent ??= 0;
  if (limited.limitResponse?.queuing) defaultQueuing(limited.limitResponse.queuing);
}

function defaultQueuing(queuing: Draft<V1QueuingConfiguration>): void {
  queuing.handSize ||= QUEUING.handSize;
  queuing.queues ||= QUEUING.queues;
  queuing.queueLengthLimit ||= QUEUING.queueLengthLimit;
}
