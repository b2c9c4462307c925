import { silentLogger, type Clock, type Random } from "@dingi/base";
import { Informers, type Client } from "@dingi/client";
import type { KeyPair } from "@dingi/component-base";
import { controllers, localVolumeProvisioner } from "@dingi/controller-manager";
import { runManager, type ControllerDefinition } from "@dingi/controller-runtime";
import { defaultPlugins, Scheduler } from "@dingi/scheduler";

export interface ControlPlaneParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly ca: KeyPair;
  readonly serviceAccountKey: string;
  /** All when absent. */
  readonly chosen?: readonly MakeController[] | undefined;
}

/** Called anew whenever the controllers start, for what one remembers ends with its process. */
export type MakeController = (clock: Clock) => ControllerDefinition;

type ClientOf = (user: { readonly name: string; readonly groups?: readonly string[] }, userAgent: string) => Client;

/** Those that are off by default, too. */
const CONTROLLERS = "*,bootstrap-signer-controller,token-cleaner-controller";
/** Without which no pod comes to a node and runs. */
const NEEDED = "serviceaccount-controller,root-ca-certificate-publisher-controller,node-lifecycle-controller";
const ACCOUNTS = ["system:serviceaccounts", "system:serviceaccounts:kube-system"];

/** The controllers of the controller manager, each under its own name. */
export async function runControllers(parts: ControlPlaneParts, clientOf: ClientOf, signal: AbortSignal): Promise<void> {
  const { clock, random } = parts;
  const accountOf = (name: string) => ({ name: `system:serviceaccount:kube-system:${name}`, groups: ACCOUNTS });
  const client = clientOf({ name: "system:kube-controller-manager" }, "kube-controller-manager");
  const clientFor = (name: string) => clientOf(accountOf(name), "kube-controller-manager");
  const definitions = definitionsOf(parts);
  await runManager({ client, clientFor, clock, random, logger: silentLogger, controllers: definitions }, signal);
}

function definitionsOf({ clock, ca, serviceAccountKey, chosen }: ControlPlaneParts): readonly ControllerDefinition[] {
  const nodeLifecycle = { monitorPeriodMs: 5000, monitorGraceMs: 50_000 };
  const common = { clock, ca, rootCa: ca.certificatePem, serviceAccountKey, nodeLifecycle };
  if (!chosen) return [...controllers({ ...common, controllers: CONTROLLERS }), localVolumeProvisioner];
  const own = chosen.map((make) => make(clock));
  const names = new Set(own.map(({ name }) => name));
  return [...own, ...controllers({ ...common, controllers: NEEDED }).filter(({ name }) => !names.has(name))];
}

export async function runScheduler(parts: ControlPlaneParts, clientOf: ClientOf, signal: AbortSignal): Promise<void> {
  const { clock, random } = parts;
  const client = clientOf({ name: "system:kube-scheduler" }, "kube-scheduler");
  const common = { client, clock, random, logger: silentLogger };
  await using informers = new Informers(common);
  await new Scheduler({ ...common, informers, plugins: defaultPlugins({ ...common, informers }) }).run(signal);
}
