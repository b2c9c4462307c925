import { CommandError, UsageError } from "../command-error.ts";
import { flag, type Flags } from "../flags.ts";
import { textAt } from "../json.ts";
import { forwardedPorts } from "../resource/forwarded-ports.ts";
import { getObject, podOf } from "../resource/pods-of.ts";
import { watchUntil } from "../resource/watch-until.ts";
import type { Session } from "../session.ts";
import { listenAddresses, PortForwarder } from "../stream/port-forward.ts";
import type { AddCommand } from "./command.ts";

export const addPortForward: AddCommand = (program, run) => {
  program
    .command("port-forward")
    .description("Forward one or more local ports to a pod")
    .argument("[target]", "POD or TYPE/NAME")
    .argument("[ports...]", "[LOCAL:]REMOTE")
    .option("--address <addresses>", "addresses to listen on", "localhost")
    .option("--pod-running-timeout <duration>", "how long to wait for a pod that runs", "1m0s")
    .action(run(portForward));
};

/** Forwards until it is interrupted, or until the Pod is gone. */
async function portForward(session: Session, [target, ...specs]: readonly string[], flags: Flags): Promise<void> {
  if (target === undefined || specs.length === 0)
    throw new UsageError(
      "TYPE/NAME and list of ports are required for port-forward",
      "See 'kubectl port-forward -h' for help and examples",
    );
  const object = await getObject(session, target);
  const pod = await podOf(session, object, flag(flags, "podRunningTimeout"));
  const ports = forwardedPorts(specs, object, pod);
  const phase = textAt(pod, "status", "phase");
  if (phase !== "Running")
    throw new CommandError(`unable to forward port because pod is not running. Current status=${phase}`);
  const addresses = listenAddresses((flag(flags, "address") ?? "localhost").split(","));
  const { namespace = session.namespace, name, uid } = pod.metadata;
  using forwarder = new PortForwarder(session, { namespace, name });
  await forwarder.listen(ports, addresses);
  const resource = (await session.discovery()).find("pods");
  await watchUntil(
    session,
    { resource, name, namespace },
    { check: (now) => (now?.metadata.uid === uid ? undefined : true) },
  );
  throw new CommandError("lost connection to pod");
}
