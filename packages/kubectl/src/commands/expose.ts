import { withLastApplied } from "../apply/last-applied.ts";
import { CommandError } from "../command-error.ts";
import { isJson, listAt, mapAt, numberAt, at, type AnyObject, type Json } from "../json.ts";
import { readManifests, type Manifest } from "../resource/manifests.ts";
import { nothingGiven } from "../resource/select.ts";
import { parseOne } from "../resource/targets.ts";
import type { Session } from "../session.ts";
import { collect, flag, flagList, isSet, type Flags } from "../flags.ts";
import type { AddCommand } from "./command.ts";
import { dryRunOf, dryRunQuery, reportObject } from "./report-object.ts";

/** Upstream: kubectl/pkg/polymorphichelpers/canbeexposed.go */
const EXPOSABLE = new Set(["Service", "Pod", "ReplicationController", "Deployment", "ReplicaSet"]);

export const addExpose: AddCommand = (program, run) => {
  program
    .command("expose")
    .description("Take a replica set, service, deployment or pod and expose it as a new service")
    .argument("[target...]")
    .option("-f, --filename <file>", "a file that names the resource", collect)
    .option("-R, --recursive", "process directories recursively")
    .option("--save-config", "keep the configuration in an annotation, for later apply")
    .option("--field-manager <name>", "the name of the manager of the fields", "kubectl-expose")
    .option("--port <port>", "the port that the service serves on")
    .option("--target-port <port>", "name or number of the container's port")
    .option("--protocol <protocol>", "TCP, UDP or SCTP")
    .option("--type <type>", "ClusterIP, NodePort, LoadBalancer, or ExternalName")
    .option("--name <name>", "the name of the new service")
    .option("--selector <labels>", "the labels that the service selects")
    .option("-l, --labels <labels>", "the labels of the new service")
    .option("--external-ip <address>", "an additional address")
    .option("--cluster-ip <address>", 'the cluster address; "None" for a headless service')
    .option("--session-affinity <kind>", "None or ClientIP")
    .option("--dry-run [strategy]", "none, server, or client")
    .option("-o, --output <format>", "output format")
    .action(run(expose));
};

async function expose(session: Session, args: readonly string[], flags: Flags): Promise<void> {
  const object = await exposed(session, args, flags);
  if (!EXPOSABLE.has(object.kind)) throw new CommandError(`cannot expose a ${object.kind}`);
  const made = serviceOf(object, flags);
  const service = isSet(flags, "saveConfig") ? withLastApplied(made, { bare: true }) : made;
  const services = (await session.discovery()).find("services");
  const dryRun = dryRunOf(flags);
  const created =
    dryRun === "client"
      ? service
      : await session.on(
          services,
          { namespace: session.namespace },
          {
            method: "POST",
            body: service,
            query: { ...dryRunQuery(dryRun), fieldManager: flag(flags, "fieldManager") },
          },
        );
  await reportObject(session, { resource: services, object: created, verb: "exposed", dryRun }, flags);
}

/** Of a file, what it says counts. */
async function exposed(session: Session, args: readonly string[], flags: Flags): Promise<AnyObject> {
  const [manifest] = await manifestsOf(session, flags);
  if (manifest) return manifest.object;
  if (args.length === 0) throw nothingGiven();
  const { resource, name } = parseOne(await session.discovery(), args);
  return await session.get(resource, { namespace: session.namespace, name });
}

async function manifestsOf(session: Session, flags: Flags): Promise<Manifest[]> {
  const files = flagList(flags, "filename");
  if (files.length === 0) return [];
  const manifests = await readManifests(files, { io: session.io, recursive: isSet(flags, "recursive") });
  const discovery = await session.discovery();
  for (const manifest of manifests) discovery.ofManifest(manifest);
  if (manifests.length > 1) throw new CommandError("expected exactly one resource, as TYPE/NAME");
  return manifests;
}

function serviceOf(object: AnyObject, flags: Flags): AnyObject {
  const selector = flag(flags, "selector") === undefined ? selectorOf(object) : parseLabels(flag(flags, "selector")!);
  const ports = portsOf(object, flags);
  const optional: Json = {};
  for (const [name, field] of [
    ["type", "type"],
    ["clusterIp", "clusterIP"],
    ["sessionAffinity", "sessionAffinity"],
  ] as const)
    if (flag(flags, name)) optional[field] = flag(flags, name);
  if (flag(flags, "externalIp")) optional["externalIPs"] = [flag(flags, "externalIp")];
  const labels = flag(flags, "labels") === undefined ? object.metadata.labels : parseLabels(flag(flags, "labels")!);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: flag(flags, "name") ?? object.metadata.name, ...(labels ? { labels } : {}) },
    spec: { ...optional, selector, ports },
    status: { loadBalancer: {} },
  };
}

function selectorOf(object: AnyObject): Record<string, string> {
  const selector = at(object, "spec", "selector");
  const labels =
    object.kind === "Pod"
      ? (object.metadata.labels ?? {})
      : isJson(selector) && isJson(selector["matchLabels"])
        ? mapAt(selector, "matchLabels")
        : mapAt(object, "spec", "selector");
  if (Object.keys(labels).length === 0)
    throw new CommandError(
      `couldn't retrieve selectors via --selector flag or introspection: the ${object.kind.toLowerCase()} has no labels and cannot be exposed`,
    );
  return labels;
}

function portsOf(object: AnyObject, flags: Flags): Json[] {
  const spec = object.kind === "Pod" ? object["spec"] : at(object, "spec", "template", "spec");
  const found = listAt(spec, "containers")
    .flatMap((container) => listAt(container, "ports"))
    .map((port) => numberAt(port, "containerPort"));
  const asked = flag(flags, "port")?.split(",").map(Number) ?? found;
  if (asked.length === 0) throw new CommandError("couldn't find port via --port flag or introspection");
  const target = flag(flags, "targetPort");
  const protocol = flag(flags, "protocol") ?? "TCP";
  return asked.map((port, i) => ({
    ...(asked.length > 1 ? { name: `port-${i + 1}` } : {}),
    port,
    protocol,
    targetPort: target === undefined ? port : /^\d+$/.test(target) ? Number(target) : target,
  }));
}

export function parseLabels(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const split = pair.indexOf("=");
      if (split < 1) throw new CommandError(`unexpected label spec: ${pair}`);
      return [pair.slice(0, split), pair.slice(split + 1)];
    }),
  );
}
