import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { FakeClock } from "@dingi/base";
import { versionInfo } from "../version/version.ts";
import { openMetricsRegistry } from "./open-metrics-registry.ts";

suite("metrics registry", () => {
  test("what was measured is shown in Prometheus' text format", async () => {
    const registry = await openMetricsRegistry();
    const requests = registry.counter({ name: "requests_total", help: "Requests", labels: ["verb", "code"] });
    requests.inc({ verb: "GET", code: "200" }, 2);
    registry.gauge({ name: "objects", help: "Objects", collect: (gauge) => gauge.set(7) });
    registry.histogram({ name: "seconds", help: "Seconds", buckets: [0.1, 1] }).observe(0.5);
    const { contentType, body } = await registry.scrape();
    assert.match(contentType, /^text\/plain; version=0\.0\.4/);
    assert.match(body, /^# TYPE requests_total counter\nrequests_total\{verb="GET",code="200"\} 2$/m);
    assert.match(body, /^objects 7$/m);
    assert.match(body, /^seconds_bucket\{le="0\.1"\} 0\nseconds_bucket\{le="1"\} 1\nseconds_bucket\{le="\+Inf"\} 1$/m);
  });

  test("a process shows its version, CPU time, memory and files", async () => {
    const registry = await openMetricsRegistry({ clock: new FakeClock(), version: versionInfo() });
    const first = (await registry.scrape()).body;
    assert.match(first, /^kubernetes_build_info\{major="1",minor="37",git_version="v1\.37\.1\+dingi/m);
    for (const name of ["process_resident_memory_bytes", "process_start_time_seconds", "nodejs_heap_size_used_bytes"]) {
      assert.match(first, new RegExp(`^${name} [1-9]`, "m"));
    }
    if (process.platform === "linux") assert.match(first, /^process_open_fds [1-9]\d*$/m);
    const cpu = (body: string) => Number(/^process_cpu_seconds_total (.+)$/m.exec(body)?.[1]);
    const second = (await registry.scrape()).body;
    assert.ok(cpu(first) > 0 && cpu(second) >= cpu(first) && cpu(second) < cpu(first) * 2);
  });
});
