import { Node } from "@dingi/api";
import { testUnderFaults } from "@dingi/testing";
import { ttlController } from "./ttl-controller.ts";

const controllers = [ttlController];

testUnderFaults("Kubelets of a small cluster keep nothing of Secrets and ConfigMaps", {
  component: "controllers",
  share: 20,
  cluster: { controllers, nodes: 2 },
  async run(cluster) {
    return await cluster.eventually(async () => {
      const { items } = await cluster.admin.list(Node);
      const texts = items.map(({ metadata }) => metadata.annotations?.["node.alpha.kubernetes.io/ttl"]);
      return texts.every((text) => text !== undefined) && texts;
    });
  },
  wanted: ["0", "0"],
});
