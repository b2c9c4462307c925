import { controllers, localVolumeProvisioner } from "@dingi/controller-manager";
import { runManager, type ControllerDefinition, type ManagerOptions } from "@dingi/controller-runtime";
import { systemClock, systemRandom } from "@dingi/base";
import { durationFlag, integerFlag } from "../config/flags.ts";
import { clusterDnsController } from "./base-services.ts";
import { whileLeading } from "./leadership.ts";
import type { ClientFactory, ControlPlaneOptions } from "./control-plane-options.ts";

export async function runControllers(
  options: ControlPlaneOptions,
  clientOf: ClientFactory,
  signal: AbortSignal,
): Promise<void> {
  const { config, logger } = options;
  const own = logger.with({ component: "controller-manager" });
  const account = (name: string) => ({
    name: `system:serviceaccount:kube-system:${name}`,
    groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system"],
  });
  const client = clientOf({ name: "system:kube-controller-manager" }, "kube-controller-manager");
  const manager: ManagerOptions = {
    client,
    clientFor: (name) => clientOf(account(name), "kube-controller-manager"),
    clock: systemClock,
    random: systemRandom,
    logger: own,
    controllers: [
      ...(config.runtime === "containerd" ? [clusterDnsController] : []),
      localVolumeProvisioner,
      ...(config.disabled?.includes("controller-manager") ? [] : standardControllers(options)),
    ],
  };
  await whileLeading(
    { config, client, logger: own, component: "kube-controller-manager" },
    (leading) => runManager(manager, leading),
    signal,
  );
}

function standardControllers({ config, pki }: ControlPlaneOptions): readonly ControllerDefinition[] {
  return controllers({
    clock: systemClock,
    ca: pki.ca,
    rootCa: pki.ca.trusted,
    serviceAccountKey: pki.serviceAccount.privatePem,
    nodeLifecycle: {
      monitorPeriodMs: durationFlag(config.flags, "node-monitor-period", 5_000),
      monitorGraceMs: durationFlag(config.flags, "node-monitor-grace-period", 50_000),
    },
    ...(config.flags["controllers"] === undefined ? {} : { controllers: config.flags["controllers"] }),
    terminatedPods: { threshold: integerFlag(config.flags, "terminated-pod-gc-threshold", 12_500) },
  });
}
