import { CommandError } from "../command-error.ts";
import type { Resource } from "../discovery/discovery.ts";
import { flag, isSet, type Flags } from "../flags.ts";
import { at, listAt, textAt, type Json } from "../json.ts";
import { printerFor } from "../printers/output.ts";
import { TabWriter } from "../printers/tab-writer.ts";
import type { Session } from "../session.ts";
import type { AddCommand } from "./command.ts";

const RESOURCE_VERBS = new Set(
  "get list watch create update patch delete deletecollection use bind impersonate * approve sign escalate attest".split(
    " ",
  ),
);
const URL_VERBS = new Set("get put post head options delete patch *".split(" "));
/** Things that rules name, and that no server serves. */
const UNSERVED = new Set(["users", "groups"]);

export const addAuth: AddCommand = (program, run) => {
  const auth = program.command("auth").description("Inspect authorization");
  auth
    .command("can-i")
    .description("Check whether an action is allowed")
    .argument("[words...]", "VERB [TYPE | TYPE/NAME | URL]")
    .option("-A, --all-namespaces", "in all namespaces")
    .option("--list", "print all that is allowed")
    .option("--no-headers", "print no headers")
    .option("-q, --quiet", "only the exit code answers")
    .option("--subresource <name>", "the subresource")
    .action(run(canI));
  auth
    .command("whoami")
    .description("Check self subject attributes")
    .option("-o, --output <format>", "output format")
    .action(run(whoAmI));
};

/** Upstream: kubectl/pkg/cmd/auth/cani.go */
async function canI(session: Session, words: readonly string[], flags: Flags): Promise<void> {
  if (isSet(flags, "list")) return await listRules(session, words, flags);
  const [verb, target, ...more] = words;
  if (verb === undefined || target === undefined || more.length > 0)
    throw new CommandError(
      "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
    );
  const spec = target.startsWith("/")
    ? await urlSpec(session, { verb, path: target }, flags)
    : await resourceSpec(session, { verb, target }, flags);
  const review = await post(session, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec,
  });
  const allowed = at(review, "status", "allowed") === true;
  const reasons = ["reason", "evaluationError"].map((field) => textAt(review, "status", field));
  const why = reasons.filter((reason) => reason !== "").map((reason) => ` - ${reason}`);
  if (!isSet(flags, "quiet")) await session.print(allowed ? "yes\n" : `no${why.join("")}\n`);
  // The answer is in the exit code; there is nothing to say beside it.
  if (!allowed) throw new CommandError("", { prefixed: false });
}

async function urlSpec(session: Session, { verb, path }: { verb: string; path: string }, flags: Flags): Promise<Json> {
  if (flag(flags, "subresource") !== undefined)
    throw new CommandError("--subresource can not be used with NonResourceURL");
  if (!URL_VERBS.has(verb)) await session.warn(`Warning: verb '${verb}' is not a known verb\n\n`);
  return { nonResourceAttributes: { verb, path } };
}

async function resourceSpec(
  session: Session,
  { verb, target }: { verb: string; target: string },
  flags: Flags,
): Promise<Json> {
  const split = target.indexOf("/");
  const type = split < 0 ? target : target.slice(0, split);
  const resource = type === "*" ? undefined : (await session.discovery()).lookUp(type);
  const everywhere = isSet(flags, "allNamespaces");
  if (!resource && type !== "*" && !UNSERVED.has(type)) await session.warn(notServed(type));
  if (resource && !everywhere && !resource.namespaced) await session.warn(notNamespaced(resource));
  if (!RESOURCE_VERBS.has(verb)) await session.warn(`Warning: verb '${verb}' is not a known verb\n\n`);
  return {
    resourceAttributes: {
      ...(everywhere ? {} : { namespace: session.namespace }),
      verb,
      resource: resource?.plural ?? type,
      ...(resource?.group ? { group: resource.group } : {}),
      ...(flag(flags, "subresource") ? { subresource: flag(flags, "subresource") } : {}),
      ...(split < 0 ? {} : { name: target.slice(split + 1) }),
    },
  };
}

function notServed(type: string): string {
  const [name = "", ...group] = type.toLowerCase().split(".");
  const where = group.length === 0 ? "" : ` in group '${group.join(".")}'`;
  return `Warning: the server doesn't have a resource type '${name}'${where}\n\n`;
}

function notNamespaced({ plural, group }: Resource): string {
  return `Warning: resource '${plural}' is not namespace scoped${group === "" ? "" : ` in group '${group}'`}\n\n`;
}

async function listRules(session: Session, words: readonly string[], flags: Flags): Promise<void> {
  if (words.length > 0) throw new CommandError("list option must be specified with no arguments");
  if (isSet(flags, "quiet") || isSet(flags, "allNamespaces") || flag(flags, "subresource"))
    throw new CommandError("list option can't be specified with neither quiet, all-namespaces nor subresource options");
  const { status } = (await post(session, "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectRulesReview",
    spec: { namespace: session.namespace },
  })) as { status: unknown };
  if (at(status, "incomplete") === true)
    await session.warn(`Warning: the list may be incomplete: ${textAt(status, "evaluationError")}\n`);
  const rules = [...listAt(status, "resourceRules"), ...listAt(status, "nonResourceRules")];
  const headers = ["Resources", "Non-Resource URLs", "Resource Names", "Verbs"];
  const rows = compactRules(rules.flatMap(breakDown)).map(({ resource, group, names, urls, verbs }) => [
    group === "" ? resource : `${resource}.${group}`,
    bracketed(urls),
    bracketed(names),
    bracketed(verbs),
  ]);
  await session.print(new TabWriter().format([...(flags["headers"] === false ? [] : [headers]), ...rows]));
}

/** What is allowed on one resource, or on URLs. */
interface Rule {
  readonly resource: string;
  readonly group: string;
  readonly names: readonly string[];
  readonly urls: readonly string[];
  readonly verbs: readonly string[];
}

/** One rule for each name, resource and group. Upstream: component-helpers/auth/rbac/validation/policy_comparator.go#BreakdownRule */
function breakDown(rule: Json): Rule[] {
  const verbs = strings(rule["verbs"]);
  const urls = strings(rule["nonResourceURLs"]);
  if (urls.length > 0) return urls.map((url) => ({ resource: "", group: "", names: [], urls: [url], verbs }));
  const names = strings(rule["resourceNames"]);
  return strings(rule["apiGroups"]).flatMap((group) =>
    strings(rule["resources"]).flatMap((resource) =>
      (names.length === 0 ? [[]] : names.map((name) => [name])).map((each) => ({
        resource,
        group,
        names: each,
        urls: [],
        verbs,
      })),
    ),
  );
}

/** Rules for the same resource become one; in the order of upstream's texts of rules. Upstream: kubectl/pkg/util/rbac/rbac.go */
function compactRules(rules: readonly Rule[]): Rule[] {
  const simple = new Map<string, Rule>();
  const others: Rule[] = [];
  for (const rule of rules) {
    if (rule.urls.length > 0) others.push(rule);
    else {
      const key = `${rule.group}/${rule.resource}/${rule.names.join()}`;
      const verbs = [...new Set([...(simple.get(key)?.verbs ?? []), ...rule.verbs])];
      simple.set(key, { ...rule, verbs });
    }
  }
  const text = ({ resource, group, names, urls, verbs }: Rule) =>
    `Verbs:${bracketed(verbs)},APIGroups:${urls.length > 0 ? "[]" : `[${group}]`},Resources:[${resource}],ResourceNames:${bracketed(names)},NonResourceURLs:${bracketed(urls)}`;
  return [...simple.values(), ...others].sort((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function bracketed(value: unknown): string {
  return `[${strings(value).join(" ")}]`;
}

async function whoAmI(session: Session, _words: readonly string[], flags: Flags): Promise<void> {
  const review = await post(session, "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "SelfSubjectReview",
  });
  const printer = printerFor(flag(flags, "output"));
  if (printer) return await session.print(printer(review));
  const info = at(review, "status", "userInfo");
  const extra = at(info, "extra");
  const rows = [
    ["ATTRIBUTE", "VALUE"],
    ...(textAt(info, "username") ? [["Username", textAt(info, "username")]] : []),
    ...(textAt(info, "uid") ? [["UID", textAt(info, "uid")]] : []),
    ...(strings(at(info, "groups")).length > 0 ? [["Groups", bracketed(at(info, "groups"))]] : []),
    ...Object.entries((extra ?? {}) as Json)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [`Extra: ${key}`, bracketed(value)]),
  ];
  await session.print(new TabWriter().format(rows));
}

async function post(session: Session, path: string, body: Json): Promise<Json> {
  return await session.call<Json>(path, { method: "POST", body });
}
