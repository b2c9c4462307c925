/**
 * What requests of at most 3 MB that are made to hurt cost an API server in this process: processor time, memory, and the
 * length of the answer. The aim is 100 ms and 32 MB beyond the body for each.
 *
 *   node --expose-gc test/bench/hostile-bench.ts [--only=REGEXP] [--over-ms=100]
 */
import { parseArgs } from "node:util";
import {
  HOSTILE_KINDS,
  hostileWrites,
  sendWorst,
  type HostileShape,
} from "../../packages/apiserver/src/testing/hostile-shapes.ts";
import { hostileQueries, hostileTexts } from "../../packages/apiserver/src/testing/hostile-texts.ts";
import { startTestServer, type RawRequest, type TestServer } from "../../packages/apiserver/src/testing/test-server.ts";

const { values } = parseArgs({ options: { only: { type: "string" }, "over-ms": { type: "string" } } });
const only = new RegExp(values.only ?? ".");
const overMs = Number(values["over-ms"] ?? 100);

async function prepare(server: TestServer): Promise<void> {
  const accounts = HOSTILE_KINDS["ServiceAccount"]!;
  await server.send({ method: "POST", url: accounts.url, body: { ...accounts.base, metadata: { name: "default" } } });
  for (const { url, base } of Object.values(HOSTILE_KINDS))
    await server.send({ method: "POST", url, body: { ...base, metadata: { name: "target" } } });
}

function* shapes(): Generator<HostileShape> {
  yield* hostileTexts();
  yield* hostileQueries();
  yield* hostileWrites();
}

const server = await startTestServer();
await prepare(server);
console.log("   CPU ms  heap MB  answer bytes  status  request");
let measured = 0;
let over = 0;
for (const shape of shapes()) {
  if (!only.test(shape.name)) continue;
  const { cpuMs, heapMb, status, length } = await sendWorst(shape, measure);
  measured++;
  if (cpuMs < overMs) continue;
  over++;
  const columns = [cpuMs.toFixed(0).padStart(9), heapMb.toFixed(0).padStart(8), String(length).padStart(13)];
  console.log(`${columns.join(" ")}  ${String(status).padStart(6)}  ${shape.name}`);
}
console.log(`${over} of ${measured} requests cost ${overMs} ms or more`);
await server[Symbol.asyncDispose]();

async function measure(request: RawRequest) {
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed;
  const start = process.threadCpuUsage();
  const { status, text } = await server.send(request);
  const { user, system } = process.threadCpuUsage(start);
  const heapMb = (process.memoryUsage().heapUsed - heap) / 1e6;
  return { status, length: text.length, cpuMs: (user + system) / 1000, heapMb };
}
