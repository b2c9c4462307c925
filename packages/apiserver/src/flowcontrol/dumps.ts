import type { Call } from "../request/call.ts";
import { respondText } from "../negotiation/respond.ts";
import type { NonResourceHandler, NonResourceRouter } from "../routing/non-resource-router.ts";
import type { FlowController, Level } from "./flow-controller.ts";

const PATH = "/debug/api_priority_and_fairness/";
const LEVELS = [
  "PriorityLevelName",
  "ActiveQueues",
  "IsIdle",
  "IsQuiescing",
  "WaitingRequests",
  "ExecutingRequests",
  "DispatchedRequests",
  "RejectedRequests",
  "TimedoutRequests",
  "CancelledRequests",
];
const QUEUES = [
  "PriorityLevelName",
  "Index",
  "PendingRequests",
  "ExecutingRequests",
  "SeatsInUse",
  "NextDispatchR",
  "InitialSeatsSum",
  "MaxSeatsSum",
  "TotalWorkSum",
];
const REQUESTS = [
  "PriorityLevelName",
  "FlowSchemaName",
  "QueueIndex",
  "RequestIndexInQueue",
  "FlowDistingsher",
  "ArriveTime",
  "InitialSeats",
  "FinalSeats",
  "AdditionalLatency",
  "StartTime",
];
const DETAILS = ["UserName", "Verb", "APIPath", "Namespace", "Name", "APIVersion", "Resource", "SubResource"];

type Row = readonly (string | number | boolean)[];

/** What waits and what is answered at this moment, for people. Upstream: apiserver/pkg/util/flowcontrol/apf_controller_debug.go */
export function mountDumps(router: NonResourceRouter, controller: FlowController): void {
  const levels = () => [...controller.levels.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  router.addUnlisted(
    `${PATH}dump_priority_levels`,
    table(() => [LEVELS, ...levels().map(levelRow)]),
  );
  router.addUnlisted(
    `${PATH}dump_queues`,
    table(() => [QUEUES, ...levels().flatMap(queueRows)]),
  );
  router.addUnlisted(
    `${PATH}dump_requests`,
    table((query) => {
      const detailed = (query.get("includeRequestDetails") ?? "") !== "";
      const head = detailed ? [...REQUESTS, ...DETAILS] : REQUESTS;
      return [head, ...levels().flatMap((level) => requestRows(level, detailed))];
    }),
  );
}

function table(rows: (query: URLSearchParams) => readonly Row[]): NonResourceHandler {
  return {
    handle({ request }) {
      const all = rows(request.query);
      const widths = all[0]!.map((_, i) => Math.max(8, ...all.map((row) => `${row[i] ?? ""},`.length + 1)));
      const line = (row: Row) =>
        row.map((cell, i) => (i === row.length - 1 ? `${cell}` : `${cell},`.padEnd(widths[i]!))).join("");
      return respondText(200, all.map((row) => `${line(row)}\n`).join(""));
    },
  };
}

function levelRow({ name, queues, isQuiescing }: Level): Row {
  const { waiting, executing, dispatched, rejected, timedOut, cancelled } = queues.counts;
  const active = [...queues.queues].filter((queue) => queue.waiting.size > 0).length;
  return [name, active, queues.isIdle, isQuiescing, waiting, executing, dispatched, rejected, timedOut, cancelled];
}

const queueRows = ({ name, queues }: Level): Row[] =>
  [...queues.queues].map(({ index, waiting, executing, seatsInUse, seatsWaiting, nextStart }) => [
    name,
    index,
    waiting.size,
    executing,
    seatsInUse,
    `${(nextStart / 1000).toFixed(8)}ss`,
    seatsWaiting,
    seatsWaiting,
    `${((seatsWaiting * 3) / 1000).toFixed(8)}ss`,
  ]);

function requestRows({ name, queues }: Level, detailed: boolean): Row[] {
  return [...queues.requests()].map(({ request, queueIndex, place, arrivedMs, startedMs }) => {
    const time = (ms: number | undefined) => (ms === undefined ? "0001-01-01T00:00:00Z" : new Date(ms).toISOString());
    const { schema, distinguisher, seats, about } = request;
    const row = [name, schema, queueIndex, place, distinguisher, time(arrivedMs), seats, 0, "0s", time(startedMs)];
    return detailed ? [...row, ...details(about as Call)] : row;
  });
}

function details({ info, user }: Call): Row {
  if (!info.isResource) return [user.name, info.verb, info.path, "", "", "", "", ""];
  const { verb, path, namespace, name, apiVersion, resource, subresource } = info;
  return [user.name, verb, path, namespace, name, apiVersion, resource, subresource];
}
