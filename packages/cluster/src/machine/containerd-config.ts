import type { MachineFeatures } from "./machine-features.ts";

/** Inside the node's namespaces, where unmodified software looks for it. */
export const CONTAINERD_SOCKET = "/run/containerd/containerd.sock";
const SANDBOX_IMAGE = "localhost/dingi/pause:1";

export interface ContainerdConfigOptions {
  readonly features: MachineFeatures;
  /** The node's folder of hosts.toml files. */
  readonly registries: string;
  /** The node's folder for what images unpack for the runtime. */
  readonly opt: string;
}

type TomlValue = string | number | boolean | readonly string[];
type Tables = Readonly<Record<string, Readonly<Record<string, TomlValue>>>>;

const UNUSED_PLUGINS = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.blockfile",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.erofs",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp",
  "io.containerd.internal.v1.tracing",
  "io.containerd.nri.v1.nri",
];

/** containerd's configuration file: version 3 for containerd 2, which moved CRI's settings, and version 2 for containerd 1. */
export function containerdConfig(options: ContainerdConfigOptions): string {
  const isTwo = options.features.containerdMajor >= 2;
  const root = {
    version: isTwo ? 3 : 2,
    root: "/var/lib/containerd",
    state: "/run/containerd",
    // Otherwise the files of a folder of the machine would count too.
    imports: [],
    // Unset by containerd 1 when left out: shims then inherit the node's score.
    oom_score: 0,
    disabled_plugins: UNUSED_PLUGINS,
  };
  return toToml({ "": root, ...commonTables(options), ...(isTwo ? tablesOfTwo(options) : tablesOfOne(options)) });
}

function commonTables({ opt }: ContainerdConfigOptions): Tables {
  return {
    grpc: { address: CONTAINERD_SOCKET },
    ttrpc: { address: `${CONTAINERD_SOCKET}.ttrpc` },
    debug: { level: "warn" },
    'plugins."io.containerd.internal.v1.opt"': { path: opt },
  };
}

function tablesOfOne(options: ContainerdConfigOptions): Tables {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return {
    [cri]: {
      sandbox_image: SANDBOX_IMAGE,
      ...criSettings(options),
      stream_server_address: "127.0.0.1",
      stream_server_port: "0",
    },
    [`${cri}.cni`]: { bin_dir: "/opt/cni/bin", conf_dir: "/etc/cni/net.d" },
    [`${cri}.registry`]: { config_path: options.registries },
    [`${cri}.containerd`]: {
      snapshotter: options.features.snapshotter,
      default_runtime_name: options.features.runtimes[0]?.name ?? "runc",
    },
    ...runtimeTables(cri, options),
  };
}

function tablesOfTwo(options: ContainerdConfigOptions): Tables {
  const cri = 'plugins."io.containerd.cri.v1.runtime"';
  const images = 'plugins."io.containerd.cri.v1.images"';
  return {
    [images]: { snapshotter: options.features.snapshotter },
    [`${images}.pinned_images`]: { sandbox: SANDBOX_IMAGE },
    [`${images}.registry`]: { config_path: options.registries },
    [cri]: criSettings(options),
    [`${cri}.cni`]: { bin_dirs: ["/opt/cni/bin"], conf_dir: "/etc/cni/net.d" },
    [`${cri}.containerd`]: { default_runtime_name: options.features.runtimes[0]?.name ?? "runc" },
    ...runtimeTables(cri, options),
    'plugins."io.containerd.grpc.v1.cri"': { stream_server_address: "127.0.0.1", stream_server_port: "0" },
  };
}

function criSettings({ features }: ContainerdConfigOptions): Readonly<Record<string, TomlValue>> {
  return {
    restrict_oom_score_adj: !features.canLowerOomScore,
    disable_apparmor: !features.hasAppArmor,
    disable_hugetlb_controller: !features.hasHugetlb,
    tolerate_missing_hugetlb_controller: true,
    enable_unprivileged_ports: true,
    enable_unprivileged_icmp: true,
  };
}

function runtimeTables(cri: string, { features }: ContainerdConfigOptions): Tables {
  return Object.fromEntries(
    features.runtimes.flatMap(({ name, path }) => {
      const table = `${cri}.containerd.runtimes.${name}`;
      const options = { SystemdCgroup: false, BinaryName: path, Root: `/run/containerd/${name}` };
      return [
        [table, { runtime_type: "io.containerd.runc.v2" }],
        [`${table}.options`, options],
      ];
    }),
  );
}

function toToml(tables: Tables): string {
  return Object.entries(tables)
    .map(([name, values]) => {
      const lines = Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
      return `${name === "" ? "" : `[${name}]\n`}${lines.join("")}`;
    })
    .join("\n");
}
