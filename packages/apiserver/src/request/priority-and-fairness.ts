import type { ApiResponse } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import type { Classified, FlowController } from "../flowcontrol/flow-controller.ts";
import type { FlowRequest, Patience, Refusal, Seats } from "../flowcontrol/queue-set.ts";
import { seatsOf, type ObjectStats } from "../flowcontrol/work-estimate.ts";
import { respondText } from "../negotiation/respond.ts";
import type { ResourceRequest } from "../routing/request-info.ts";
import type { Call } from "./call.ts";
import type { Filter } from "./filter.ts";
import { isLongRunning } from "./long-running.ts";

interface PriorityAndFairnessOptions {
  readonly controller: FlowController;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
  readonly stats: (info: ResourceRequest) => ObjectStats | undefined;
}

/** Of the time that a request has, so much it may wait. */
const WAIT_SHARE = 1 / 4;
const LONGEST_WAIT_MS = 60_000;

/**
 * Lets a request in when its flow's turn has come: those of this process, too.
 * Upstream: apiserver/pkg/server/filters/priority-and-fairness.go
 *
 * Differs: seats are free once the answer is made, not once it is read, because answers are bytes that are shared, or made as
 * they are read; so a watch holds its seats until it has begun.
 */
export function priorityAndFairness(options: PriorityAndFairnessOptions): Filter {
  const { controller, stats } = options;
  return async (call, next) => {
    const { info, user, request } = call;
    if (isLongRunning(call) && info.verb !== "watch") return await next(call);
    const classified = controller.classify(info, user);
    const { schema, level, distinguisher } = classified;
    if (!request.peer.capability) call.placedBy = placeOf(classified);
    const seats = seatsOf(info, request.query, { maxSeats: level.plan.maxSeats, stats });
    const asking: FlowRequest = { schema: schema.metadata.name!, distinguisher, seats, about: call };
    const entered = level.queues.enter(asking, () => patienceOf(call, options));
    const held = entered instanceof Promise ? await waitFor(entered, classified, { seats, options }) : entered;
    if (typeof held === "string") return sendAway(classified, held, options.clock.now());
    return await execute(held, classified, { seats, run: () => next(call), clock: options.clock });
  };
}

const placeOf = ({ schema, level }: Classified): NonNullable<Call["placedBy"]> => ({
  schemaUid: schema.metadata.uid ?? "",
  levelUid: level.plan.configuration.metadata.uid ?? "",
});

function patienceOf({ deadlineMs, request }: Call, { clock, requestTimeoutMs }: PriorityAndFairnessOptions): Patience {
  const leftMs = deadlineMs === undefined ? requestTimeoutMs : deadlineMs - clock.monotonic();
  return { waitMs: Math.min(LONGEST_WAIT_MS, leftMs * WAIT_SHARE), signal: request.signal };
}

interface Waiting {
  readonly seats: number;
  readonly options: PriorityAndFairnessOptions;
}

async function waitFor(
  entered: Promise<Seats | Refusal>,
  { stats }: Classified,
  { seats, options: { clock } }: Waiting,
): Promise<Seats | Refusal> {
  const startMs = clock.monotonic();
  stats.waiting++;
  stats.waitingSeats += seats;
  try {
    return await entered;
  } finally {
    stats.waiting--;
    stats.waitingSeats -= seats;
    stats.observer.waited(clock.monotonic() - startMs);
  }
}

interface Execution {
  readonly seats: number;
  readonly run: () => Promise<ApiResponse>;
  readonly clock: Clock;
}

async function execute(held: Seats, { stats }: Classified, { seats, run, clock }: Execution): Promise<ApiResponse> {
  const startMs = clock.monotonic();
  stats.dispatched++;
  stats.executing++;
  stats.executingSeats += seats;
  try {
    return await run();
  } finally {
    held.leave();
    stats.executing--;
    stats.executingSeats -= seats;
    stats.observer.executed(clock.monotonic() - startMs);
  }
}

/** In plain text and no Status. Upstream: …#tooManyRequests */
function sendAway({ level, stats }: Classified, why: Refusal, nowMs: number): ApiResponse {
  stats.reject(why);
  level.retryAfter.note(nowMs);
  const headers = { "retry-after": String(level.retryAfter.seconds) };
  return respondText(429, "Too many requests, please try again later.\n", headers);
}

/** Tells whoever asks over the network which flow schema and priority level his request came by, whatever became of it. */
export const showPlace: Filter = async (call, next) => {
  const response = await next(call);
  if (!call.placedBy) return response;
  const headers = {
    ...response.headers,
    "x-kubernetes-pf-flowschema-uid": call.placedBy.schemaUid,
    "x-kubernetes-pf-prioritylevel-uid": call.placedBy.levelUid,
  };
  return { ...response, headers };
};
