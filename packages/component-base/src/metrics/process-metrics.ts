import { readdirSync, readFileSync } from "node:fs";
import type { Clock } from "@dingi/base";
import type { MetricsRegistry } from "./metrics-registry.ts";

const MICROSECONDS = 1e6;

/** The names that every Prometheus client uses for its own process, and the heap. */
export function addProcessMetrics(registry: MetricsRegistry, clock: Clock): void {
  const startSeconds = clock.now() / 1000 - process.uptime();
  const add = (name: string, help: string, read: () => number | undefined) =>
    registry.gauge({
      name,
      help,
      collect: (gauge) => {
        const value = read();
        if (value !== undefined) gauge.set(value);
      },
    });
  addCpuTime(registry);
  add("process_start_time_seconds", "When the process started, in seconds since 1970", () => startSeconds);
  add("process_resident_memory_bytes", "Resident memory in bytes", () => process.memoryUsage.rss());
  add("process_virtual_memory_bytes", "Virtual memory in bytes", () => procStatusBytes("VmSize"));
  add("process_open_fds", "Open file descriptors", openDescriptors);
  add("process_max_fds", "File descriptors that may be open", maxDescriptors);
  add("nodejs_heap_size_used_bytes", "Bytes of the JavaScript heap in use", () => process.memoryUsage().heapUsed);
  add(
    "nodejs_external_memory_bytes",
    "Bytes held by JavaScript outside its heap",
    () => process.memoryUsage().external,
  );
}

function addCpuTime(registry: MetricsRegistry): void {
  let told = 0;
  const counter = registry.counter({
    name: "process_cpu_seconds_total",
    help: "CPU time used, user and system, in seconds",
  });
  const collect = counter.get.bind(counter);
  // A counter has no way to be set: what was used since the last scrape is added.
  counter.get = () => {
    const { user, system } = process.cpuUsage();
    const used = (user + system) / MICROSECONDS;
    counter.inc(Math.max(0, used - told));
    told = used;
    return collect();
  };
}

/** Only Linux tells; undefined elsewhere. */
function fromProc<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function procStatusBytes(field: string): number | undefined {
  const status = fromProc(() => readFileSync("/proc/self/status", "utf8"));
  const kilobytes = status && new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  return kilobytes ? Number(kilobytes) * 1024 : undefined;
}

function openDescriptors(): number | undefined {
  return fromProc(() => readdirSync("/proc/self/fd").length);
}

function maxDescriptors(): number | undefined {
  const limits = fromProc(() => readFileSync("/proc/self/limits", "utf8"));
  const soft = limits && /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft ? Number(soft) : undefined;
}
