import { storeContract } from "../contract/store-contract.ts";
import { openMemoryStore } from "./memory-store.ts";

storeContract({ name: "memory", open: async (options) => openMemoryStore(options) });
