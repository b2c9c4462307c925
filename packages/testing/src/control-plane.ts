import { silentLogger, type Clock, type Random } from "@dingi/base";
import { Informers, type Client } from "@dingi/client";
import type { KeyPair } from "@dingi/component-base";
import { controllers, localVolumeProvisioner } from "@dingi/controller-manager";
import { runManager } from "@dingi/controller-runtime";
import { defaultPlugins, Scheduler } from "@dingi/scheduler";

export interface ControlPlaneParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly ca: KeyPair;
  readonly serviceAccountKey: string;
}

type ClientOf = (user: { readonly name: string; readonly groups?: readonly string[] }, userAgent: string) => Client;

/** Those that are off by default, too. */
const CONTROLLERS = "*,bootstrap-signer-controller,token-cleaner-controller";
const ACCOUNTS = ["system:serviceaccounts", "system:serviceaccounts:kube-system"];

/** All controllers of the controller manager, each under its own name. */
export async function runControllers(parts: ControlPlaneParts, clientOf: ClientOf, signal: AbortSignal): Promise<void> {
  const { clock, random, ca, serviceAccountKey } = parts;
  const rootCa = ca.certificatePem;
  const nodeLifecycle = { monitorPeriodMs: 5000, monitorGraceMs: 50_000 };
  const accountOf = (name: string) => ({ name: `system:serviceaccount:kube-system:${name}`, groups: ACCOUNTS });
  const client = clientOf({ name: "system:kube-controller-manager" }, "kube-controller-manager");
  const clientFor = (name: string) => clientOf(accountOf(name), "kube-controller-manager");
  const own = controllers({ clock, ca, rootCa, serviceAccountKey, nodeLifecycle, controllers: CONTROLLERS });
  const definitions = [...own, localVolumeProvisioner];
  await runManager({ client, clientFor, clock, random, logger: silentLogger, controllers: definitions }, signal);
}

export async function runScheduler(parts: ControlPlaneParts, clientOf: ClientOf, signal: AbortSignal): Promise<void> {
  const { clock, random } = parts;
  const client = clientOf({ name: "system:kube-scheduler" }, "kube-scheduler");
  const common = { client, clock, random, logger: silentLogger };
  await using informers = new Informers(common);
  await new Scheduler({ ...common, informers, plugins: defaultPlugins({ ...common, informers }) }).run(signal);
}
