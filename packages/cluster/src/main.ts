import { Command, Option } from "commander";
import { describeError } from "@dingi/base";
import { DEFAULT_NAME } from "./commands/context.ts";
import type { UpOptions } from "./commands/up.ts";
import { findOwnModulesFast } from "./own-modules.ts";

// Commands import what they need when they run.
findOwnModulesFast();

const cli = new Command("dingi")
  .description("Kubernetes, whole, in TypeScript")
  .enablePositionalOptions()
  .showHelpAfterError();
const named = (command: Command) => command.option("--name <name>", "the cluster's name", DEFAULT_NAME);
/** May be given several times. */
const collect = (value: string, all: readonly string[] = []) => [...all, value];

named(cli.command("up").description("make a cluster, or start it again"))
  .option("--nodes <n>", "how many nodes a new cluster has; 0 for a control plane alone")
  .option("--runtime <runtime>", "containerd or simulated")
  .option("--store <store>", "sqlite, memory or etcd")
  .option("--etcd-servers <urls>", "of --store etcd: where it is, such as https://10.0.0.1:2379; several with commas")
  .option("--etcd-prefix <path>", "what the cluster's keys in etcd begin with: /registry unless told otherwise")
  .option("--etcd-cafile <file>", "the authority of etcd's certificates")
  .option("--etcd-certfile <file>", "the client certificate for etcd")
  .option("--etcd-keyfile <file>", "its key")
  .option("-f, --file <file>", "apply this file, and wait until it answers")
  .option(
    "--flag <name=value>",
    "a flag of one of upstream's components, such as node-monitor-grace-period=40s",
    collect,
  )
  .option("--registry-mirror <registry=url>", "pull a registry's images from elsewhere; * is every registry", collect)
  .option("--accept-data-loss", "go on with what is left of a store that has lost writes or is damaged")
  .option("--disable <part>", "leave out scheduler, controller-manager, kubelet, proxy or dns", collect)
  .action(async (options: UpOptions) => await (await import("./commands/up.ts")).up(options));
named(cli.command("stop").description("end pods and processes; the state stays")).action(
  async ({ name }: { name: string }) => await (await import("./commands/lifecycle.ts")).stop(name),
);
named(cli.command("delete").description("leave nothing of a cluster")).action(
  async ({ name }: { name: string }) => await (await import("./commands/lifecycle.ts")).deleteCluster(name),
);
cli
  .command("list")
  .description("all clusters")
  .action(async () => await (await import("./commands/lifecycle.ts")).list());
named(cli.command("status").description("whether it serves, processes, memory, nodes, certificates"))
  .addOption(new Option("-o, --output <format>", "for programs").choices(["json"]))
  .action(
    async ({ name, output }: { name: string; output?: string }) =>
      await (await import("./commands/status.ts")).status(name, output),
  );
named(cli.command("kubeconfig").description("the path of the cluster's kubeconfig")).action(
  async ({ name }: { name: string }) => {
    const { openCluster } = await import("./commands/context.ts");
    process.stdout.write(`${(await openCluster(name)).paths.kubeconfig}\n`);
  },
);
named(cli.command("kubectl").description("the Kubernetes command line"))
  .passThroughOptions()
  .allowUnknownOption()
  .helpOption(false)
  .argument("[args...]")
  .action(async (args: string[], { name }: { name: string }) => {
    process.exitCode = await (await import("./commands/kubectl.ts")).kubectlOf(name, args);
  });
named(cli.command("logs").description("what a component logged: supervisor, control-plane, or a node's name"))
  .argument("[component]")
  .option("-f, --follow", "go on")
  .action(
    async (component: string | undefined, options: { name: string; follow?: boolean }) =>
      await (await import("./commands/logs.ts")).logs(component, options),
  );
cli
  .command("version")
  .description("of dingi, Kubernetes and Node")
  .action(async () => (await import("./commands/version.ts")).version());
const node = cli.command("node").description("nodes of a cluster");
named(node.command("list").description("the nodes' names")).action(
  async ({ name }: { name: string }) => await (await import("./commands/nodes.ts")).listNodes(name),
);
named(node.command("add").description("a further node, once it is ready")).action(
  async ({ name }: { name: string }) => await (await import("./commands/nodes.ts")).addNode(name),
);
named(node.command("remove").description("end a node and what runs on it").argument("<node>")).action(
  async (target: string, { name }: { name: string }) =>
    await (await import("./commands/nodes.ts")).removeNode(name, target),
);
const image = cli.command("image").description("images in the nodes");
named(image.command("load").description("an archive of images, into every node").argument("<file>")).action(
  async (file: string, { name }: { name: string }) =>
    await (await import("./commands/images.ts")).loadImage(name, file),
);
named(image.command("list").description("all images, and where they are")).action(
  async ({ name }: { name: string }) => await (await import("./commands/images.ts")).showImages(name),
);
const encryption = cli.command("encryption").description("of Secrets and ConfigMaps, where they are stored");
named(encryption.command("rotate").description("make a new key, and seal everything with it")).action(
  async ({ name }: { name: string }) => await (await import("./commands/encryption.ts")).rotateEncryptionKey(name),
);
const certs = cli.command("certs").description("certificates of a cluster, and the authorities that sign them");
named(certs.command("list").description("until when they hold, and who signed them")).action(
  async ({ name }: { name: string }) => await (await import("./commands/certificates.ts")).listCertificates(name),
);
named(certs.command("renew").description("issue all of them anew, while the cluster runs")).action(
  async ({ name }: { name: string }) => await (await import("./commands/certificates.ts")).renewCertificates(name),
);
named(
  certs.command("rotate-ca").description("the next step to other authorities, of three; says what comes then"),
).action(
  async ({ name }: { name: string }) => await (await import("./commands/certificates.ts")).rotateAuthorities(name),
);
const internal = cli.command("internal", { hidden: true });
named(internal.command("control-plane")).action(
  async ({ name }: { name: string }) => await (await import("./internal/control-plane.ts")).controlPlane(name),
);
named(internal.command("supervisor")).action(
  async ({ name }: { name: string }) => await (await import("./internal/supervisor.ts")).supervisor(name),
);
internal.command("agent").action(async () => await (await import("./internal/agent.ts")).agent());

// Who reads only the beginning, as in `dingi status | head`, ends nothing by it.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  await cli.parseAsync();
} catch (error) {
  process.stderr.write(`dingi: ${describeError(error)}\n`);
  process.exitCode = (error as { exitCode?: number }).exitCode ?? 1;
}
