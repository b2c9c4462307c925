/**
 * What requests of at most 3 MB that are made to hurt cost an API server in this process: processor time, the longest stretch
 * of it in which nobody else had a turn, memory, and the length of the answer. No stretch may last 100 ms; the aim is 100 ms
 * and 32 MB beyond the body for each request.
 *
 *   node --expose-gc test/bench/hostile-bench.ts [--only=REGEXP] [--over-ms=100] [--longest-over-ms=0]
 */
import { parseArgs } from "node:util";
import { hostileShapes, makeTargets, sendWorst } from "../../packages/apiserver/src/testing/hostile/index.ts";
import { costOf } from "../../packages/apiserver/src/testing/hostile/event-loop.ts";
import { startTestServer } from "../../packages/apiserver/src/testing/test-server.ts";

const string = { type: "string" } as const;
const { values } = parseArgs({ options: { only: string, "over-ms": string, "longest-over-ms": string } });
const only = new RegExp(values.only ?? ".");
const overMs = Number(values["over-ms"] ?? 100);
const longestOverMs = Number(values["longest-over-ms"] ?? 0);

const server = await startTestServer({ yields: true });
await makeTargets(server);
console.log("   CPU ms  longest ms  heap MB  answer bytes  status  request");
let measured = 0;
let over = 0;
for (const shape of hostileShapes()) {
  if (!only.test(shape.name)) continue;
  const { cpuMs, longestMs, heapMb, status, text } = await sendWorst(shape, (request) => costOf(server, request));
  measured++;
  if (cpuMs < overMs || longestMs < longestOverMs) continue;
  over++;
  const times = [cpuMs.toFixed(0).padStart(9), longestMs.toFixed(0).padStart(11)];
  const sizes = [heapMb.toFixed(0).padStart(8), String(text.length).padStart(13)];
  console.log(`${[...times, ...sizes].join(" ")}  ${String(status).padStart(6)}  ${shape.name}`);
}
console.log(`${over} of ${measured} requests cost ${overMs} ms or more, and ${longestOverMs} ms or more at once`);
await server[Symbol.asyncDispose]();
