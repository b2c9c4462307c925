import { connectContainerd, type ContainerRuntime } from "@dingi/cri";
import { describeError, type Clock, type Logger } from "@dingi/base";
import type { Machine } from "../machine/machine.ts";
import { isAlive } from "../machine/process-identity.ts";

/** Upstream: pkg/kubelet/kuberuntime/labels.go#podTerminationGracePeriodLabel */
const GRACE_ANNOTATION = "io.kubernetes.pod.terminationGracePeriod";
const DEFAULT_GRACE_SECONDS = 30;
/** What the runtime may need beside the grace. */
const SLACK_MS = 5_000;

interface EndContainersOptions {
  /** A pod's own grace counts when it is shorter. */
  readonly maxGraceSeconds: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Asks the containers of all nodes to end, and kills those that do not in time. What fails is left to the node's end. */
export async function endContainers(machine: Machine, options: EndContainersOptions): Promise<void> {
  const { clock, logger } = options;
  const nodes = Object.entries(machine.state.nodes);
  await Promise.all(
    nodes.map(async ([node, { init, containerd }]) => {
      if (!(await isAlive(init)) || !(await isAlive(containerd))) return;
      try {
        await using cri = connectContainerd({ socket: machine.containerdSocket(node), clock });
        await endAll(cri, options);
      } catch (error) {
        logger.warn("Containers were not ended in order", { node, error: describeError(error) });
      }
    }),
  );
}

/** The same for what one runtime has. */
export async function endAll(
  { runtime }: Pick<ContainerRuntime, "runtime">,
  { maxGraceSeconds, clock }: Pick<EndContainersOptions, "maxGraceSeconds" | "clock">,
): Promise<void> {
  const late = new AbortController();
  const done = new AbortController();
  const limitMs = maxGraceSeconds * 1000 + SLACK_MS;
  const limit = clock.sleep(limitMs, done.signal).then(
    () => late.abort(new Error(`Containers did not end within ${limitMs / 1000} s`)),
    () => {},
  );
  try {
    const running = await runtime.listContainers({ state: "CONTAINER_RUNNING" }, { signal: late.signal });
    const stopping = running.map(({ id, annotations }) =>
      runtime.stopContainer(id, graceOf(annotations, maxGraceSeconds), { signal: late.signal }),
    );
    const failed = (await Promise.allSettled(stopping)).find(({ status }) => status === "rejected");
    if (failed) throw (failed as PromiseRejectedResult).reason;
  } finally {
    done.abort();
    await limit;
  }
}

function graceOf(annotations: Readonly<Record<string, string>>, maxSeconds: number): number {
  const own = Number(annotations[GRACE_ANNOTATION] ?? DEFAULT_GRACE_SECONDS);
  return Number.isFinite(own) && own >= 0 ? Math.min(own, maxSeconds) : maxSeconds;
}
