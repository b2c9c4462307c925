import type { ContainerRuntime } from "@dingi/cri";
import type { Host } from "../host/host.ts";
import { isRunning, readPodRuntime } from "../runtime/pod-runtime.ts";
import type { VolumeManager } from "../volume/volume-manager.ts";

interface OrphanOptions {
  readonly cri: ContainerRuntime;
  readonly host: Host;
  readonly volumes: VolumeManager;
  readonly cgroupRoot: string;
  readonly signal: AbortSignal;
}

const GRACE_SECONDS = 2;

/** Ends pods that the runtime has and the API server does not. */
export async function removeOrphans(
  orphans: readonly { uid: string; name: string; namespace: string }[],
  options: OrphanOptions,
): Promise<void> {
  const { cri, host, volumes, cgroupRoot, signal } = options;
  for (const orphan of orphans) {
    const runtime = await readPodRuntime(cri, orphan, signal);
    await Promise.all(
      runtime.containers.filter(isRunning).map(({ id }) => cri.runtime.stopContainer(id, GRACE_SECONDS, { signal })),
    );
    for (const { id } of runtime.sandboxes) await cri.runtime.stopPodSandbox(id, { signal });
    for (const { id } of runtime.containers) await cri.runtime.removeContainer(id, { signal });
    for (const { id } of runtime.sandboxes) await cri.runtime.removePodSandbox(id, { signal });
    await volumes.tearDown(orphan.uid);
    await host.removeTree(`/var/log/pods/${orphan.namespace}_${orphan.name}_${orphan.uid}`);
    for (const qos of ["", "/burstable", "/besteffort"])
      await host.removeCgroup(`${cgroupRoot}/kubepods${qos}/pod${orphan.uid}`);
  }
}
