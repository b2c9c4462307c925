import { CommandError, UsageError } from "../command-error.ts";
import { CLIENT_VERSION } from "../client-version.ts";
import { apiVersionOf } from "../discovery/discovery.ts";
import { printJson } from "../printers/output.ts";
import { TabWriter } from "../printers/tab-writer.ts";
import { inKeyOrder, toYaml } from "@dingi/apimachinery";
import { listAt, textAt, type Json } from "../json.ts";
import { withKinds } from "../resource/list-items.ts";
import type { Session } from "../session.ts";
import { flag, isSet, type Flags } from "../flags.ts";
import type { AddCommand } from "./command.ts";

export const addServer: AddCommand = (program, run) => {
  program
    .command("version")
    .description("Print the client and server version information")
    .option("--client", "only the client's version")
    .option("-o, --output <format>", "yaml or json")
    .action(run(version));
  program
    .command("api-resources")
    .description("Print the supported API resources on the server")
    .option("--namespaced", "only namespaced ones")
    .option("--no-namespaced", "only those without a namespace")
    .option("--api-group <group>", "only of a group")
    .option("--verbs <verbs>", "only those with all of these verbs")
    .option("--no-headers", "print no headers")
    .option("-o, --output <format>", "wide or name")
    .action(run(apiResources));
  program
    .command("api-versions")
    .description("Print the supported API versions on the server")
    .action(run(apiVersions));
  program.command("cluster-info").description("Display cluster information").action(run(clusterInfo));
};

async function version(session: Session, args: readonly string[], flags: Flags): Promise<void> {
  if (args.length > 0) throw new CommandError(`extra arguments: [${args.join(" ")}]`);
  const client = {
    gitVersion: CLIENT_VERSION,
    major: "1",
    minor: "37",
    platform: `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
  };
  const server = isSet(flags, "client")
    ? undefined
    : await session.call<Json>("/version", { query: { timeout: "32s" } });
  const all = { clientVersion: client, ...(server ? { serverVersion: server } : {}) };
  const output = flag(flags, "output");
  if (output === "json") return await session.print(printJson(all));
  if (output === "yaml") return await session.print(toYaml(inKeyOrder(all)));
  await session.print(
    `Client Version: ${CLIENT_VERSION}\n${server ? `Server Version: ${textAt(server, "gitVersion")}\n` : ""}`,
  );
}

async function apiResources(session: Session, args: readonly string[], flags: Flags): Promise<void> {
  if (args.length > 0)
    throw new UsageError(
      `unexpected arguments: [${args.join(" ")}]`,
      "See 'kubectl api-resources -h' for help and examples",
    );
  const { resources } = await session.discovery();
  const verbs = flag(flags, "verbs")?.split(",") ?? [];
  const shown = resources
    .filter(({ preferred }) => preferred)
    .filter((resource) => flag(flags, "apiGroup") === undefined || resource.group === flag(flags, "apiGroup"))
    .filter((resource) => verbs.every((verb) => resource.verbs.includes(verb)))
    .filter((resource) => flags["namespaced"] === undefined || resource.namespaced === flags["namespaced"])
    .toSorted((a, b) => (a.group === b.group ? (a.plural < b.plural ? -1 : 1) : a.group < b.group ? -1 : 1));
  const output = flag(flags, "output");
  if (output === "name")
    return await session.print(shown.map(({ plural, group }) => `${plural}${group && `.${group}`}\n`).join(""));
  const wide = output === "wide";
  const headers = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND", ...(wide ? ["VERBS", "CATEGORIES"] : [])];
  const rows = shown.map((resource) => [
    resource.plural,
    resource.shortNames.join(","),
    apiVersionOf(resource),
    String(resource.namespaced),
    resource.kind,
    ...(wide ? [resource.verbs.join(","), resource.categories.join(",")] : []),
  ]);
  await session.print(new TabWriter().format([...(flags["headers"] === false ? [] : [headers]), ...rows]));
}

async function apiVersions(session: Session): Promise<void> {
  const versions = [...(await session.discovery()).apiVersions].sort();
  await session.print(`${versions.join("\n")}\n`);
}

async function clusterInfo(session: Session): Promise<void> {
  const { server } = session.connection;
  await session.print(`Kubernetes control plane is running at ${server}\n`);
  const services = (await session.discovery()).find("services");
  const list = await session.on<Json>(
    services,
    { namespace: "kube-system" },
    { query: { labelSelector: "kubernetes.io/cluster-service=true" } },
  );
  for (const service of withKinds(list)) {
    const { name, namespace, labels } = service.metadata;
    const [port] = listAt(service, "spec", "ports");
    const segment = textAt(port, "name") === "" ? name : `${name}:${textAt(port, "name")}`;
    await session.print(
      `${labels?.["kubernetes.io/name"] ?? name} is running at ${server}/api/v1/namespaces/${namespace}/services/${segment}/proxy\n`,
    );
  }
  await session.print("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
}
