import type { Host } from "../host/host.ts";
import { TERMINATION_POLICY_ANNOTATION } from "../runtime/labels.ts";
import { containerName, type PodRuntime } from "../runtime/pod-runtime.ts";
import { terminationMessageFile } from "../container/container-config.ts";
import { logText } from "../server/log-line.ts";

const MAX_BYTES = 4096;
const MAX_LOG_BYTES = 2048;
const MAX_LOG_LINES = 80;

/** What exited containers left as their last words, by container id. Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go#getTerminationMessage */
export async function readTerminationMessages(
  host: Host,
  runtime: PodRuntime,
  podDirectory: string,
): Promise<ReadonlyMap<string, string>> {
  const messages = new Map<string, string>();
  for (const status of runtime.containers) {
    if (status.state !== "CONTAINER_EXITED") continue;
    const file = terminationMessageFile(podDirectory, containerName(status), status.metadata.attempt);
    const written = await host.readTail(file, MAX_BYTES);
    if (written) messages.set(status.id, written);
    else if (status.annotations[TERMINATION_POLICY_ANNOTATION] === "FallbackToLogsOnError" && status.exitCode !== 0) {
      const tail = await host.readTail(status.logPath, 4 * MAX_LOG_BYTES);
      if (tail)
        messages.set(
          status.id,
          logText(tail)
            .split("\n")
            .slice(-MAX_LOG_LINES - 1)
            .join("\n")
            .slice(-MAX_LOG_BYTES),
        );
    }
  }
  return messages;
}
