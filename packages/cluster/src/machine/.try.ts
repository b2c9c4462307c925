import { systemClock, silentLogger } from "@dingi/base";
import { Machine } from "/work/main/packages/cluster/src/machine/machine.ts";
import { findFeatures } from "/work/main/packages/cluster/src/machine/machine-features.ts";
import { mkdir } from "node:fs/promises";
const t0 = performance.now();
const lap = (w: string) => console.log(w, (performance.now() - t0).toFixed(0), "ms");
const home = "/tmp/dh/clusters/try";
await mkdir(home + "/log", { recursive: true });
const m = await Machine.open({
  name: "try",
  home,
  runDirectory: "/run/dingi/try",
  clock: systemClock,
  logger: silentLogger,
});
lap("open");
if (process.argv[2] !== "down") {
  const f = await m.ensureFabric({ subnet: "198.18.0.0/24" });
  lap("fabric");
  for (const i of [1, 2].slice(0, Number(process.argv[3] ?? 1))) {
    await m.ensureNode({ name: `try-${i}`, index: i, podCidr: `10.244.${i}.0/24`, cniPlugins: "/usr/lib/cni" });
    lap("node" + i);
    const features = await findFeatures({ containerd: "/usr/bin/containerd", root: home });
    await m.ensureContainerd({
      node: `try-${i}`,
      containerd: "/usr/bin/containerd",
      features,
      runtimes: [
        { name: "crun", path: "/usr/bin/crun" },
        { name: "runc", path: "/usr/sbin/runc" },
      ],
      logFile: home + `/log/containerd-${i}.log`,
    });
    lap("containerd" + i);
  }
  console.log(JSON.stringify(m.state, undefined, 1));
} else {
  await m.delete();
  lap("deleted");
}
if (process.argv[2] !== "down") {
  const { ensureBaseImages } = await import("../image/base-images.ts");
  const { importImages } = await import("../image/import-image.ts");
  lap("-");
  const tar = await ensureBaseImages(home + "/images.tar", {
    catatonit: "/usr/bin/catatonit",
    busybox: "/bin/busybox",
  });
  lap("images made");
  console.log(await importImages(tar, { socket: m.containerdSocket("try-1") }));
  lap("imported");
}
