import type { V1FlowSchema, V1PriorityLevelConfiguration } from "@dingi/api";
import type { QueuingLimits } from "./queue-set.ts";

export const EXEMPT = "exempt";
export const CATCH_ALL = "catch-all";
/** What one request may take of a level. Upstream: apiserver/pkg/util/flowcontrol/apf_controller.go#priorityLevelMaxSeatsPercent */
const MAX_SHARE = 0.15;
const NO_QUEUES: QueuingLimits = { queues: 0, handSize: 0, queueLength: 0 };

/** A priority level, in numbers of seats. */
export interface LevelPlan {
  readonly configuration: V1PriorityLevelConfiguration;
  readonly isExempt: boolean;
  readonly limits: QueuingLimits;
  /** Its share of all, what of that it lends to nobody, and what it may have when others lend. */
  readonly nominal: number;
  readonly lower: number;
  readonly upper: number;
  /** Of one request. */
  readonly maxSeats: number;
}

/** Pure: the seats of all levels. Upstream: apiserver/pkg/util/flowcontrol/apf_controller.go#finishQueueSetReconfigsLocked */
export function planLevels(
  configurations: readonly V1PriorityLevelConfiguration[],
  serverSeats: number,
): ReadonlyMap<string, LevelPlan> {
  const sane = configurations.filter(isSane);
  const shares = sane.reduce((sum, one) => sum + sharesOf(one), 0);
  return new Map(sane.map((one) => [one.metadata.name!, planLevel(one, { serverSeats, shares })]));
}

function planLevel(
  configuration: V1PriorityLevelConfiguration,
  { serverSeats, shares }: { readonly serverSeats: number; readonly shares: number },
): LevelPlan {
  const { limited, exempt } = configuration.spec;
  const nominal = Math.ceil((serverSeats * sharesOf(configuration)) / shares);
  const percentOf = (percent: number) => Math.round((nominal * percent) / 100);
  const lendable = percentOf((limited ?? exempt)?.lendablePercent ?? 0);
  const borrowing = limited?.borrowingLimitPercent;
  const queuing = limited?.limitResponse.queuing;
  const maxSeats = queuing
    ? Math.max(1, Math.min(Math.ceil(nominal * MAX_SHARE), Math.trunc(nominal / queuing.handSize)))
    : 0;
  return {
    configuration,
    isExempt: exempt !== undefined,
    limits: queuing
      ? { queues: queuing.queues, handSize: queuing.handSize, queueLength: queuing.queueLengthLimit }
      : NO_QUEUES,
    nominal,
    lower: nominal - lendable,
    upper: nominal + (borrowing === undefined ? serverSeats : percentOf(borrowing)),
    maxSeats,
  };
}

const sharesOf = ({ spec }: V1PriorityLevelConfiguration): number =>
  Number((spec.limited ?? spec.exempt)?.nominalConcurrencyShares ?? 0);

/** What validation should not have let pass is left out. Upstream: …#queueSetCompleterForPL */
function isSane({ metadata, spec }: V1PriorityLevelConfiguration): boolean {
  if ((spec.type === "Limited") !== (spec.limited !== undefined)) return false;
  if ((spec.type === "Exempt") !== (spec.exempt !== undefined)) return false;
  if ((spec.type === "Exempt") !== (metadata.name === EXEMPT)) return false;
  const response = spec.limited?.limitResponse;
  return !response || (response.type === "Reject") === (response.queuing === undefined);
}

/** In the order in which requests are compared with them; those that lead nowhere are left out. Upstream: …#digestFlowSchemasLocked */
export function orderSchemas(schemas: readonly V1FlowSchema[], levels: ReadonlyMap<string, unknown>): V1FlowSchema[] {
  return schemas
    .filter(({ spec }) => levels.has(spec.priorityLevelConfiguration.name))
    .sort(
      (a, b) =>
        a.spec.matchingPrecedence - b.spec.matchingPrecedence ||
        ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1),
    );
}
