import { readFileSync, writeFileSync } from "node:fs";
import { toYaml, yamlToJsonValue } from "@dingi/apimachinery";
import { CommandError, throwAll } from "../command-error.ts";
import type { Named } from "../config/kubeconfig.ts";
import { isJson, textAt, type Json } from "../json.ts";
import { printerFor } from "../printers/output.ts";
import { TabWriter } from "../printers/tab-writer.ts";
import type { Session } from "../session.ts";
import { flag, isSet, type Flags } from "../flags.ts";
import type { AddCommand } from "./command.ts";

export const addConfig: AddCommand = (program, run) => {
  const config = program.command("config").description("Modify kubeconfig files");
  config
    .command("view")
    .description("Display merged kubeconfig settings")
    .option("--raw", "show certificates and secrets")
    .option("--minify", "only what the current context uses")
    .option("--flatten", "accepted for compatibility")
    .option("-o, --output <format>", "output format", "yaml")
    .action(run(view));
  config.command("current-context").description("Display the current-context").action(run(currentContext));
  config
    .command("get-contexts")
    .description("Describe one or many contexts")
    .argument("[name...]")
    .option("-o, --output <format>", '"name" for names only')
    .option("--no-headers", "print no headers")
    .action(run(getContexts));
  config
    .command("use-context")
    .alias("use")
    .description("Set the current-context in a kubeconfig file")
    .argument("[name]")
    .action(run(useContext));
};

async function view(session: Session, _args: readonly string[], flags: Flags): Promise<void> {
  const { clusters, users, contexts, currentContext } = session.kubeconfig;
  const current = session.flags.context ?? currentContext;
  const used = contexts.find(({ name }) => name === current);
  const keep = (field: string) => (entry: Named) =>
    !isSet(flags, "minify") || entry.name === (field === "context" ? current : textAt(used?.value, field));
  const entries = (list: readonly Named[], field: string) =>
    list
      .filter(keep(field))
      .map(({ name, value }) => ({ name, [field]: isSet(flags, "raw") ? value : redacted(value) }));
  const shown: Json = {
    apiVersion: "v1",
    clusters: entries(clusters, "cluster"),
    contexts: entries(contexts, "context"),
    "current-context": current,
    kind: "Config",
    users: entries(users, "user"),
  };
  await session.print((printerFor(flag(flags, "output")) ?? toYaml)(shown));
}

/** Upstream: client-go/tools/clientcmd/api/helpers.go#RedactSecrets */
function redacted(value: Json): Json {
  const secret = (key: string) =>
    key === "token" || key === "password"
      ? "REDACTED"
      : key === "certificate-authority-data" || key === "client-certificate-data" || key === "client-key-data"
        ? "DATA+OMITTED"
        : undefined;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, secret(key) ?? inner]));
}

async function currentContext(session: Session): Promise<void> {
  const { currentContext: name } = session.kubeconfig;
  if (name === "") throw new CommandError("current-context is not set");
  await session.print(`${name}\n`);
}

async function getContexts(session: Session, names: readonly string[], flags: Flags): Promise<void> {
  const { contexts, currentContext: current } = session.kubeconfig;
  const shown = contexts
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const missing = names.filter((name) => !contexts.some((context) => context.name === name));
  const notFound = missing.map((name) => new CommandError(`context ${name} not found`));
  if (flag(flags, "output") === "name") {
    await session.print(shown.map(({ name }) => `${name}\n`).join(""));
    return throwAll(notFound);
  }
  const rows = shown.map(({ name, value }) => [
    name === current ? "*" : "",
    name,
    textAt(value, "cluster"),
    textAt(value, "user"),
    textAt(value, "namespace"),
  ]);
  const headers = ["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"];
  await session.print(new TabWriter().format([...(flags["headers"] === false ? [] : [headers]), ...rows]));
  throwAll(notFound);
}

async function useContext(session: Session, [name = ""]: readonly string[]): Promise<void> {
  const { contexts, path } = session.kubeconfig;
  if (!contexts.some((context) => context.name === name))
    throw new CommandError(`no context exists with the name: "${name}"`);
  const { value } = yamlToJsonValue(readFileSync(path, "utf8"));
  if (!isJson(value)) throw new CommandError(`error loading config file "${path}": it is not a mapping`);
  writeFileSync(path, toYaml({ ...value, "current-context": name }), { mode: 0o600 });
  await session.print(`Switched to context "${name}".\n`);
}
