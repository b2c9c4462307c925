import { parseImageReference } from "@dingi/api";
import { parseDuration } from "@dingi/apimachinery";
import { CommandError } from "../command-error.ts";
import { collect, flag, flagList, isSet, undashed, type Flags } from "../flags.ts";
import { at, textAt, type AnyObject, type Json } from "../json.ts";
import { watchUntil, withDeadline } from "../resource/watch-until.ts";
import type { Session } from "../session.ts";
import { attachTo } from "./attach.ts";
import type { AddCommand } from "./command.ts";
import { createObject } from "./create.ts";
import { parseLabels } from "./expose.ts";
import { copyLog } from "./logs.ts";
import { dryRunOf } from "./report-object.ts";

const RESTART_POLICIES = ["Always", "Never", "OnFailure"];
const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];
/** What a node calls an image that it has; it is a reference, too. */
const IMAGE_ID = /^[a-f0-9]{64}$/;
const TIMED_OUT = "timed out waiting for the condition";

export const addRun: AddCommand = (program, run) => {
  program
    .command("run")
    .description("Create and run a particular image in a pod")
    .argument("[name]")
    .argument("[args...]")
    .option("--image <image>", "the image that the container runs")
    .option("--port <port>", "the port that the container exposes")
    .option("--expose", "make a service for the port")
    .option("--env <name=value>", "an environment variable", collect)
    .option("-l, --labels <labels>", "labels of the pod")
    .option("--restart <policy>", "Always, OnFailure or Never")
    .option("--command", "the arguments are the command instead of its arguments")
    .option("-i, --stdin", "keep stdin open, and attach to the container")
    .option("-t, --tty", "give the container a TTY")
    .option("--attach", "wait for the pod, and attach to it")
    .option("--no-attach", "do not attach")
    .option("--leave-stdin-open", "stdin stays open after the first attach")
    .option("--rm", "delete the pod when it has ended")
    .option("-q, --quiet", "only print what the container says")
    .option("--privileged", "run the container in privileged mode")
    .option("--pod-running-timeout <duration>", "how long to wait for the pod to run", "1m0s")
    .option("--image-pull-policy <policy>", "Always, IfNotPresent or Never")
    .option("--annotations <pair>", "annotations of the pod", collect)
    .option("--save-config", "keep the configuration in an annotation, for later apply")
    .option("--field-manager <name>", "the name of the manager of the fields", "kubectl-run")
    .option("--dry-run [strategy]", "none, server, or client")
    .option("-o, --output <format>", "output format")
    .action(run(runPod));
};

/** Upstream: kubectl/pkg/cmd/run/run.go */
async function runPod(session: Session, words: readonly string[], flags: Flags): Promise<void> {
  const attaches = flags["attach"] ?? isSet(flags, "stdin");
  check(words, flags, attaches === true);
  const [name = "", ...args] = words;
  const pod = podOf(name, args, flags);
  const create = async (object: AnyObject) => await createRun(session, { object, quiet: attaches === true }, flags);
  const created = await create(pod);
  if (isSet(flags, "expose")) await create(serviceOf(pod, flags));
  if (attaches !== true) return;
  try {
    await attachAndWait(session, created, flags);
  } finally {
    if (isSet(flags, "rm")) await remove(session, created, flags);
  }
}

async function createRun(
  session: Session,
  { object, quiet }: { object: AnyObject; quiet: boolean },
  flags: Flags,
): Promise<AnyObject> {
  const resource = (await session.discovery()).byKind(object.apiVersion, object.kind);
  return await createObject(session, { resource, object, isMade: true, quiet, validates: false }, flags);
}

function checkImage(image: string): void {
  if (image === "") throw new CommandError("--image is required");
  if (!parseImageReference(image) && !IMAGE_ID.test(image))
    throw new CommandError(`invalid image name ${JSON.stringify(image)}: invalid reference format`);
}

function check(words: readonly string[], flags: Flags, attaches: boolean): void {
  const image = flag(flags, "image");
  if (image === undefined) throw new CommandError('required flag(s) "image" not set');
  const restart = flag(flags, "restart");
  if (restart !== undefined && !RESTART_POLICIES.includes(restart))
    throw new CommandError(`invalid restart policy: ${restart}, valid values are: Always, OnFailure, Never`);
  const pull = flag(flags, "imagePullPolicy");
  if (pull !== undefined && pull !== "" && !PULL_POLICIES.includes(pull))
    throw new CommandError(`invalid image pull policy: ${pull}, valid values are: ${PULL_POLICIES.join(", ")}`);
  if (undashed(words, flags).length === 0) throw new CommandError("NAME is required for run");
  checkImage(image);
  if (isSet(flags, "tty") && !isSet(flags, "stdin"))
    throw new CommandError("-i/--stdin is required for containers with -t/--tty=true");
  const port = flag(flags, "port");
  if (isSet(flags, "expose") && port === undefined)
    throw new CommandError("--port must be set when exposing a service");
  if (port !== undefined && !/^\d+$/.test(port)) throw new CommandError("--port must be a number");
  if (isSet(flags, "rm") && !attaches) throw new CommandError("--rm should only be used for attached containers");
  if (attaches && dryRunOf(flags) !== "none")
    throw new CommandError(
      "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
    );
}

function podOf(name: string, args: readonly string[], flags: Flags): AnyObject {
  const annotations = flagList(flags, "annotations");
  const metadata = {
    name,
    labels: flag(flags, "labels") === undefined ? { run: name } : parseLabels(flag(flags, "labels")!),
    ...(annotations.length > 0 ? { annotations: parseLabels(annotations.join(",")) } : {}),
  };
  const restartPolicy = flag(flags, "restart") ?? (isSet(flags, "stdin") ? "OnFailure" : "Always");
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: { containers: [containerOf(name, args, flags)], restartPolicy, dnsPolicy: "ClusterFirst" },
    status: {},
  };
}

function containerOf(name: string, args: readonly string[], flags: Flags): Json {
  const port = flag(flags, "port");
  const env = flagList(flags, "env").map((pair) => {
    const split = pair.indexOf("=");
    if (split < 1) throw new CommandError(`invalid env: ${pair}`);
    return { name: pair.slice(0, split), value: pair.slice(split + 1) };
  });
  const stdin = isSet(flags, "stdin");
  return {
    name,
    image: flag(flags, "image"),
    resources: {},
    ...(args.length > 0 ? { [isSet(flags, "command") ? "command" : "args"]: args } : {}),
    ...(env.length > 0 ? { env } : {}),
    ...(port === undefined ? {} : { ports: [{ containerPort: Number(port) }] }),
    ...(flag(flags, "imagePullPolicy") ? { imagePullPolicy: flag(flags, "imagePullPolicy") } : {}),
    ...(stdin ? { stdin, ...(isSet(flags, "leaveStdinOpen") ? {} : { stdinOnce: true }) } : {}),
    ...(isSet(flags, "tty") ? { tty: true } : {}),
    ...(isSet(flags, "privileged") ? { securityContext: { privileged: true } } : {}),
  };
}

function serviceOf(pod: AnyObject, flags: Flags): AnyObject {
  const port = Number(flag(flags, "port"));
  const asked = flag(flags, "labels") === undefined ? {} : { labels: pod.metadata.labels ?? {} };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: pod.metadata.name, ...asked },
    spec: { ports: [{ port, protocol: "TCP", targetPort: port }], selector: pod.metadata.labels },
    status: { loadBalancer: {} },
  };
}

/** Joins the container once it runs, and ends with its exit code when the pod is not restarted. */
async function attachAndWait(session: Session, created: AnyObject, flags: Flags): Promise<void> {
  const pod = await untilPod(session, created, flags, (now) => isOver(now) || isRunningAndReady(now));
  if (isOver(pod)) await printLog(session, pod, flags);
  else await joinOrLog(session, pod, flags);
  const policy = textAt(pod, "spec", "restartPolicy");
  if (isSet(flags, "leaveStdinOpen") || policy === "Always") return;
  const wanted = policy === "OnFailure" ? ["Succeeded"] : ["Succeeded", "Failed"];
  const ended = await untilPod(session, created, flags, (now) => wanted.includes(textAt(now, "status", "phase")));
  const { namespace, name } = ended.metadata;
  if (textAt(ended, "status", "phase") === "Succeeded") return;
  const state = at(ended, "status", "containerStatuses", 0, "state", "terminated");
  const code = Number(textAt(state, "exitCode") || 0);
  if (code === 0) throw new CommandError(`pod ${namespace}/${name} failed with unknown exit code`);
  throw new CommandError(
    `pod ${namespace}/${name} terminated (${textAt(state, "reason")})\n${textAt(state, "message")}`.trimEnd(),
    { exitCode: code, prefixed: false },
  );
}

async function joinOrLog(session: Session, pod: AnyObject, flags: Flags): Promise<void> {
  try {
    await attachTo(session, pod, flags);
  } catch (error) {
    if (error instanceof CommandError && !error.prefixed) throw error;
    await session.warn(
      `warning: couldn't attach to pod/${pod.metadata.name}, falling back to streaming logs: ${(error as Error).message}\n`,
    );
    await printLog(session, pod, flags);
  }
}

async function printLog(session: Session, pod: AnyObject, flags: Flags): Promise<void> {
  const { quiet: _quiet, ...rest } = flags;
  await copyLog(session, { pod, container: pod.metadata.name }, rest);
}

async function untilPod(
  session: Session,
  { metadata }: AnyObject,
  flags: Flags,
  isReached: (pod: AnyObject) => boolean,
): Promise<AnyObject> {
  const resource = (await session.discovery()).find("pods");
  const located = { resource, name: metadata.name, namespace: metadata.namespace ?? session.namespace };
  const ms = parseDuration(flag(flags, "podRunningTimeout") ?? "1m");
  const check = (pod: AnyObject | undefined) => (pod && isReached(pod) ? pod : undefined);
  return await withDeadline(
    session,
    { ms, message: TIMED_OUT },
    async (signal) => await watchUntil(session, located, { check, ...(signal ? { signal } : {}) }),
  );
}

function isOver(pod: AnyObject): boolean {
  return ["Succeeded", "Failed"].includes(textAt(pod, "status", "phase"));
}

function isRunningAndReady(pod: AnyObject): boolean {
  const conditions = at(pod, "status", "conditions");
  return (
    textAt(pod, "status", "phase") === "Running" &&
    Array.isArray(conditions) &&
    conditions.some((condition) => textAt(condition, "type") === "Ready" && textAt(condition, "status") === "True")
  );
}

async function remove(session: Session, pod: AnyObject, flags: Flags): Promise<void> {
  const resource = (await session.discovery()).find("pods");
  const { name, namespace } = pod.metadata;
  const body = { propagationPolicy: "Background" };
  await session.on(resource, { namespace, name }, { method: "DELETE", body });
  if (!isSet(flags, "quiet")) await session.print(`pod "${name}" deleted from ${namespace} namespace\n`);
}
