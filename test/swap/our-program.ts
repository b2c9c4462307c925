/**
 * One of our components alone, as a process, with somebody else's API server: `node our-program.ts scheduler|controller-manager
 * SERVER PKI-DIRECTORY`. Ends by a signal.
 */
import { readFileSync } from "node:fs";
import { Informers, type Client } from "@dingi/client";
import { controllers } from "@dingi/controller-manager";
import { runManager } from "@dingi/controller-runtime";
import { defaultPlugins, Scheduler } from "@dingi/scheduler";
import { createLogger, systemClock, systemRandom } from "@dingi/base";
import { Credentials } from "../upstream/cluster/credentials.ts";
import { clientsOf } from "./client.ts";

const [program, server = "", directory = ""] = process.argv.slice(2);
const credentials = new Credentials(directory);
const clients = clientsOf(credentials, server);
const logger = createLogger({
  clock: systemClock,
  component: program ?? "",
  level: "info",
  write: (line) => void process.stdout.write(line),
});
const common = { clock: systemClock, random: systemRandom, logger };
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());

if (program === "scheduler") await scheduler();
else if (program === "controller-manager") await controllerManager();
else throw new Error(`"${program}" is neither scheduler nor controller-manager`);

async function scheduler(): Promise<void> {
  const client = await clients.as("system:kube-scheduler", [], "kube-scheduler");
  await using informers = new Informers({ ...common, client });
  await new Scheduler({ ...common, client, informers, plugins: defaultPlugins({ ...common, client, informers }) }).run(
    stop.signal,
  );
}

async function controllerManager(): Promise<void> {
  const file = (name: string) => readFileSync(credentials.path(name), "utf8");
  const rootCa = file("ca.crt");
  const all = controllers({
    clock: systemClock,
    ca: { certificatePem: rootCa, keyPem: file("ca.key") },
    rootCa,
    serviceAccountKey: file("sa.key"),
    nodeLifecycle: { monitorPeriodMs: 5_000, monitorGraceMs: 50_000 },
  });
  const groups = ["system:serviceaccounts", "system:serviceaccounts:kube-system"];
  const accounts = new Map<string, Client>();
  for (const { serviceAccount } of all) {
    if (serviceAccount === undefined) continue;
    accounts.set(
      serviceAccount,
      await clients.as(`system:serviceaccount:kube-system:${serviceAccount}`, groups, "kube-controller-manager"),
    );
  }
  await runManager(
    {
      ...common,
      client: await clients.as("system:kube-controller-manager", [], "kube-controller-manager"),
      clientFor: (name) => accounts.get(name)!,
      controllers: all,
    },
    stop.signal,
  );
}
