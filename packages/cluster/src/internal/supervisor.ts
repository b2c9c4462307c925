import { aborted } from "@dingi/base";
import { join } from "node:path";
import { LogFile } from "@dingi/component-base";
import { program } from "../commands/program.ts";
import { clusterPaths } from "../config/paths.ts";
import { serveControl } from "../supervisor/control-socket.ts";
import { recordSupervisor } from "../supervisor/end-supervisor.ts";
import { prepareDirectories, Supervisor } from "../supervisor/supervisor.ts";
import { endOnFailure, loggerTo, untilTerminated } from "./process.ts";

/** What pods get when the machine shuts down. */
const GRACE_SECONDS = 10;

export async function supervisor(name: string): Promise<void> {
  const paths = clusterPaths(name);
  await prepareDirectories(paths);
  using file = new LogFile({ path: join(paths.log, "supervisor.log") });
  const logger = loggerTo(file.write, "supervisor");
  endOnFailure(logger);
  const own = new Supervisor({ paths, logger, program: program() });
  const signal = untilTerminated();
  const stopped = Promise.withResolvers<void>();
  await recordSupervisor(paths.supervisor);
  const server = await serveControl(paths.socket, own, stopped.resolve);
  const ended = Promise.race([stopped.promise, aborted(signal).then(() => own.stop(GRACE_SECONDS))]);
  // A start that hangs does not keep it from ending.
  await Promise.race([own.start(), ended]);
  await ended;
  server.close();
  process.exit(0);
}
