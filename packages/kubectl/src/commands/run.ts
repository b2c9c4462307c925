import { CommandError } from "../command-error.ts";
import type { AnyObject } from "../json.ts";
import type { Session } from "../session.ts";
import { collect, flag, flagList, isSet, type Flags } from "../flags.ts";
import type { AddCommand } from "./command.ts";
import { createObject } from "./create.ts";
import { parseLabels } from "./expose.ts";

export const addRun: AddCommand = (program, run) => {
  program
    .command("run")
    .description("Create and run a particular image in a pod")
    .argument("[name]")
    .argument("[args...]")
    .option("--image <image>", "the image that the container runs")
    .option("--port <port>", "the port that the container exposes")
    .option("--env <name=value>", "an environment variable", collect)
    .option("-l, --labels <labels>", "labels of the pod")
    .option("--restart <policy>", "Always, OnFailure or Never", "Always")
    .option("--command", "the arguments are the command instead of its arguments")
    .option("--image-pull-policy <policy>", "Always, IfNotPresent or Never")
    .option("--annotations <pair>", "annotations of the pod", collect)
    .option("--dry-run [strategy]", "none, server, or client")
    .option("-o, --output <format>", "output format")
    .action(run(runPod));
};

async function runPod(session: Session, [name = "", ...args]: readonly string[], flags: Flags): Promise<void> {
  const image = flag(flags, "image");
  if (image === undefined) throw new CommandError('required flag(s) "image" not set');
  const port = flag(flags, "port");
  const policy = flag(flags, "imagePullPolicy");
  const annotations = flagList(flags, "annotations");
  const env = flagList(flags, "env").map((pair) => ({
    name: pair.slice(0, pair.indexOf("=")),
    value: pair.slice(pair.indexOf("=") + 1),
  }));
  const container = {
    name,
    image,
    resources: {},
    ...(args.length > 0 ? { [isSet(flags, "command") ? "command" : "args"]: args } : {}),
    ...(env.length > 0 ? { env } : {}),
    ...(port === undefined ? {} : { ports: [{ containerPort: Number(port) }] }),
    ...(policy === undefined ? {} : { imagePullPolicy: policy }),
  };
  const labels = flag(flags, "labels") === undefined ? { run: name } : parseLabels(flag(flags, "labels")!);
  const metadata = {
    name,
    labels,
    ...(annotations.length > 0 ? { annotations: parseLabels(annotations.join(",")) } : {}),
  };
  const pod: AnyObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: { containers: [container], restartPolicy: flag(flags, "restart"), dnsPolicy: "ClusterFirst" },
    status: {},
  };
  await createObject(session, pod, { ...flags, fieldManager: "kubectl-run" }, true);
}
