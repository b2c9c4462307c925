import { isNotFound, parseDuration } from "@dingi/apimachinery";
import { CommandError, UsageError } from "../command-error.ts";
import { write } from "../io.ts";
import { listAt, textAt, type AnyObject } from "../json.ts";
import { chooseContainer } from "../resource/containers.ts";
import { bestFirst } from "../resource/pod-order.ts";
import { getObject, podOf, podsBy, podSelectorOf } from "../resource/pods-of.ts";
import type { Session } from "../session.ts";
import { flag, isSet, type Flags } from "../flags.ts";
import type { AddCommand } from "./command.ts";

export const addLogs: AddCommand = (program, run) => {
  program
    .command("logs")
    .description("Print the logs for a container in a pod")
    .argument("[target]", "POD or TYPE/NAME")
    .argument("[container]")
    .option("-f, --follow", "stream the logs")
    .option("-c, --container <name>", "the container")
    .option("-p, --previous", "the container's previous instance")
    .option("-l, --selector <selector>", "pods by label")
    .option("--all-containers", "all containers of the pod")
    .option("--tail <lines>", "lines from the end; -1 for all")
    .option("--timestamps", "put the time before each line")
    .option("--since <duration>", "only newer than a duration")
    .option("--since-time <time>", "only after a time (RFC 3339)")
    .option("--limit-bytes <n>", "at most so many bytes")
    .option("--prefix", "put the pod and container before each line")
    .action(run(logs));
};

async function logs(session: Session, words: readonly string[], flags: Flags): Promise<void> {
  const [target, container] = words;
  const selector = flag(flags, "selector");
  if ((target === undefined && selector === undefined) || words.length > 2)
    throw new UsageError(
      "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
      "See 'kubectl logs -h' for help and examples",
    );
  const since = flag(flags, "since");
  if (since !== undefined) requireDuration(since);
  const pods =
    selector === undefined
      ? [await podToRead(session, target!)]
      : bestFirst(await podsBy(session, session.namespace, selector), "logs");
  if (pods.length === 0) return await session.warn(`No resources found in ${session.namespace} namespace.\n`);
  const asked = container ?? flag(flags, "container");
  const sources: { pod: AnyObject; container: string }[] = [];
  for (const pod of pods)
    for (const name of await containersOf(session, { pod, asked }, flags)) sources.push({ pod, container: name });
  if (isSet(flags, "follow")) await Promise.all(sources.map(async (source) => await copyLog(session, source, flags)));
  else for (const source of sources) await copyLog(session, source, flags);
}

/** Of several Pods one, with a word about it. Upstream: kubectl/pkg/polymorphichelpers/logsforobject.go */
async function podToRead(session: Session, target: string): Promise<AnyObject> {
  const object = await getObject(session, target).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
    throw new CommandError(`error from server (NotFound): ${error.message} in namespace "${session.namespace}"`, {
      cause: error,
    });
  });
  if (object.kind === "Pod") return object;
  const pods = bestFirst(
    await podsBy(session, object.metadata.namespace, podSelectorOf(object, "get the logs from")),
    "logs",
  );
  if (pods.length > 1) await session.warn(`Found ${pods.length} pods, using pod/${pods[0]!.metadata.name}\n`);
  return pods[0] ?? (await podOf(session, object));
}

async function containersOf(
  session: Session,
  { pod, asked }: { pod: AnyObject; asked: string | undefined },
  flags: Flags,
): Promise<string[]> {
  if (!isSet(flags, "allContainers")) return [await chooseContainer(session, pod, { asked })];
  return [...listAt(pod, "spec", "initContainers"), ...listAt(pod, "spec", "containers")].map((each) =>
    textAt(each, "name"),
  );
}

export async function copyLog(
  session: Session,
  { pod, container }: { pod: AnyObject; container: string },
  flags: Flags,
): Promise<void> {
  const { namespace = "", name } = pod.metadata;
  const since = flag(flags, "since");
  if (since !== undefined && flag(flags, "sinceTime") !== undefined)
    throw new CommandError("at most one of `sinceTime` or `sinceSeconds` may be specified");
  const query = {
    container,
    follow: isSet(flags, "follow") || undefined,
    previous: isSet(flags, "previous") || undefined,
    timestamps: isSet(flags, "timestamps") || undefined,
    tailLines: tailLines(flags),
    sinceSeconds: since === undefined ? undefined : Math.ceil(parseDuration(since) / 1000),
    sinceTime: flag(flags, "sinceTime"),
    limitBytes: flag(flags, "limitBytes"),
  };
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/log`;
  await using response = await session.stream(path, { query, accept: "*/*" });
  const prefix = isSet(flags, "prefix") ? `[pod/${name}/${container}] ` : "";
  if (prefix === "") for await (const chunk of response.body) await write(session.io.stdout, chunk);
  else await copyPrefixed(session, response.body, prefix);
}

/** With a selector the last ten lines of each, unless asked otherwise. */
function tailLines(flags: Flags): string | undefined {
  const asked = flag(flags, "tail");
  if (asked === undefined) return flag(flags, "selector") === undefined ? undefined : "10";
  return Number(asked) < 0 ? undefined : asked;
}

async function copyPrefixed(session: Session, body: AsyncIterable<Uint8Array>, prefix: string): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) await session.print(`${prefix}${line}\n`);
  }
  if (rest !== "") await session.print(`${prefix}${rest}\n`);
}

function requireDuration(text: string): void {
  try {
    parseDuration(text);
  } catch (error) {
    throw new UsageError(
      `invalid argument ${JSON.stringify(text)} for "--since" flag: ${(error as Error).message}`,
      "See 'kubectl logs --help' for usage.",
    );
  }
}
