import { storeContract } from "../store-contract.ts";
import { openMemoryStore } from "./memory-store.ts";

storeContract({ name: "memory", open: async (options) => openMemoryStore(options) });
