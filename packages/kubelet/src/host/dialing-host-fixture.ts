import { connect } from "node:net";
import type { Host } from "./host.ts";

/** For tests: a host that only dials; the address that is asked for, or one and the same whoever is asked for. */
export function dialingHost(always?: string): Host {
  return {
    dial: async (address: string, port: number) => {
      const socket = connect({ host: always ?? address, port });
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      socket.once("connect", resolve).once("error", reject);
      await promise;
      return socket;
    },
  } as unknown as Host;
}
