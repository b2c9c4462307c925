import { CommandError } from "../command-error.ts";
import { listAt, textAt, type AnyObject } from "../json.ts";
import type { Session } from "../session.ts";

const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

/** The container to work on: the one asked for, the annotated one, or the first. Upstream: kubectl/pkg/cmd/util/podcmd/podcmd.go */
export async function chooseContainer(
  session: Session,
  pod: AnyObject,
  { asked, quiet = false }: { asked?: string | undefined; quiet?: boolean },
): Promise<string> {
  const names = listAt(pod, "spec", "containers").map((container) => textAt(container, "name"));
  const all = allContainerNames(pod);
  if (names.length === 0)
    throw new CommandError(`pod ${pod.metadata.namespace}/${pod.metadata.name} does not have any containers`);
  const wanted = asked || (pod.metadata.annotations?.[DEFAULT_CONTAINER] ?? "");
  if (wanted !== "") {
    if (!all.some((name) => name.split(" ")[0] === wanted))
      throw new CommandError(`container ${wanted} is not valid for pod ${pod.metadata.name} out of: ${all.join(", ")}`);
    return wanted;
  }
  if (all.length > 1 && !quiet) await session.warn(`Defaulted container "${names[0]}" out of: ${all.join(", ")}\n`);
  return names[0]!;
}

/** With what they are, if not plain containers. */
function allContainerNames(pod: AnyObject): string[] {
  const names = (field: string, suffix = "") =>
    listAt(pod, "spec", field).map((container) => `${textAt(container, "name")}${suffix}`);
  return [...names("containers"), ...names("ephemeralContainers", " (ephem)"), ...names("initContainers", " (init)")];
}
